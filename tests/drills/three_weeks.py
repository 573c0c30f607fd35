"""."""
async def three_weeks(a: object, b: object) -> None:
    """Not there yet."""
