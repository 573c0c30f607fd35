"""Files that people hand in: read whole if they are small enough, and refused with their name and the place in them."""

from pathlib import Path

from pydantic import ValidationError

from rules.errors import Refused


def read_small(path: Path, largest: int, refused: type[Refused], too_large: str, unreadable: str) -> str:
    """Read a text file of at most so many bytes; the last two arguments are what a refusal says."""
    try:
        if path.stat().st_size > largest:
            raise refused(str(path), too_large, limit=largest)
        return path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise refused(str(path), unreadable, detail=str(error)) from error


def malformed(error: ValidationError, where: str, refused: type[Refused], key: str) -> Refused:
    """Turn pydantic's first error into a refusal that names the file and the place in it."""
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"])
    return refused(f"{where}:{place}" if place else where, key, detail=first["msg"])
