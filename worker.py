"""The composition root of the worker: settings, adapters, activities, Worker."""

import asyncio
import gc
import os
import signal
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime

import structlog
from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.worker import UnsandboxedWorkflowRunner, Worker, WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from activities.audit import AuditActivities
from activities.channels.opening import channels
from activities.delivery import DeliveryActivities
from activities.digest import DigestActivities
from activities.dossiers import DossierActivities
from activities.transfers import TransferActivities
from cluster.codec import fingerprints
from cluster.connect import connect
from cluster.schedules import ensure_schedules
from cluster.search_attributes import ensure_search_attributes
from desk.opening import check_settings, docket_to_set_up, in_force
from docket.engine import writing
from docket.keys import bring_keys
from docket.schema import upgrade
from logs import configure
from operations.audit import audit
from operations.health import beating
from operations.process import guarded
from rules.letters.registry import find_kinds
from settings import Settings, read_settings
from workflows.audit import AuditWorkflow
from workflows.delivery import DeliveryWorkflow, DigestWorkflow
from workflows.dossier import DossierWorkflow
from workflows.transfer import TransferWorkflow

PASSED_THROUGH = (
    "rules",
    "activities",
    "docket",
    "structlog",
    "pydantic",
    "sqlalchemy",
    "sqlmodel",
    "babel",
)
"""Modules that sandboxed workflows use as the process has them: pure, or named only for an activity's signature."""


WORKFLOWS = (DossierWorkflow, TransferWorkflow, DeliveryWorkflow, DigestWorkflow, AuditWorkflow)
"""Every workflow that a worker runs."""


def sandbox(*more: str) -> SandboxedWorkflowRunner:
    """Return what refuses workflows a clock and the like, with more modules that they use as the process has them.

    The kinds of letter are found before, for what is imported inside is imported once more.
    """
    find_kinds()
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*PASSED_THROUGH, *more)
    )


def runner(settings: Settings) -> WorkflowRunner:
    """Return what a worker's workflows run in: in production without the sandbox, which tests and replays keep.

    A workflow that does what it may not is found there; in production the sandbox costs a quarter of a worker's time.
    """
    return sandbox() if settings.worker_sandbox else UnsandboxedWorkflowRunner()


def new_worker(client: Client, engine: Engine, settings: Settings) -> Worker:
    """Make a worker for dossiers and their deliveries."""
    dossiers = DossierActivities(engine, settings.outside)
    delivery = DeliveryActivities(engine, channels(settings))
    transfers = TransferActivities(engine, settings.outside)
    digest = DigestActivities(engine, settings.outside)

    async def auditor(now: datetime, looked: Callable[[], None]) -> tuple[int, int]:
        found = await audit(engine, client, settings, now, looked)
        return found.matters, len(found.findings)

    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=WORKFLOWS,
        activities=[
            dossiers.settle,
            transfers.transfer,
            delivery.attempt,
            digest.make_digests,
            AuditActivities(auditor).audit,
        ],
        max_cached_workflows=settings.worker_cached_matters,
        # A local activity's time-out runs while it waits for a thread, so no more of them than threads.
        max_concurrent_local_activities=settings.worker_threads,
        activity_executor=ThreadPoolExecutor(settings.worker_threads, thread_name_prefix="activity"),
        workflow_runner=runner(settings),
    )


async def serve(settings: Settings) -> None:
    """Run a worker until it is told to stop by SIGINT or SIGTERM; what it is doing is finished first."""
    with docket_to_set_up(settings) as engine:
        upgrade(engine)
        with writing(engine) as session:
            bring_keys(session, fingerprints(settings))
        client = await connect(settings, settings.worker_metrics)
        await ensure_search_attributes(client)
        await ensure_schedules(client, settings.task_queue, in_force(engine).office)
        structlog.get_logger().info("worker started", task_queue=settings.task_queue, namespace=client.namespace)
        stop = asyncio.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            asyncio.get_running_loop().add_signal_handler(number, stop.set)
        # What is there by now stays for good; collecting garbage need not look through it again and again.
        gc.freeze()
        async with new_worker(client, engine, settings), beating(engine, client, settings):
            await stop.wait()


def main() -> None:
    """Start a worker from the environment's settings: `python -m worker`."""

    def work() -> int:
        settings = read_settings(os.environ)
        configure(settings.log_level, settings.log_json)
        check_settings(settings)
        asyncio.run(serve(settings))
        return 0

    sys.exit(guarded(work))


if __name__ == "__main__":
    main()
