"""Connecting to Temporal by temporalio.envconfig: a cluster with TLS or an API key is configuration only.

TEMPORAL_ADDRESS, TEMPORAL_CONFIG_FILE and their like come first; without them, the profile that `qixian up` wrote.
"""

import asyncio
import os

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfigProfile
from temporalio.service import RPCError

from settings import Settings
from starter.errors import Unreachable


def profile(settings: Settings) -> ClientConfigProfile:
    """Load the connection profile; a missing or broken one is Unreachable with the reason."""
    configured = os.environ.get("TEMPORAL_ADDRESS") or os.environ.get("TEMPORAL_CONFIG_FILE")
    own = None if configured else settings.temporal_profile
    if own is not None and not own.exists():
        raise Unreachable("temporal", f"no installation in {settings.dir}")
    return ClientConfigProfile.load(config_source=own)


async def connect(settings: Settings) -> Client:
    """Connect a client that speaks our models; a server that does not answer is Unreachable."""
    try:
        options = profile(settings).to_client_connect_config()
    except (RuntimeError, ValueError, OSError) as error:
        raise Unreachable("temporal", f"configuration: {error}") from error
    address = options.get("target_host")
    if not address:
        raise Unreachable("temporal", "configuration: no address (TEMPORAL_ADDRESS)")
    try:
        connecting = Client.connect(**options, data_converter=pydantic_data_converter)
        return await asyncio.wait_for(connecting, settings.answer_seconds)
    except (RuntimeError, RPCError, TimeoutError) as error:
        raise Unreachable("temporal", address) from error
