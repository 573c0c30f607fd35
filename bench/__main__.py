"""Run every measurement and print it: python -m bench [LETTERS]."""

import asyncio
import sys

from bench import counting, engine


def main() -> None:
    """Print rates and ratios."""
    letters = int(sys.argv[1]) if len(sys.argv) > 1 else 1000
    for line in counting.measure():
        print(line)
    for line in asyncio.run(engine.measure(letters, at_once=50)):
        print(line)


if __name__ == "__main__":
    main()
