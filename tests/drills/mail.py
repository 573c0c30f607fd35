"""The mail server: busy, silent, slow, dead, refusing for good, and accepting twice."""

import sys
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlmodel import select

from cluster.embedded import HOST, any_free_port, free_port
from desk.desk import Desk
from docket.directory import Directory, sample_directory
from docket.engine import reading
from docket.tables import AttemptRow, DeliveryRow
from tests.drills.compare import Difference, sizes
from tests.drills.kills import Year
from tests.drills.processes import Kept, eventually
from tests.drills.report import Report
from tests.drills.stage import Stage, stage
from tests.drills.story import Act, matter
from tests.support.smtp import MailServer

Mails = Counter[tuple[str, str]]
"""How often each recipient was given each Message-ID."""

READERS = ("clerk1", "market_liaison", "forestry_liaison", "natural_resources_liaison", "social_security_liaison")

ACTS = tuple(
    Act("2026-03-03", letter)
    for letter in (
        "oral done",
        "oral at new year",
        "oral forgotten",
        "judgment lost",
        "mediation extended",
        "oral by mistake",
    )
)
"""Letters of six matters that all come on one morning; each is told of by mail at once."""

MOODS = ("busy", "slow 1", "drop", "hang", "refuse")
"""How the server behaves while one letter each comes; while the last one comes it is dead."""


def directory() -> Directory:
    """Return the sample directory with addresses for those whom the letters concern."""
    people = sample_directory().model_dump()
    for person in people["people"]:
        if person["id"] in READERS:
            person["email"] = f"{person['id']}@county.test"
    return Directory.model_validate(people)


class Mailbox(MailServer):
    """The mail server and its process."""

    def __init__(self, folder: Path, port: int, process: Kept) -> None:
        super().__init__(folder, port)
        self.process = process


@asynccontextmanager
async def mailed(report: Report) -> AsyncIterator[tuple[Stage, Mailbox]]:
    """Set a stage with a mail server and addresses."""
    async with AsyncExitStack() as stack:
        port = any_free_port()
        more: dict[str, Any] = {
            "smtp_host": HOST,
            "smtp_port": port,
            "smtp_security": "none",
            "smtp_sender": "qixian@county.test",
        }
        variables = {f"QIXIAN_{name.upper()}": str(value) for name, value in more.items()}
        on = await stack.enter_async_context(stage(report, directory=directory(), variables=variables, **more))
        folder = on.folder / "mails"
        folder.mkdir()
        served = Kept(
            "mail server", [sys.executable, "-m", "tests.support.smtp", str(folder), str(port)],
            on.folder / "smtp.log", cwd=Path.cwd(),
        )  # fmt: skip
        stack.push_async_callback(served.end)
        served.start()
        await eventually(lambda: not free_port(port), "the mail server listens")
        yield on, Mailbox(folder, port, served)


async def mail(report: Report, year: Year) -> None:
    """Have the mail server put off, hang, take slowly, take twice, refuse for good and die while letters come."""
    expected, _ = await _played(report, broken=False)
    here, dropped = await _played(report, broken=True)
    twice = sum(times - 1 for times in here.values())
    if twice > dropped:
        report.fault(f"{twice} repeats, though the server hung up after taking only {dropped} times")
    report.say(f"checked {len(here)} mails by recipient and Message-ID against {len(expected)}")
    report.say(f"the same Message-ID came once more {twice} times, each time after the server took it and hung up")
    missing = [f"mail {each}" for each in expected.keys() - here.keys()]
    strange = [f"mail {each}" for each in here.keys() - expected.keys()]
    report.differs(Difference(missing, strange))


async def _played(report: Report, *, broken: bool) -> tuple[Mails, int]:
    async with mailed(report) as (on, server):
        dropped = 0
        for number, act in enumerate(ACTS):
            if broken and number < len(MOODS):
                server.mood(MOODS[number])
                report.broke(f"the mail server is {MOODS[number]!r} from now on", act.at)
            elif broken:
                server.mood("")
                report.broke(f"kill -9 mail server (process {server.process.away()}), away", act.at)
            taken = len(server.mails())
            await on.play([act])
            if broken:
                await _met(on, server, matter(act.letter), MOODS[number] if number < len(MOODS) else "")
            if broken and MOODS[number : number + 1] == ("drop",):
                dropped = len(server.mails()) - taken
        if broken:
            server.process.start()
            report.broke("mail server back", on.now)
            await eventually(lambda: not free_port(server.port), "the mail server listens")
            await _sent_again(on)
        await _all_sent(on)
        report.say(f"{'with' if broken else 'without'} trouble: {sizes(await on.checked())}")
        with reading(on.engine) as session:
            outcomes = Counter(session.exec(select(AttemptRow.outcome)))
        report.say(f"attempts on record: {', '.join(f'{times} {what}' for what, times in sorted(outcomes.items()))}")
        return Counter((str(each["X-To"]), str(each["Message-ID"])) for each in server.mails()), dropped


def _of(on: Stage, name: str) -> list[DeliveryRow]:
    with reading(on.engine) as session:
        return [row for row in session.exec(select(DeliveryRow)) if row.notice_key.startswith(f"{name}#")]


async def _met(on: Stage, server: Mailbox, name: str, mood: str) -> None:
    """Wait until the matter's mails have met the mood that the server is in."""

    def tried() -> bool:
        rows = _of(on, name)
        return bool(rows) and all(row.attempts for row in rows)

    def begun() -> bool:
        with reading(on.engine) as session:
            return any(row.notice_key.startswith(f"{name}#") for row in session.exec(select(AttemptRow)))

    condition: Callable[[], bool] = begun if mood == "hang" else tried
    await eventually(condition, f"a mail meets a server that is {mood or 'away'}")
    server.mood("")


async def _all_sent(on: Stage) -> None:
    """Move the deliveries on until nothing is on its way."""
    for _ in range(40):
        assert on.now is not None
        with reading(on.engine) as session:
            pending = {row.notice_key for row in session.exec(select(DeliveryRow)) if row.status == "pending"}
        if not pending:
            return
        await on.until(on.now + timedelta(minutes=2))
        for step in sorted({key.partition(":")[0] for key in pending}):
            name, _, version = step.partition("#")
            await on.move(f"delivery/{name}/{version}", name, on.now)
    raise AssertionError("mails are still on their way")


async def _sent_again(on: Stage) -> None:
    """Have what was refused for good sent again, as an administrator does once the mailbox is there."""
    assert on.now is not None
    now = on.now
    desk = Desk(on.engine, on.client, lambda: now, clock_shift=now - datetime.now(UTC))
    with reading(on.engine) as session:
        failed = [(row.notice_key, row.channel) for row in session.exec(select(DeliveryRow)) if row.status == "failed"]
    for key, channel in failed:
        await desk.resend(key, channel, "admin")
    on.report.say(f"{len(failed)} mails that were refused for good are sent again by hand")
    for key, channel in failed:

        def sent(key: str = key, channel: str = channel) -> bool:
            with reading(on.engine) as session:
                return session.get_one(DeliveryRow, (key, channel)).status == "sent"

        await eventually(sent, f"{key} is sent again")
