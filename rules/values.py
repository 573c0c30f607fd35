"""What every value of ours is: immutable, and without fields that nobody named."""

from pydantic import BaseModel, ConfigDict


class Frozen(BaseModel):
    """A value: immutable, without unknown fields, its texts without blanks around them.

    Its validator is built when it is first needed: by then the kinds of letter are known.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", str_strip_whitespace=True, defer_build=True)
