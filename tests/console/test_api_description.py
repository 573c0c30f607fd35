"""The API's description, tried by schemathesis against a county of its own, which it may turn upside down."""

import asyncio
import sys
from pathlib import Path

import pytest

from tests.console.town import EVERYTHING, Program, Town

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(("role", "addresses"), [("supervisor", "exclude"), ("administrator", "include")])
@pytest.mark.timeout(600)
async def test_schemathesis_finds_nothing_beyond_the_description(
    county: Town, program: Program, tmp_path: Path, role: str, addresses: str
) -> None:
    """No 500, no status, header or body that the description does not know, and nothing let in that it forbids.

    What the description allows may still be refused for its dates, so acceptance of every example is not asked for.
    """
    headers = program.token(role, EVERYTHING)
    tried = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).parent / "schemathesis"), "run", f"{county.url}/api/openapi.json",
        "--header", f"Authorization: {headers['authorization']}", "--max-examples", "5", "--continue-on-failure",
        "--phases", "examples,coverage,fuzzing", "--exclude-checks", "positive_data_acceptance", "--no-shrink",
        "--warnings", "off", f"--{addresses}-path-regex", "^/(agencies|people|calendar)",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT, cwd=tmp_path,
    )  # fmt: skip
    said, _ = await tried.communicate()
    assert tried.returncode == 0, said.decode()[-6000:]
