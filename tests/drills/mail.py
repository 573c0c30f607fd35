"""."""
async def mail(a: object, b: object) -> None:
    """Not there yet."""
