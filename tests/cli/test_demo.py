"""`qixian demo`: the stories it promises, as data."""

from typing import Any

import pytest

from tests.cli.conftest import Run

pytestmark = pytest.mark.slow


def test_the_demo_tells_its_stories(program: Run) -> None:
    scenes: dict[str, dict[str, Any]] = {scene["scene"]: scene for scene in program("demo", "--json").json()}

    def duties(scene: str) -> list[tuple[str, str, str]]:
        return [(duty["duty"], duty["due"], duty["state"]) for duty in scenes[scene]["duties"]]

    def said(scene: str, who: str) -> list[str]:
        return [line["what"] for line in scenes[scene]["timeline"] if line["who"] == who]

    assert ("R03@market", "2026-03-09", "late") in duties("oral_notice")
    assert ("R13.2@forestry", "2026-03-24", "late") in duties("mediation")
    assert ("R07", "2026-05-11", "done") in duties("mediation")
    assert any("乙" in line and "延长待完备" in line for line in said("mediation", "clerk"))
    assert any("无法协调化解原因" in line for line in said("mediation", "refused"))
    assert ("R16@social_security", "2026-03-27", "done") in duties("judgment")
    assert ("R17@social_security", "2026-04-17", "late") in duties("judgment")
    assert ("R03@natural_resources", "2026-02-24", "done") in duties("spring_festival")
    assert any("春节" in line for line in scenes["spring_festival"]["reckoning"])
    assert any(line.startswith("【逾期】2026-011 县市场监督管理局") for line in said("oral_notice", "engine"))
    for scene in scenes.values():
        assert next(line["what"] for line in scene["timeline"] if line["who"] == "engine").startswith("【新事项】")
        assert scene["closed_at"] is not None
        instants = [line["at"] for line in scene["timeline"]]
        assert instants == sorted(instants)
