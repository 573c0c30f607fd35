"""Known vulnerabilities of the pinned requirements: python -m tests.support.advisories [--strict].

pip-audit asks the package index's advisory service. Where that can't be reached nothing is known, and that is said;
with --strict it is a failure.
"""

import json
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[2] / "requirements.txt"


def main(strict: bool) -> int:
    """Ask, and say what was found; leaves with 1 on a known vulnerability."""
    options = ["--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off"]
    # It leaves with 1 where it found something, which is what its output says too.
    asked = subprocess.run(
        [sys.executable, "-m", "pip_audit", *options, "--requirement", REQUIREMENTS],
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    try:
        found = json.loads(asked.stdout)["dependencies"]
    except (json.JSONDecodeError, KeyError):
        sys.stdout.write(f"advisories: nothing is known, pip-audit failed: {asked.stderr.strip()[-300:]}\n")
        return int(strict)
    unknown = [each["name"] for each in found if "skip_reason" in each]
    wrong = [
        (each["name"], each["version"], vulnerability["id"])
        for each in found
        for vulnerability in each.get("vulns", [])
    ]
    for name, version, advisory in wrong:
        sys.stdout.write(f"advisories: {name} {version}: {advisory}\n")
    asked_of = len(found) - len(unknown)
    sys.stdout.write(f"advisories: {len(wrong)} in {asked_of} requirements; {len(unknown)} could not be asked about\n")
    return int(bool(wrong) or (strict and bool(unknown)))


if __name__ == "__main__":
    sys.exit(main("--strict" in sys.argv[1:]))
