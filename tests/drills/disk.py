"""."""
async def disk(a: object, b: object) -> None:
    """Not there yet."""
