"""A worker to whom it is three weeks later from a moment on: `python -m tests.drills.late_worker CUT`.

Virtual time does not pass without a worker, so a worker can't be off for three weeks of it. What a worker sees that was
is a task that has waited for three weeks: it carries the time of its start, not the time for which the timer was set.
That is what this one makes of every task that starts at CUT or later. What is added depends on the task's own time
alone, so that a replay comes to the same.
"""

import sys
from datetime import UTC, datetime, timedelta

from temporalio.bridge.proto.workflow_activation import WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import UnsandboxedWorkflowRunner, WorkflowInstance, WorkflowInstanceDetails

import worker

OFF = timedelta(days=21)
"""How long the worker was off."""

CUT = datetime.max.replace(tzinfo=UTC)


class LateRunner(UnsandboxedWorkflowRunner):
    """The usual runner, whose workflows are told a later time."""

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """Make a workflow, and see to the time that it is told."""
        made = super().create_instance(det)
        usual = made.activate

        def activate(act: WorkflowActivation) -> WorkflowActivationCompletion:
            if act.timestamp.ToDatetime(UTC) >= CUT:
                act.timestamp.FromDatetime(act.timestamp.ToDatetime(UTC) + OFF)
            return usual(act)

        # The SDK has no hook for the time of an activation, so its method is replaced.
        made.activate = activate  # type: ignore[method-assign]
        return made


if __name__ == "__main__":
    CUT = datetime.fromisoformat(sys.argv[1])
    vars(worker)["UnsandboxedWorkflowRunner"] = LateRunner
    worker.main()
