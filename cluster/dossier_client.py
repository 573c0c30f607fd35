"""The one client of dossiers' workflows: starts them, asks them, and says plainly what came of it."""

import asyncio
from collections.abc import Awaitable
from contextlib import suppress
from datetime import datetime, timedelta
from typing import TypeVar

from temporalio.client import (
    Client,
    WithStartWorkflowOperation,
    WorkflowFailureError,
    WorkflowUpdateFailedError,
    WorkflowUpdateHandle,
    WorkflowUpdateStage,
)
from temporalio.client import WorkflowUpdateRPCTimeoutOrCancelledError as AnswerTimeout
from temporalio.common import WorkflowIDConflictPolicy, WorkflowIDReusePolicy
from temporalio.exceptions import ActivityError, ApplicationError, WorkflowAlreadyStartedError
from temporalio.service import RPCError
from temporalio.workflow import UpdateMethodMultiParam

from activities.dossiers import REFUSED
from activities.messages import Act
from cluster.connect import asking, uncertain
from cluster.errors import Unconfirmed
from docket.acts import Actor
from rules.dossier.state import Arrival, Dossier
from rules.errors import Refused
from workflows.attributes import from_the_start
from workflows.delivery import DeliveryWorkflow
from workflows.details import summary
from workflows.dossier import DossierWorkflow
from workflows.messages import DeliveryStart, DossierStart, Replan, Taken, TransferStart
from workflows.transfer import TransferWorkflow

T = TypeVar("T")


class DossierClient:
    """Starts and updates dossiers; `answer` is how long to wait for a worker, `clock_shift` goes to new workflows."""

    def __init__(self, client: Client, task_queue: str, answer: timedelta, clock_shift: timedelta) -> None:
        self._client = client
        self._task_queue = task_queue
        self._answer = answer
        self._clock_shift = clock_shift

    async def take(self, dossier: str, known: Dossier | None, act: Act, about: str) -> int:
        """Send a letter or an event to a dossier, which may have it already; return the version that has it.

        `known` is what the docket has of the dossier; `about` names what is asked, should nobody answer.
        """
        update = DossierWorkflow.register if isinstance(act.happening, Arrival) else DossierWorkflow.record
        return await self._updated(dossier, known, update, act, about)

    async def replan(self, state: Dossier, change: Replan) -> int:
        """Count a dossier again with a calendar; return its version then."""
        return await self._updated(state.id, state, DossierWorkflow.replan, change, state.id)

    async def transfer(self, source: str, target: str, letter: str | None, reason: str, actor: Actor) -> None:
        """Move a letter from one dossier to another, or join the whole source to the target; a repeat changes nothing.

        Asking while the same transfer is under way waits for that one.
        """
        start = TransferStart(
            source=source,
            target=target,
            letter=letter,
            reason=reason,
            by=actor.person,
            origin=actor.origin,
            clock_shift=self._clock_shift,
        )
        about = letter or source
        with asking():
            handle = await self._client.start_workflow(
                TransferWorkflow.run,
                start,
                id=f"transfer/{about}/{target}",
                task_queue=self._task_queue,
                id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                rpc_timeout=self._answer,
            )
        try:
            await self._within(handle.result())
        except (AnswerTimeout, TimeoutError, RPCError) as error:
            # It is begun: whatever goes wrong now, a worker will do it.
            raise Unconfirmed(about, self._task_queue) from error
        except WorkflowFailureError as error:
            failed = error.cause.cause if isinstance(error.cause, ActivityError) else error.cause
            raise _refused(failed) or error from error

    async def deliver(self, notice: str, send_at: datetime) -> None:
        """Send a notice outside at an instant; asking again while it is under way changes nothing."""
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

    async def _updated(
        self,
        dossier: str,
        known: Dossier | None,
        update: UpdateMethodMultiParam[[DossierWorkflow, T], Taken],
        argument: T,
        about: str,
    ) -> int:
        """Send an update; a dossier that is new, finished or lost is started by it, from what the docket has.

        The update has no id of its own: an attempt that failed must not answer for the next one. What makes a repeat
        harmless is the name of the letter or event, which the dossier's state knows.
        """
        happening = argument.happening if isinstance(argument, Act) else None
        operation = WithStartWorkflowOperation(
            DossierWorkflow.run,
            DossierStart(dossier=dossier, state=known, clock_shift=self._clock_shift),
            id=dossier,
            task_queue=self._task_queue,
            id_conflict_policy=WorkflowIDConflictPolicy.USE_EXISTING,
            id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
            search_attributes=from_the_start(dossier, known, happening),
            static_summary=summary(dossier),
        )
        accepted = self._client.start_update_with_start_workflow(
            update,
            argument,
            start_workflow_operation=operation,
            wait_for_stage=WorkflowUpdateStage.ACCEPTED,
            rpc_timeout=self._answer,
        )
        return (await self._answered(accepted, operation, about)).version

    async def _answered(
        self,
        accepted: Awaitable[WorkflowUpdateHandle[Taken]],
        operation: WithStartWorkflowOperation[DossierWorkflow, str],
        about: str,
    ) -> Taken:
        """Wait for a worker's answer for so long; after that the request stands and may be repeated."""
        try:
            handle = await self._within(accepted)
        except (AnswerTimeout, TimeoutError) as error:
            raise Unconfirmed(about, self._task_queue) from error
        except RPCError as error:
            if uncertain(error):
                raise Unconfirmed(about, self._task_queue) from error
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
            raise Unconfirmed(about, self._task_queue) from error
        except WorkflowUpdateFailedError as error:
            raise _refused(error.cause) or error from error

    async def _within(self, awaitable: Awaitable[T]) -> T:
        """Await for as long as an answer may take: Temporal's own limit is one of each try, and it tries for ever."""
        async with asyncio.timeout(self._answer.total_seconds()):
            return await awaitable


def _refused(cause: BaseException | None) -> Refused | None:
    """Return the refusal that a failure carries, if it is one."""
    if isinstance(cause, ApplicationError) and cause.type == REFUSED and cause.details:
        details = cause.details[0]
        return Refused(details["field"], details["key"], **details.get("values", {}))
    return None
