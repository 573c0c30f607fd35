"""The scenes of the demo: what clerks do on which day; everything else the engine does by itself."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from docket.engine import reading
from docket.reads import dossier, find_letter, notices_of
from rules.counting.clock import at, local
from rules.dossier.letter import LetterState
from rules.dossier.state import Dossier
from rules.dossier.view import state_name
from rules.duties.duty import DutyState
from rules.errors import Refused
from rules.telling.wording import missing_name
from settings import Settings
from starter.demo.virtual import VirtualOffice, virtual_office
from starter.words import text


class Line(NamedTuple):
    """One line of a time line: when, who, what."""

    at: datetime
    who: str
    what: str


class Scene:
    """One matter's story: the clerk's acts as they are played, told together with what the engine did.

    What is recorded on a letter is recorded on the one that came last.
    """

    def __init__(self, office: VirtualOffice, name: str) -> None:
        self.office = office
        self.name = name
        self.lines: list[Line] = []
        self.reckoning: list[str] = []
        self.letter = ""
        self.matter = ""

    async def register(self, day: str, **letter: Any) -> None:
        """Register the letter on a day at ten o'clock."""
        await self.pass_until(day)
        registered = await self.office.register({"received_at": _ten(day).isoformat(), "court": COURT, **letter})
        self.letter, self.matter = registered.state.letter_id, registered.state.dossier.id
        duties = "；".join(
            f"{duty.rule} {duty.act} {duty.due or text('cli.waiting')}" for duty in registered.state.duties
        )
        self._say("clerk", text("demo.registered", kind=text(f"kind.{letter['kind']}"), duties=duties))

    async def record(self, day: str, event: str, **fields: Any) -> None:
        """Let time pass until a day at ten o'clock, then record an event, or be refused."""
        await self.pass_until(day)
        by = fields.pop("by", "clerk1")
        before = self._state()
        try:
            after = await self.office.record(self.letter, event, by, **fields)
        except Refused as refused:
            self._say(
                "refused",
                f"{text(f'event.{event}')}：{refused.field} {text(f'refused.{refused.key}', 'zh', **refused.values)}",
            )
            return
        names = await self.office.desk.agency_names()
        self._say("clerk", f"{text(f'event.{event}')}{_said(fields, names)}{_changes(before, after, names)}")

    async def open(self, day: str, matter: str, **case: Any) -> None:
        """Put a case on file on a day at ten o'clock, before any letter has come."""
        await self.pass_until(day)
        state = await self.office.open_matter(matter, **case)
        self.matter = state.id
        duties = "；".join(f"{duty.rule} {duty.act} {duty.due}" for duty in state.duties)
        self._say("clerk", text("demo.opened", title=state.title, duties=duties))

    async def happen(self, day: str, event: str, **fields: Any) -> None:
        """Let time pass until a day at ten o'clock, then record what happened to the case itself."""
        await self.pass_until(day)
        before = self._matter()
        after = await self.office.record_case(before.name, event, **fields)
        names = await self.office.desk.agency_names()
        self._say("clerk", f"{text(f'event.{event}')}{_said(fields, names)}{_changes(before, after, names)}")

    async def move(self, day: str, matter: str, reason: str) -> None:
        """Let time pass until a day at ten o'clock, then move the last letter to another matter."""
        await self.pass_until(day)
        moved = await self.office.move(self.letter, matter, reason)
        self.matter = moved.dossier.id
        self._say("clerk", text("demo.moved", matter=matter, reason=reason))

    async def pass_until(self, day: str) -> None:
        """Let time pass until a day at ten o'clock; a story begins on whichever day it says."""
        if self.matter:
            await self.office.until(_ten(day))
        self.office.now = _ten(day)

    def explain(self, rule: str) -> None:
        """Show how one date of this letter was counted."""
        duty = next(duty for duty in self._state().duties if duty.rule == rule)
        assert duty.sheet is not None
        self.reckoning = [
            duty.sheet.sentence(),
            *(f"{n}. {step}" for n, step in enumerate(duty.sheet.steps(), start=1)),
        ]

    def as_json(self) -> dict[str, Any]:
        """Return the scene as data, the engine's notices among the clerk's acts."""
        state = self._matter()
        with reading(self.office.engine) as session:
            notices = notices_of(session, state.id)
        told: dict[tuple[str, str, str], list[str]] = {}
        for notice in notices:
            told.setdefault((notice["at"], _reader(notice), notice["subject"]), []).append(
                notice["name"] or notice["to"]
            )
        lines = self.lines + [
            Line(datetime.fromisoformat(at_), who, f"{subject} → {'、'.join(names)}")
            for (at_, who, subject), names in told.items()
        ]
        return {
            "scene": self.name,
            "matter": state.id,
            "timeline": [
                {"at": local(line.at).isoformat(timespec="minutes"), "who": line.who, "what": line.what}
                for line in sorted(lines, key=lambda line: line.at)
            ],
            "reckoning": self.reckoning,
            "duties": [
                {
                    "duty": duty.key, "rule": duty.rule, "due": duty.due, "nominal": duty.nominal,
                    "state": duty.state.value, "satisfied_on": duty.satisfied_on,
                }
                for duty in state.duties
            ],
            "closed_at": state.closed_at,
        }  # fmt: skip

    def _state(self) -> LetterState:
        with reading(self.office.engine) as session:
            return find_letter(session, self.letter)

    def _matter(self) -> Dossier:
        with reading(self.office.engine) as session:
            return dossier(session, self.matter)

    def _say(self, who: str, what: str) -> None:
        self.lines.append(Line(self.office.now, who, what))


COURT = "武平县人民法院"
_ELEMENTS = {
    "process": "三次约谈双方，实地勘查林地界址",
    "demands": "原告要求撤销林权登记；被告认为登记程序合法",
    "issues": "林地界址与登记程序",
}


async def oral_notice(scene: Scene) -> None:
    """An oral notice whose feedback comes late."""
    await scene.register(
        "2026-03-02", kind="oral_notice", matter="2026-011", title="行政处罚争议", agencies=[{"agency": "market"}],
        plaintiff="甲公司",
    )  # fmt: skip
    await scene.record("2026-03-02", "told", receiver="局法规股")
    await scene.record("2026-03-02", "reported")
    await scene.record(
        "2026-03-11", "feedback", done="已与当事人面谈两次", result="当事人同意先行协商", opinion="建议继续协调"
    )
    await scene.record("2026-03-12", "forwarded", to="court", call_note="电话告知立案庭")


async def mediation(scene: Scene) -> None:
    """A mediation letter: weekly reports, one missed; an extension that lacks a consent; a result that is refused."""
    await scene.register(
        "2026-03-10", kind="mediation_letter", matter="2026-017", title="林权登记争议", stage="pre",
        number="(2026)闽0824委1号", agencies=[{"agency": "forestry"}], parties=[{"role": "plaintiff", "name": "乙"}],
    )  # fmt: skip
    await scene.record("2026-03-10", "told", receiver="局办公室")
    await scene.record("2026-03-10", "reported", number="报送单3号")
    await scene.record("2026-03-16", "progress", work="与原告首次面谈")
    await scene.record("2026-03-31", "progress", work="实地勘查，补报上周情况")
    await scene.record("2026-04-07", "progress", work="提出调解方案")
    await scene.record("2026-04-08", "consent", party="forestry", evidence="书面同意")
    await scene.record(
        "2026-04-09", "extension", number="武林函〔2026〕5号", new_end="2026-05-10", copied_on="2026-04-09",
        reason="双方仍在协商",
    )  # fmt: skip
    await scene.record("2026-04-10", "consent", party="乙", evidence="书面同意")
    for day in ("2026-04-14", "2026-04-21", "2026-04-28", "2026-05-06"):
        await scene.record(day, "progress", work="继续协商")
    await scene.record(
        "2026-05-08", "result", outcome="failed", number="武林函〔2026〕9号", copied_on="2026-05-08", **_ELEMENTS
    )
    await scene.record(
        "2026-05-08", "result", outcome="failed", number="武林函〔2026〕9号", copied_on="2026-05-08",
        reasons="界址分歧未能弥合", **_ELEMENTS,
    )  # fmt: skip


async def judgment(scene: Scene) -> None:
    """A judgment lost: filed in time, the loss analysis late."""
    await scene.register(
        "2026-03-03", kind="judgment", matter="2026-009", title="工伤认定", number="(2026)闽0824行初3号",
        judged_on="2026-02-27", last_service_on="2026-03-02", outcomes=["revoked"],
        agencies=[{"agency": "social_security", "received_on": "2026-03-02"}],
    )  # fmt: skip
    scene.explain("R16")
    await scene.record("2026-03-18", "effective", proof="生效证明〔2026〕3号")
    await scene.record("2026-03-25", "filing", copy_reference="备案2026-009")
    await scene.record("2026-04-21", "loss_report", causes="事实认定证据不足", measures="补充调查程序")
    await scene.record("2026-04-23", "review", opinion="同意，建议全县通报学习")
    await scene.record("2026-04-24", "forwarded", to="county_government", number="武司报〔2026〕8号")


async def case(scene: Scene) -> None:
    """A case from 复议 to an appeal: the bureau is asked about it, and a letter came under a wrong number."""
    forestry = [{"agency": "forestry", "received_on": "2026-04-13"}]
    await scene.open(
        "2026-02-12",
        "2026-020",
        title="山林确权裁决",
        plaintiff="陈某",
        act="武政林裁〔2025〕3号",
        agencies=["forestry"],
    )
    await scene.happen("2026-02-12", "proceeding_begun", proceeding="reconsideration", body="龙岩市人民政府")
    # Nobody touches it for a month, so the bureau is asked how it stands.
    await scene.happen("2026-03-17", "followed_up", found="复议机关已听证，尚未决定")
    await scene.happen("2026-03-31", "proceeding_concluded", proceeding="reconsideration", outcomes=["upheld"])
    await scene.register(
        "2026-04-13", kind="response_notice", matter="2026-002", title="山林确权裁决",
        number="(2026)闽0824行初20号", agencies=forestry,
    )  # fmt: skip
    await scene.move("2026-04-13", "2026-020", "登记时案件编号有误")
    await scene.record("2026-04-14", "told")
    await scene.record("2026-04-15", "reported")
    await scene.happen("2026-05-12", "hearing_held", proceeding="first", agency="forestry", appeared="head", spoke=True)
    await scene.register(
        "2026-06-08", kind="judgment", matter="2026-020", title="山林确权裁决", number="(2026)闽0824行初20号",
        judged_on="2026-06-05", last_service_on="2026-06-08", outcomes=["dismissed"],
        agencies=[{"agency": "forestry", "received_on": "2026-06-08"}],
    )  # fmt: skip
    await scene.record("2026-06-17", "filing", copy_reference="备案2026-020")
    await scene.register(
        "2026-06-22", kind="appeal_copy", matter="2026-020", title="山林确权裁决", appellant="陈某",
        agencies=[{"agency": "forestry", "received_on": "2026-06-22"}],
    )  # fmt: skip
    scene.explain("D-08")


async def spring_festival(scene: Scene) -> None:
    """A deadline that falls into the Spring Festival."""
    await scene.register(
        "2026-02-11",
        kind="oral_notice",
        matter="2026-006",
        title="征地补偿",
        agencies=[{"agency": "natural_resources"}],
    )
    await scene.record("2026-02-11", "told")
    await scene.record("2026-02-11", "reported")
    scene.explain("R03")
    await scene.record("2026-02-24", "feedback", done="节前已约谈", result="尚在协调", opinion="拟提出补偿方案")
    await scene.record("2026-02-25", "forwarded", to="court", call_note="电话告知")


SCENES: dict[str, Callable[[Scene], Awaitable[None]]] = {
    "spring_festival": spring_festival,
    "oral_notice": oral_notice,
    "judgment": judgment,
    "mediation": mediation,
    "case": case,
}


async def play(folder: Path, settings: Settings, progress: Callable[[str], None]) -> list[dict[str, Any]]:
    """Play every scene at once, each on its own desk and clock; return them in order as data."""
    inner = Settings(dir=folder, temporal_binary=settings.temporal_binary, database_url="", smtp_host="")
    async with virtual_office(folder, _ten("2026-02-11"), inner) as office:
        scenes = [Scene(office.beside(), name) for name in SCENES]

        async def act(scene: Scene) -> None:
            await SCENES[scene.name](scene)
            progress(scene.name)

        await asyncio.gather(*(act(scene) for scene in scenes))
        return [scene.as_json() for scene in scenes]


def _ten(day: str) -> datetime:
    return at(date.fromisoformat(day), time(10))


def _said(fields: dict[str, Any], names: Mapping[str, str]) -> str:
    said = next(
        (fields[name] for name in ("party", "number", "work", "opinion", "found", "body") if fields.get(name)), ""
    )
    return f"：{names.get(said, said)}" if said else ""


def _changes(before: LetterState | Dossier, after: LetterState | Dossier, names: Mapping[str, str]) -> str:
    """Say what an event changed: duties that ended, dates that moved."""
    old = {duty.id: duty for duty in before.duties}
    words = []
    for duty in after.duties:
        was = old.get(duty.id)
        if duty.unfinished and (was is None or was.state is DutyState.WAITING):
            words.append(text("demo.new", rule=duty.rule, act=duty.act, due=duty.due or "—"))
        elif was is None or was.state is not duty.state:
            words.append(f"{duty.rule} {state_name(duty.state, duty.soft)}")
        elif was.due != duty.due:
            words.append(f"{duty.rule} {was.due} → {duty.due}")
    if isinstance(after, LetterState) and after.window is not None and after.window.pending is not None:
        missing = "、".join(missing_name(name, names, "zh") for name in after.window.pending.missing)
        words.append(text("demo.pending", missing=missing))
    return f"（{'；'.join(words)}）" if words else ""


def _reader(notice: dict[str, Any]) -> str:
    return "draft" if notice["status"] in ("draft", "withdrawn") else "engine"
