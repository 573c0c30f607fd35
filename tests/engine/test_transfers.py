"""移转、并案 on a real server while other things happen: whoever is to be watched is watched, and all places agree."""

import asyncio
from collections.abc import Coroutine
from datetime import date
from functools import partial
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from activities.messages import Act
from cluster.dossier_client import DossierClient
from docket.acts import acts
from docket.engine import reading, writing
from docket.reads import find_letter, matter_named
from docket.transfer import transfer
from operations.audit import audit
from operations.mending import mend
from rules.dossier.state import Dossier
from rules.errors import Refused
from rules.letters.parse import parse_event
from settings import Settings
from starter.demo.virtual import VirtualOffice
from tests.conftest import CLERK, moment
from tests.engine.letters import judgment, mediation, oral
from tests.engine.test_matters import REASON, known, silent, watched
from tests.engine.test_recording import matter
from workflows.dossier import DossierWorkflow
from workflows.messages import DossierStart

OTHER = CLERK._replace(person="clerk2")


async def running(office: VirtualOffice, name: str) -> bool:
    description = await office.client.get_workflow_handle(f"wuping/matter/{name}").describe()
    return description.status is WorkflowExecutionStatus.RUNNING


async def test_a_finished_matter_that_owes_again_once_a_letter_has_gone_is_watched_again(
    office: VirtualOffice, settings: Settings
) -> None:
    wrong, right = matter(office, "ended"), matter(office, "its-own")
    first = (await office.register(mediation(wrong, stage="trial"))).state.letter_id
    for event in ("told", "reported"):
        await office.record(first, event)
    await office.until(moment("2026-03-13"))
    served = {"received_on": "2026-03-13", "agency": "forestry"}
    given = {"received_at": "2026-03-13T09:40:00+08:00", "judged_on": "2026-03-12", "last_service_on": "2026-03-13"}
    strange = judgment(wrong, outcomes=["dismissed"], agencies=[served], **given)
    second = (await office.register(strange)).state.letter_id
    await office.record(second, "filing", copy_reference="备1")
    assert known(office, wrong).closed_at is not None
    await office.move(second, right, REASON)
    left = await watched(office, wrong)
    # What the judgment had ended is owed again: the report on the mediation, 10 March + 31 d.
    assert left.closed_at is None
    with reading(office.engine) as session:
        duty = find_letter(session, first).duty("R05")
    assert duty is not None and (duty.state, duty.due) == ("open", date(2026, 4, 10))
    assert await running(office, wrong)
    await silent(office, settings, wrong, right)


async def test_a_matter_that_is_only_being_opened_takes_up_the_letter_that_came_first(
    office: VirtualOffice, settings: Settings
) -> None:
    wrong, right = matter(office, "before-opening"), matter(office, "being-opened")
    letter = (await office.register(mediation(wrong))).state.letter_id
    source, target = (f"wuping/matter/{name}" for name in (wrong, right))
    # Its workflow runs and knows nothing yet: what it was started for is on its way, and may be refused.
    desk = office.desk
    await office.client.start_workflow(
        DossierWorkflow.run, DossierStart(dossier=target, clock_shift=desk.clock_shift), id=target,
        task_queue=office.task_queue,
    )  # fmt: skip
    await desk.dossiers.transfer(source, target, letter, REASON, CLERK)
    await watched(office, right)
    await silent(office, settings, wrong, right)


class Hurried(DossierClient):
    """A client of dossiers beside which somebody else is quicker: before what it asks for is done, or just after."""

    def __init__(self, office: VirtualOffice, letter: str, to: str, *, first: bool) -> None:
        vars(self).update(vars(office.desk.dossiers))
        self.moving = partial(office.move, letter, to, REASON)
        self.first = first

    async def take(self, dossier: str, known: Dossier | None, act: Act, about: str) -> int:
        if self.first:
            await self.moving()
        version = await super().take(dossier, known, act, about)
        if not self.first:
            await self.moving()
        return version


@pytest.mark.parametrize("docket", ["sqlite"], indirect=True)
async def test_what_is_recorded_of_a_letter_while_it_is_moved_goes_with_it_or_is_shown_the_way(
    office: VirtualOffice,
) -> None:
    here, there = matter(office, "raced"), matter(office, "raced-to")
    letter = (await office.register(mediation(here))).state.letter_id
    beside = (await office.register(oral(here))).state.letter_id
    told, desk = parse_event({"type": "told", "on": "2026-03-10"}), office.desk
    desk.dossiers = Hurried(office, letter, there, first=False)
    recorded = await desk.record(letter, told, "clerk1")
    assert (recorded.letter.dossier.name, [entry.event.type for entry in recorded.letter.own]) == (there, ["told"])
    # Whose letter is gone before the event came is told where it is.
    desk.dossiers = Hurried(office, letter, here, first=True)
    reported = parse_event({"type": "reported", "on": "2026-03-10"})
    with pytest.raises(Refused) as caught:
        await desk.record(letter, reported, "clerk1")
    assert (caught.value.key, caught.value.values) == ("letter_was_moved", {"matter": there, "other": here})
    # Another letter of the matter may go while something of the matter is recorded.
    desk.dossiers = Hurried(office, letter, there, first=False)
    said = await desk.record(beside, told, "clerk1")
    assert (said.letter.letter_id, said.others) == (beside, [])


async def outcomes(*doing: Coroutine[Any, Any, None]) -> list[str]:
    """Do things at once, and say of each why it was refused, if it was."""
    found = await asyncio.gather(*doing, return_exceptions=True)
    assert all(each is None or isinstance(each, Refused) for each in found), found
    return sorted(each.key if isinstance(each, Refused) else "" for each in found)


async def test_of_transfers_at_once_each_is_done_once_or_refused(office: VirtualOffice, settings: Settings) -> None:
    names = [matter(office, f"at-once-{number}") for number in range(4)]
    one, two, three, four = (f"wuping/matter/{name}" for name in names)
    letter = (await office.register(mediation(names[0]))).state.letter_id
    for name in names[1:3]:
        await office.register(oral(name, number=f"(2026)闽0824口{name}号"))
    transferred = office.desk.dossiers.transfer
    # Two clerks have the same in mind.
    assert await outcomes(
        transferred(one, two, letter, REASON, CLERK),
        transferred(one, two, letter, REASON, OTHER),
    ) == ["", ""]
    assert [entry.event.type for entry in known(office, names[0]).entries] == ["letter_moved"]
    with reading(office.engine) as session:
        assert [(act.act, act.new) for act in acts(session, letter) if act.act != "register"] == [
            ("move", {"from": names[0], "to": names[1], "reason": REASON})
        ]
    # Two have different matters in mind, one of which is new.
    assert await outcomes(
        transferred(two, three, letter, REASON, CLERK),
        transferred(two, four, letter, REASON, OTHER),
    ) == ["", "letter_was_moved"]
    # Each of two matters is to be part of the other.
    assert await outcomes(
        transferred(two, three, None, REASON, CLERK),
        transferred(three, two, None, REASON, OTHER),
    ) == ["", "matter_joined"]
    states = [known(office, name) for name in names if known_or_not(office, name)]
    assert sum(letter in [each.letter_id for each in state.here] for state in states) == 1
    assert sum(len(state.here) for state in states) == 3
    for state in states:
        if state.closed_at is None:
            await watched(office, state.name)
    await silent(office, settings, *names)


def known_or_not(office: VirtualOffice, name: str) -> bool:
    with reading(office.engine) as session:
        return matter_named(session, "wuping", name) is not None


@pytest.mark.slow
async def test_a_transfer_that_nobody_finished_is_found_by_the_audit_and_mended(
    office: VirtualOffice, settings: Settings
) -> None:
    """As where Temporal's data were lost between the docket's transaction and what follows it."""
    wrong, right = matter(office, "unfinished"), matter(office, "unwatched")
    letter = (await office.register(mediation(wrong))).state.letter_id
    await office.register(oral(wrong))
    source, target = (f"wuping/matter/{name}" for name in (wrong, right))
    with writing(office.engine) as session:
        transfer(session, source, target, letter, REASON, office.now, CLERK, frozenset())
    found = await audit(office.engine, office.client, settings, office.now)
    assert {(each.subject, each.what) for each in found.findings if each.subject in (source, target)} == {
        (source, "behind"), (target, "no_workflow"),
    }  # fmt: skip
    await mend(office.engine, office.client, office.desk, found)
    await watched(office, wrong)
    await watched(office, right)
    await silent(office, settings, wrong, right)


@pytest.mark.parametrize("docket", ["sqlite"], indirect=True)
async def test_a_matter_that_has_nothing_to_take_up_waits_for_what_opens_it(
    office: VirtualOffice, settings: Settings
) -> None:
    name, desk = matter(office, "nothing-yet"), office.desk
    handle = await office.client.start_workflow(
        DossierWorkflow.run, DossierStart(dossier=f"wuping/matter/{name}", clock_shift=desk.clock_shift),
        id=f"wuping/matter/{name}", task_queue=office.task_queue,
    )  # fmt: skip
    await handle.signal(DossierWorkflow.take_over)
    await office.register(oral(name))
    await watched(office, name)
    await silent(office, settings, name)
