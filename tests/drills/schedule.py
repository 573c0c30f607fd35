"""."""
async def schedule(a: object, b: object) -> None:
    """Not there yet."""
