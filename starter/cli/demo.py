"""`qixian demo`: placeholder until the play is written."""

import click


@click.command()
def demo() -> None:
    """Play."""
