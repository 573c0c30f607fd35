"""A worker that is killed with -9 the moment a settle has been committed, before Temporal hears of it.

Run with: ADDRESS DOCKET_URL TASK_QUEUE. It prints a line when it listens.
"""

import asyncio
import os
import signal
import sys
from concurrent.futures import ThreadPoolExecutor

from temporalio import activity
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from activities.dossiers import DossierActivities
from activities.messages import SettleInput, Settlement
from docket.engine import open_engine
from worker import sandbox
from workflows.delivery import DeliveryWorkflow
from workflows.dossier import DossierWorkflow


class DyingActivities(DossierActivities):
    """The activities of a dossier; settle is the last thing the process does."""

    @activity.defn(name="settle")
    def settle(self, request: SettleInput) -> Settlement:
        """Commit the step, then die."""
        super().settle(request)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("not reached")


async def main(address: str, docket: str, task_queue: str) -> None:
    """Work until death."""
    client = await Client.connect(address, data_converter=pydantic_data_converter)
    activities = DyingActivities(open_engine(docket))
    worker = Worker(
        client,
        task_queue=task_queue,
        workflows=[DossierWorkflow, DeliveryWorkflow],
        activities=[activities.settle],
        activity_executor=ThreadPoolExecutor(4),
        workflow_runner=sandbox(),
    )
    sys.stdout.write("listening\n")
    sys.stdout.flush()
    await worker.run()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:4]))
