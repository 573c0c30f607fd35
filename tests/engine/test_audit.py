"""The audit finds what is planted and is silent on a healthy system."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlmodel import select

from docket.engine import writing
from docket.tables import LetterRow
from rules.state import LetterState
from starter.audit import audit
from starter.virtual import VirtualOffice
from tests.engine.letters import mediation


async def test_the_audit_is_silent_on_a_healthy_system_and_finds_each_planted_fault(office: VirtualOffice) -> None:
    name = office.engine.dialect.name
    letters = [(await office.register(mediation(f"audit-{n}-{name}"))).state.letter_id for n in range(3)]

    async def found() -> list[tuple[str, str]]:
        result = await audit(office.engine, office.client, office.task_queue, datetime.now(UTC))
        assert result.letters == 3
        # Other tests' letters run in the same namespace.
        return [(finding.letter, finding.what) for finding in result.findings if finding.letter in letters]

    assert await found() == []

    with writing(office.engine) as session:
        row = session.exec(select(LetterRow).where(LetterRow.id == letters[0])).one()
        state = LetterState.model_validate(row.state)
        duties = tuple(
            duty.model_copy(update={"due": duty.due.replace(day=9)}) if duty.rule == "R07" and duty.due else duty
            for duty in state.duties
        )
        row.state = state.model_copy(update={"duties": duties}).model_dump(mode="json")
        session.add(row)
    await office.client.get_workflow_handle(letters[1]).terminate("test")
    assert await found() == [(letters[0], "date_drift"), (letters[1], "no_workflow")]

    # The letter whose workflow is gone is taken up again from the docket by the next event.
    await office.record(letters[1], "told")
    assert await found() == [(letters[0], "date_drift")]


@pytest.mark.parametrize("docket", ["sqlite"], indirect=True)
async def test_a_workflow_without_a_row_is_found(office: VirtualOffice) -> None:
    letter = (await office.register(mediation("audit-orphan"))).state.letter_id
    with writing(office.engine) as session:
        for table in ("duty_agency", "rung", "notice", "duty", "event", "letter"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    for later, found in ((timedelta(), []), (timedelta(minutes=5), ["no_row"])):
        result = await audit(office.engine, office.client, office.task_queue, datetime.now(UTC) + later)
        assert [finding.what for finding in result.findings if finding.letter == letter] == found


@pytest.mark.parametrize("docket", ["sqlite"], indirect=True)
async def test_a_letter_on_another_task_queue_is_found(office: VirtualOffice) -> None:
    letter = (await office.register(mediation("audit-queue"))).state.letter_id
    result = await audit(office.engine, office.client, "another", datetime.now(UTC))
    assert [finding.what for finding in result.findings if finding.letter == letter] == ["other_queue"]
