"""Run measurements and print them: python -m bench [LETTERS] for the engine, or of pages, scale, workers [LETTERS]."""

import asyncio
import sys
from pathlib import Path

from sqlalchemy import create_engine, text

from bench import counting, engine, pages, workers
from bench.scale import report
from tests.support.postgres import postgres


def main() -> None:
    """Print rates and ratios, or what pages take."""
    arguments = sys.argv[1:]
    if arguments[:1] == ["pages"]:
        _pages(int(arguments[1]) if len(arguments) > 1 else 100_000)
        return
    if arguments[:1] == ["scale"]:
        for line in report.measure(int(arguments[1]) if len(arguments) > 1 else 2000):
            print(line)
        return
    if arguments[:1] == ["workers"]:
        for line in asyncio.run(workers.measure(int(arguments[1]) if len(arguments) > 1 else 200, at_once=50)):
            print(line)
        return
    letters = int(arguments[0]) if arguments else 1000
    for line in counting.measure():
        print(line)
    for line in asyncio.run(engine.measure(letters, at_once=50)):
        print(line)


def _pages(letters: int) -> None:
    """Print what pages take on each database, which takes some minutes."""

    def file(folder: Path, size: int) -> str:
        return f"sqlite:///{folder / f'{size}.db'}"

    for line in pages.report(letters, file):
        print(line)
    with postgres() as url:

        def database(folder: Path, size: int) -> str:
            admin = create_engine(url, isolation_level="AUTOCOMMIT")
            with admin.connect() as connection:
                connection.execute(text(f"CREATE DATABASE bench_{size}"))
            admin.dispose()
            return url.set(database=f"bench_{size}").render_as_string(hide_password=False)

        for line in pages.report(letters, database):
            print(line)


if __name__ == "__main__":
    main()
