"""The one client of letters' workflows: starts them, asks them, and says plainly what came of it."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowUpdateFailedError,
    WorkflowUpdateHandle,
    WorkflowUpdateStage,
)
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError as AnswerTimeout
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError
from temporalio.workflow import UpdateMethodMultiParam

from activities.letters import REFUSED
from activities.messages import Registration
from cluster.connect import asking, uncertain
from cluster.errors import Unconfirmed
from rules.dossier.state import LetterState
from rules.errors import Refused
from rules.letters.events import Entry
from rules.texts import text
from workflows.delivery import DeliveryWorkflow
from workflows.letter import LetterWorkflow
from workflows.messages import DeliveryStart, LetterStart

T = TypeVar("T")


class LetterClient:
    """Starts and updates letters; `answer` is how long to wait for a worker, `clock_shift` goes to new workflows."""

    def __init__(self, client: Client, task_queue: str, answer: timedelta, clock_shift: timedelta) -> None:
        self._client = client
        self._task_queue = task_queue
        self._answer = answer
        self._clock_shift = clock_shift

    async def start(self, registration: Registration) -> LetterState | None:
        """Start a letter's workflow, or find the running one, and give its planned state; None if it has finished."""
        start = LetterStart(registration=registration, clock_shift=self._clock_shift)
        operation = self._operation(start, WorkflowIDReusePolicy.ALLOW_DUPLICATE_FAILED_ONLY)
        accepted = self._client.start_update_with_start_workflow(
            LetterWorkflow.planned,
            start_workflow_operation=operation,
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
            rpc_timeout=self._answer,
        )
        try:
            return await self._answered(accepted, operation, start.registration.letter_id)
        except WorkflowAlreadyStartedError:
            return None

    async def record(self, state: LetterState, entry: Entry) -> LetterState:
        """Send one entry to a letter, which may have it already, and give the state that is settled with it."""
        return state if state.has(entry.id) else await self.update(state, LetterWorkflow.record, entry)

    async def update(
        self,
        state: LetterState,
        update: UpdateMethodMultiParam[[LetterWorkflow, T], LetterState],
        argument: T,
    ) -> LetterState:
        """Send an update to a letter's workflow; one that is finished or lost is taken up again from the docket.

        The update has no id of its own: an attempt that failed must not answer for the next one. What makes a repeat
        harmless is the event's id, which the letter's state knows.
        """
        start = LetterStart(
            registration=Registration(
                letter_id=state.letter_id,
                letter=state.letter,
                rulebook=state.rulebook,
                registered_by=state.registered_by,
            ),
            state=state,
            clock_shift=self._clock_shift,
        )
        operation = self._operation(start, WorkflowIDReusePolicy.ALLOW_DUPLICATE)
        accepted = self._client.start_update_with_start_workflow(
            update,
            argument,
            start_workflow_operation=operation,
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
            rpc_timeout=self._answer,
        )
        return await self._answered(accepted, operation, start.registration.letter_id)

    async def deliver(self, notice: str, send_at: datetime) -> None:
        """Have a notice sent outside at an instant; asking again while it is under way changes nothing."""
        start = DeliveryStart(notices=(notice,), send_at=send_at, clock_shift=self._clock_shift)
        with asking(), suppress(WorkflowAlreadyStartedError):
            await self._client.start_workflow(
                DeliveryWorkflow.run,
                start,
                id=f"delivery/{notice}",
                task_queue=self._task_queue,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                rpc_timeout=self._answer,
            )

    def _operation(
        self, start: LetterStart, reuse: WorkflowIDReusePolicy
    ) -> WithStartWorkflowOperation[LetterWorkflow, str]:
        letter = start.registration.letter
        agencies = "、".join(each.agency for each in letter.agencies)
        return WithStartWorkflowOperation(
            LetterWorkflow.run,
            start,
            id=start.registration.letter_id,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=reuse,
            static_summary=f"{text(f'kind.{letter.kind}')} {letter.matter} ({agencies})",
        )

    async def _answered(
        self,
        accepted: Awaitable[WorkflowUpdateHandle[LetterState]],
        operation: WithStartWorkflowOperation[LetterWorkflow, str],
        letter: str,
    ) -> LetterState:
        """Wait for a worker's answer for so long; after that the request stands and may be repeated."""
        try:
            handle = await self._within(accepted)
        except (AnswerTimeout, TimeoutError) as error:
            raise Unconfirmed(letter, self._task_queue) from error
        except RPCError as error:
            if uncertain(error):
                raise Unconfirmed(letter, self._task_queue) from error
            with asking():
                raise
        finally:
            # The operation keeps a second copy of a failure, of our own time limit too; asking for it is how it counts
            # as heard. It is settled by now, so nothing that would cancel us from outside can be lost here.
            with suppress(RPCError, WorkflowAlreadyStartedError, asyncio.CancelledError):
                await operation.workflow_handle()
        try:
            return await self._within(handle.result(rpc_timeout=self._answer))
        except (AnswerTimeout, TimeoutError, RPCError) as error:
            # It is accepted: whatever goes wrong now, a worker will do it.
            raise Unconfirmed(letter, self._task_queue) from error
        except WorkflowUpdateFailedError as error:
            raise _from_failure(error) from error

    async def _within(self, awaitable: Awaitable[T]) -> T:
        """Await for as long as an answer may take: Temporal's own limit is one of each try, and it tries for ever."""
        async with asyncio.timeout(self._answer.total_seconds()):
            return await awaitable


def _from_failure(error: WorkflowUpdateFailedError) -> Exception:
    cause = error.cause
    if isinstance(cause, ApplicationError) and cause.type == REFUSED and cause.details:
        details = cause.details[0]
        return Refused(details["field"], details["key"], **details.get("values", {}))
    return error
