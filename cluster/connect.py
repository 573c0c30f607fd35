"""Connecting to Temporal by temporalio.envconfig: a cluster with TLS or an API key is configuration only.

TEMPORAL_ADDRESS, TEMPORAL_CONFIG_FILE and their like come first; without them, the profile that `qixian up` wrote.
"""

import asyncio
import logging
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.envconfig import ClientConfigProfile
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import RPCError, RPCStatusCode

from cluster.codec import data_converter
from cluster.errors import Unreachable
from rules.errors import Refused
from settings import Settings


@cache
def runtime(metrics: str = "") -> Runtime:
    """Return the process's Temporal runtime; its warnings go to our log, for standard output belongs to commands.

    `metrics` is HOST:PORT at which Prometheus finds the SDK's own figures.
    """
    forwarding = LogForwardingConfig(logger=logging.getLogger("temporalio.core"))
    logging_ = LoggingConfig(filter=TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding)
    figures = PrometheusConfig(bind_address=metrics) if metrics else None
    try:
        return Runtime(telemetry=TelemetryConfig(logging=logging_, metrics=figures))
    except ValueError as error:
        raise Refused("QIXIAN_WORKER_METRICS", "metrics_address", detail=str(error)) from error


def profile(settings: Settings) -> ClientConfigProfile:
    """Load the connection profile; a missing or broken one is Unreachable with the reason."""
    configured = os.environ.get("TEMPORAL_ADDRESS") or os.environ.get("TEMPORAL_CONFIG_FILE")
    own = None if configured else settings.temporal_profile
    if own is not None and not own.exists():
        raise Unreachable("temporal", f"no installation in {settings.dir}")
    return ClientConfigProfile.load(config_source=own)


async def connect(settings: Settings, metrics: str = "") -> Client:
    """Connect a client that speaks our models; a server that does not answer is Unreachable.

    `metrics` is HOST:PORT for the SDK's own figures; only a worker has any worth reading.
    """
    try:
        options = profile(settings).to_client_connect_config()
    except (RuntimeError, ValueError, OSError) as error:
        raise Unreachable("temporal", f"configuration: {error}") from error
    address = options.get("target_host")
    if not address or "://" in address:
        raise Unreachable("temporal", f"configuration: {address or 'no address'}, wanted HOST:PORT (TEMPORAL_ADDRESS)")
    try:
        connecting = Client.connect(**options, data_converter=data_converter(settings), runtime=runtime(metrics))
        client = await asyncio.wait_for(connecting, settings.answer_seconds)
    except (RuntimeError, ValueError, RPCError, TimeoutError) as error:
        raise Unreachable("temporal", f"{address}{_said(error)}") from error
    with asking():
        # A namespace that is not there must be known before anything is written.
        await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    return client


def _said(error: Exception) -> str:
    """Return what a failed connection says; of one that nobody answers the address says enough."""
    said = str(error).strip()
    return "" if "tcp connect error" in said or not said else f": {said[:200]}"


_UNCERTAIN = {
    RPCStatusCode.UNAVAILABLE,
    RPCStatusCode.UNKNOWN,
    RPCStatusCode.INTERNAL,
    RPCStatusCode.CANCELLED,
    RPCStatusCode.ABORTED,
    RPCStatusCode.DEADLINE_EXCEEDED,
}
"""The connection broke, or the server did: what was sent may have been taken or not."""


def uncertain(error: RPCError) -> bool:
    """Tell whether a request that failed on an open connection may have been taken all the same."""
    # An update whose workflow ends or starts afresh meanwhile is reported as one that is not found.
    return error.status in _UNCERTAIN or "aborted" in error.message


@contextmanager
def asking() -> Iterator[None]:
    """Say in our words what a server that we are connected to refuses: its namespace, our rights, its own failures."""
    try:
        yield
    except RPCError as error:
        raise Unreachable("temporal", f"{error.status.name}: {error.message}") from error
