"""The console: killed with -9 between a request and its answer, and asked again."""

import asyncio
import sys
from collections import Counter
from datetime import datetime, timedelta
from http import HTTPStatus
from pathlib import Path

from httpx2 import AsyncClient, HTTPError
from sqlalchemy import Engine
from sqlmodel import col, select

from cluster.embedded import HOST, any_free_port, free_port
from docket.engine import reading, writing
from docket.sign_ins import issue_token
from docket.tables import ActRow
from rules.access import Right
from rules.letters.letter import short_id
from tests.drills.kills import Year
from tests.drills.processes import Kept, eventually
from tests.drills.report import Report
from tests.drills.stage import Stage, stage
from tests.drills.story import Act, event, received

_LATEST = 0.15
"""Real seconds after a request went out up to which the console is killed; it answers in about a tenth."""


class ApiClerk:
    """A clerk's program that acts over the console's API, and asks again where no answer comes."""

    def __init__(self, on: Stage, served: Kept, port: int, clock: Path, deadly: list[tuple[Act, float]]) -> None:
        self._stage = on
        self._served = served
        self._clock = clock
        self._deadly = deadly
        self._port = port
        self._client = AsyncClient(base_url=f"http://{HOST}:{port}/api", timeout=20)
        self._tokens: dict[str, str] = {}
        self.answers: Counter[int] = Counter()

    async def act(self, act: Act, letter: str, now: datetime) -> str:
        """Send one request, and kill the console over it if that is planned."""
        part = self._clock.with_suffix(".part")
        part.write_text(now.isoformat())
        part.rename(self._clock)
        headers = {"authorization": f"Bearer {self._token(act.by, now)}"}
        path, body = (
            ("/letters", received(act)) if not act.event else (f"/letters/{short_id(letter)}/events", event(act))
        )
        after = next((after for each, after in self._deadly if each is act), None)
        if after is not None:
            self._deadly = [each for each in self._deadly if each[0] is not act]
            await eventually(lambda: not free_port(self._port), "the console listens again")
        request = asyncio.create_task(self._client.post(path, json=body, headers=headers))
        if after is not None:
            await asyncio.sleep(after)
            answered = "after it was answered" if request.done() else "before it was answered"
            pid = self._served.kill()
            what = f"kill -9 console (process {pid}) {after * 1000:.0f} ms into a request, {answered},"
            self._stage.report.broke(what, now)
        try:
            answer = await request
        except HTTPError as error:
            raise OSError(f"the console does not answer: {error!r}") from error
        self.answers[answer.status_code] += 1
        if answer.status_code not in (HTTPStatus.OK, HTTPStatus.CREATED):
            if answer.status_code < HTTPStatus.INTERNAL_SERVER_ERROR and answer.status_code != HTTPStatus.ACCEPTED:
                raise AssertionError(f"{act.day} {act.letter} {act.event}: {answer.status_code} {answer.text}")
            raise OSError(f"{answer.status_code} {answer.text}")
        return str(answer.json()["letter"]["id"]) if not act.event else letter

    def _token(self, person: str, now: datetime) -> str:
        if person not in self._tokens:
            with writing(self._stage.engine) as session:
                scopes = [right.value for right in Right]
                self._tokens[person] = issue_token(session, person, "drill", scopes, now, now + timedelta(days=400))
        return self._tokens[person]

    async def close(self) -> None:
        """Close the connections."""
        await self._client.aclose()


async def console(report: Report, year: Year) -> None:
    """Play the year over the API and kill the console with -9 five times between request and answer; then repeat."""
    await year.undisturbed(report)
    async with stage(report) as on:
        clock, port = on.folder / "clock", any_free_port()
        clock.write_text(year.acts[0].at.isoformat())
        command = [sys.executable, "-m", "tests.drills.console_process", str(port), str(clock)]
        served = Kept("console", command, on.folder / "console.log", env=on.environment(), cwd=Path.cwd())
        served.start()
        chosen = report.choice.sample(year.acts, 5)
        deadly = [(act, report.choice.uniform(0, _LATEST)) for act in chosen]
        clerk = ApiClerk(on, served, port, clock, deadly)
        on.clerk = clerk
        try:
            await year.play(on)
        finally:
            await clerk.close()
            await served.end()
        answers = ", ".join(f"{times} of {status}" for status, times in sorted(clerk.answers.items()))
        report.say(f"answers: {answers}")
        await year.compared(on)
        _in_the_record(report, on.engine, year.acts)


def _in_the_record(report: Report, engine: Engine, acts: list[Act]) -> None:
    """Find fault with acts that stand in the record of acts more or less than once."""
    with reading(engine) as session:
        kept = session.exec(select(ActRow.act, ActRow.by).where(col(ActRow.act).in_(("register", "record")))).all()
    wanted = Counter(("record" if act.event else "register", act.by) for act in acts)
    found = Counter(kept)
    report.say(f"record of acts: {found.total()} of {wanted.total()} acts of people")
    if found != wanted:
        report.fault(f"record of acts: {wanted - found} are missing, {found - wanted} too many")
