"""Matters of several letters: what concerns all letters of one is recorded while worker and desk are killed over it."""

import asyncio
from collections import Counter
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Engine
from sqlmodel import select

from docket.engine import reading
from docket.tables import DutyRow, EventRow, NoticeRow, RungRow
from rules.counting.clock import local_date
from tests.drills.compare import Taken, differences, sizes
from tests.drills.far_desk import FarDesk, far_desk
from tests.drills.kills import Year
from tests.drills.pure import PureCounty
from tests.drills.report import Report
from tests.drills.stage import Stage, stage
from tests.drills.story import SHARED, Act, matter, shared_story

UNTIL = "2026-05-15"

_LATEST = 0.15
"""Real seconds after an act began up to which a kill may fall; one is settled and answered in about a tenth."""

_DEATHS = 9
"""Acts that are died over: each death costs ten seconds, until a server gives up on whoever died."""

_VICTIMS = (("desk",), ("worker",), ("desk", "worker"))


class Deadly(NamedTuple):
    """An act over which somebody is killed, how many seconds after it began, and who."""

    act: Act
    after: float
    victims: tuple[str, ...]


class DoomedClerk:
    """A clerk over whose acts the desk, the worker or both are killed, and who then does them again."""

    def __init__(self, on: Stage, desk: FarDesk, deadly: list[Deadly]) -> None:
        self._stage = on
        self._desk = desk
        self._deadly = deadly

    async def act(self, act: Act, letter: str, now: datetime) -> str:
        """Do one act, and die or see the worker die over it if that is planned."""
        planned = next((each for each in self._deadly if each.act is act), None)
        if planned is None:
            return await self._desk.act(act, letter, now)
        self._deadly.remove(planned)
        await self._desk.ready()
        acting = asyncio.create_task(self._desk.act(act, letter, now))
        await asyncio.sleep(planned.after)
        answered = "after it was answered" if acting.done() else "before it was answered"
        for each in (self._desk, self._stage.workers[0]):
            if each.name.partition(" ")[0] in planned.victims:
                what = f"{act.event or 'registering'} {act.letter!r} of {matter(act.letter)}, {answered},"
                self._stage.report.broke(
                    f"kill -9 {each.name} (process {each.kill()}) {planned.after * 1000:.0f} ms into {what}", now
                )
        return await acting


async def matters(report: Report, year: Year) -> None:
    """Kill worker and desk over withdrawals, judgments, second letters and moved ones of matters with several letters.

    Nothing is compared with another run: the pure core takes the same matters through the same acts in memory.
    """
    until = min(UNTIL, year.until)
    acts, end = shared_story(until), Act(until, "").at
    async with stage(report) as on, far_desk(on) as desk:
        choice = report.choice
        grave = [act for act in acts if act in SHARED]
        grave = choice.sample(grave, min(_DEATHS, len(grave)))
        others = choice.sample([act for act in acts if act not in SHARED], min(1, len(acts) - len(grave)))
        deadly = [Deadly(act, choice.uniform(0, _LATEST), choice.choice(_VICTIMS)) for act in (*grave, *others)]
        report.say(f"{len(grave)} acts that concern all letters of a matter, {len(others)} others are died over")
        on.clerk = DoomedClerk(on, desk, deadly)
        await on.play(acts)
        await on.until(end)
        await on.checked()
        county = PureCounty()
        county.play(acts)
        county.until(end)
        expected, here = county.taken(), _kept(on.engine)
        letters = Counter(each[1] for each in here["duties"].elements())
        report.say(f"checked {len(on.matters)} matters with {len(letters)} letters: {sizes(here)}")
        report.say(f"requests repeated {on.repeats} times")
        report.differs(differences(expected, here))


def _kept(engine: Engine) -> Taken:
    """Read what the docket has, as the pure core tells of it."""
    with reading(engine) as session:
        notices = {row.key.rpartition(":")[0]: row for row in session.exec(select(NoticeRow))}
        return {
            "duties": Counter(
                (
                    row.dossier_id, row.letter_id or "", row.key, row.state, row.anchor, row.nominal, row.due,
                    row.satisfied_on, row.ended_on, row.ended_by,
                )
                for row in session.exec(select(DutyRow))
            ),
            "events": Counter(
                (row.dossier_id, row.letter_id or "", row.type, row.by) for row in session.exec(select(EventRow))
            ),
            "rungs": Counter(
                (row.dossier_id, row.key, local_date(row.fired_at)) for row in session.exec(select(RungRow))
            ),
            "notices": Counter(
                (row.dossier_id, row.address, row.kind, row.late, *sorted(row.duties), local_date(row.send_at))
                for row in notices.values()
            ),
        }  # fmt: skip
