"""Sending notices outside. The inbox inside needs no sending; it is the settled row itself."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Protocol

from sqlalchemy import Engine
from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.messages import DeliverInput
from docket.delivery import Parcel, delivered, failed, given_up, pending_parcel
from docket.engine import reading, writing


class Mailer(Protocol):
    """A channel outside; raises `MailRefused` for good, any other error for now."""

    def send(self, parcel: Parcel) -> None:
        """Send one parcel."""


class MailRefused(Exception):
    """The mail server will never take this message."""


class DeliveryActivities:
    """The activities that send, with the docket and the mail server."""

    def __init__(self, engine: Engine, mailer: Mailer | None) -> None:
        self._engine = engine
        self._mailer = mailer
        # Threads of its own: a mail server that hangs must not take those that settle letters.
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="mail")

    @activity.defn
    async def deliver(self, request: DeliverInput) -> None:
        """Send one notice unless that is done already, and record each attempt."""
        await asyncio.get_running_loop().run_in_executor(self._threads, self._deliver, request)

    def _deliver(self, request: DeliverInput) -> None:
        with reading(self._engine) as session:
            parcel = pending_parcel(session, request.notice_key)
        if parcel is None:
            return
        if self._mailer is None:
            raise ApplicationError("e-mail is not configured on this worker", type="NoMailer")
        try:
            self._mailer.send(parcel)
        except MailRefused as error:
            self._failed(request.notice_key, request.now, str(error))
            raise ApplicationError(str(error), type="MailRefused", non_retryable=True) from error
        except OSError as error:
            self._failed(request.notice_key, request.now, f"{type(error).__name__}: {error}")
            raise
        with writing(self._engine) as session:
            delivered(session, request.notice_key, request.now)

    @activity.defn
    def give_up(self, request: DeliverInput) -> None:
        """Mark a notice that no attempt could deliver; it stays in the inbox."""
        with writing(self._engine) as session:
            given_up(session, request.notice_key, request.now)

    def _failed(self, key: str, now: datetime, error: str) -> None:
        with writing(self._engine) as session:
            failed(session, key, now, error)
