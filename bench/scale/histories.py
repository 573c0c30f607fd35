"""Real histories: some of the sample's letters on a real server with real e-mails, beside what is reckoned of them."""

import asyncio
import statistics
from collections.abc import Sequence
from datetime import date, time
from pathlib import Path
from time import perf_counter
from typing import Any, NamedTuple

from sqlalchemy import Connection, event
from temporalio.api.enums.v1 import EventType
from temporalio.client import Client, WorkflowExecutionStatus, WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from bench.scale.costs import Cost, cost, total
from bench.scale.lives import Step
from bench.scale.people import Story, directory
from docket.directory import store_directory
from docket.engine import writing
from rules.counting.clock import at
from rules.letters.registry import case_events
from settings import Settings
from starter.demo.virtual import VirtualOffice, virtual_office
from tests.support.smtp import mail_server
from worker import runner
from workflows.delivery import DeliveryWorkflow, DigestWorkflow
from workflows.dossier import DossierWorkflow

OF_VIRTUAL_TIME = (
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_TIME_SKIPPING_TRANSITIONED,
    EventType.EVENT_TYPE_WORKFLOW_EXECUTION_OPTIONS_UPDATED,
)
"""Events of virtual time, which a matter in real time does not have."""

_REPLAYS = 5


class Real(NamedTuple):
    """What one matter's workflow, and those of its e-mails, really came to on the server."""

    kind: str
    steps: int
    reckoned: Cost
    events: int
    event_bytes: int
    mail_events: int
    mail_bytes: int
    transitions: int
    replay: float = 0
    """Seconds that it takes a worker to replay the matter's whole history."""


class Played(NamedTuple):
    """All letters that were really played, the docket transactions and statements of them all, and a day's digests.

    `digests` are how many there were, and the events and transitions of making and sending them.
    """

    letters: tuple[Real, ...]
    digests: tuple[int, int, int]
    transactions: int
    statements: int


async def play(lives: Sequence[tuple[Story, list[Step]]], folder: Path) -> Played:
    """Play whole lives on the embedded server, in a folder of their own, side by side."""
    (folder / "mail").mkdir()
    seen = {"begin": 0, "statement": 0}
    with mail_server(folder / "mail") as mail:
        settings = Settings(
            dir=folder, smtp_host="127.0.0.1", smtp_port=mail.port, smtp_security="none", smtp_sender="a@county.test"
        )
        async with virtual_office(folder, lives[0][0].registered, settings) as office:
            with writing(office.engine) as session:
                store_directory(session, directory())

            @event.listens_for(office.engine, "begin")
            def _begun(_: Connection) -> None:
                seen["begin"] += 1

            @event.listens_for(office.engine, "before_cursor_execute")
            def _executed(*_: object) -> None:
                seen["statement"] += 1

            found = await asyncio.gather(*(_real(office.beside(), *life) for life in lives))
            whole = dict(seen)
            digests = await _digests(office.beside())
    # Only now, when nothing else runs, is it measured how long a replay takes.
    letters = [real._replace(replay=await _replayed(history)) for real, history in found]
    return Played(tuple(letters), digests, whole["begin"], whole["statement"])


async def _real(office: VirtualOffice, story: Story, steps: list[Step]) -> tuple[Real, WorkflowHistory]:
    """Play one letter as the core has played it; return its history as well."""
    office.now = story.registered
    registered = (await office.register(story.letter)).state
    letter, matter = registered.letter_id, registered.dossier.id
    handle = office.client.get_workflow_handle(matter)
    version, closed = 0, False
    for act in story.acts:
        if not closed:
            # People act minutes apart, so e-mails have gone out by then.
            await quiet(handle)
            await office.until(act.at)
            await quiet(handle)
            if act.type in case_events():
                state = await office.record_case(registered.dossier.name, act.type, act.by, **act.fields)
            else:
                state = (await office.record(letter, act.type, act.by, **act.fields)).dossier
            version, closed = state.version, state.closed_at is not None
    assert version == len(steps), (letter, version, len(steps))
    await handle.result()
    history = await handle.fetch_history()
    events = [each for each in history.events if each.event_type not in OF_VIRTUAL_TIME]
    described = (await handle.describe()).raw_description.workflow_execution_info
    reckoned = total(map(cost, steps))
    mail = await _children(office.client, matter, reckoned.children)
    real = Real(
        kind=str(story.letter["kind"]),
        steps=version,
        reckoned=reckoned,
        events=len(events),
        event_bytes=sum(each.ByteSize() for each in events),
        mail_events=mail[0],
        mail_bytes=mail[1],
        transitions=described.state_transition_count + mail[2],
    )
    return real, history


async def _digests(office: VirtualOffice) -> tuple[int, int, int]:
    """Have the digests of a morning made on which two agencies are reminded, and see what that comes to."""
    monday = at(date(2026, 3, 9), time(10))
    office.now = monday
    agencies = [{"agency": "forestry"}, {"agency": "water"}]
    letter = {"kind": "oral_notice", "matter": "digest", "court": "武平县人民法院", "received_at": monday.isoformat()}
    registered = (await office.register({**letter, "agencies": agencies})).state
    name, handle = registered.letter_id, office.client.get_workflow_handle(registered.dossier.id)
    for event_ in ("told", "reported"):
        await quiet(handle)
        await office.record(name, event_)
    await quiet(handle)
    await office.until(at(date(2026, 3, 13), time(9, 35)))
    count = await office.digest()
    events = transitions = 0
    for query, number in (('WorkflowType = "DigestWorkflow"', 1), ('WorkflowId STARTS_WITH "delivery/digest:"', count)):
        for run in await _completed(office.client, query, number):
            info = (await run.describe()).raw_description.workflow_execution_info
            history = await run.fetch_history()
            events += sum(each.event_type not in OF_VIRTUAL_TIME for each in history.events)
            transitions += info.state_transition_count
    return count, events, transitions


async def quiet(handle: WorkflowHandle[object, object]) -> None:
    """Wait until no e-mail of a matter is on its way; one that has ended does not hear what becomes of its last."""
    while (found := await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
        if not found.raw_description.pending_children:
            return
        await asyncio.sleep(0.02)


async def _children(client: Client, matter: str, count: int) -> tuple[int, int, int]:
    """Add up events, bytes and transitions of the workflows that sent a matter's e-mails."""
    found = await _completed(client, f'WorkflowId STARTS_WITH "delivery/{matter}/"', count)
    infos = [(await each.describe()).raw_description.workflow_execution_info for each in found]
    return (
        sum(info.history_length for info in infos),
        sum(info.history_size_bytes for info in infos),
        sum(info.state_transition_count for info in infos),
    )


async def _completed(client: Client, query: str, count: int) -> list[WorkflowHandle[Any, Any]]:
    """Wait until so many workflows have completed, and give them."""
    found: list[str] = []
    while len(found) < count:
        await asyncio.sleep(0.1)
        found = [each.id async for each in client.list_workflows(f'{query} AND ExecutionStatus = "Completed"')]
    return [client.get_workflow_handle(each) for each in found]


async def _replayed(history: WorkflowHistory) -> float:
    """Return the median time that a history takes a worker to replay, in seconds."""
    replayer = Replayer(
        workflows=[DossierWorkflow, DeliveryWorkflow, DigestWorkflow],
        data_converter=pydantic_data_converter,
        workflow_runner=runner(Settings()),
    )
    took = []
    for _ in range(_REPLAYS):
        begun = perf_counter()
        await replayer.replay_workflow(history)
        took.append(perf_counter() - begun)
    return statistics.median(took)
