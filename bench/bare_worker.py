"""The worker of the bare workflow, with everything as the SDK has it."""

import asyncio
import os
import signal

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Worker

from bench.bare import BareWorkflow, remind


async def main() -> None:
    """Work until told to stop."""
    client = await Client.connect(os.environ["TEMPORAL_ADDRESS"], data_converter=pydantic_data_converter)
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    async with Worker(
        client, task_queue=os.environ["QIXIAN_TASK_QUEUE"], workflows=[BareWorkflow], activities=[remind]
    ):
        await stop.wait()


if __name__ == "__main__":
    asyncio.run(main())
