"""What every value of ours is: immutable, and without fields that nobody named."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: immutable, without unknown fields, its texts without blanks around them."""

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True)


class Late(Frozen):
    """A value that may hold a letter or an event of any kind.

    Its validator is built when it is first needed: by then the kinds are known.
    """

    model_config = ConfigDict(defer_build=True)
