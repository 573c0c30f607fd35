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
    assert [line[:4] for line in said("case", "clerk")[:4]] == ["案件登记", "立案：龙", "跟踪：复", "结案（R"]
    assert "【提醒】2026-020 定期跟踪案件（2026-03-16） → 司法局经办人甲、司法局经办人乙" in said("case", "engine")
    assert "来文移转至案件 2026-020：登记时案件编号有误" in said("case", "clerk")
    assert {("R08a@forestry", "2026-04-16", "done"), ("D-08@forestry", "2026-07-07", "open")} <= set(duties("case"))
    assert "法释〔2018〕1号第一百零八条" in scenes["case"]["reckoning"][0]
    assert scenes.keys() - {"case"} == {name for name, scene in scenes.items() if scene["closed_at"] is not None}
    for name, scene in scenes.items():
        first = next(line["what"] for line in scene["timeline"] if line["who"] == "engine")
        # The case was on file before anything came that somebody has to be told of.
        assert first.startswith("【提醒】" if name == "case" else "【新事项】")
        instants = [line["at"] for line in scene["timeline"]]
        assert instants == sorted(instants)
