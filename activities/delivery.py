"""Sending notices outside: e-mail over SMTP. The inbox inside needs no sending; it is the settled row itself."""

import email.policy
import email.utils
import smtplib
import ssl
from datetime import datetime
from email.message import EmailMessage
from hashlib import sha256
from typing import Protocol

from pydantic import BaseModel, ConfigDict
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


class MailRefused(Exception):  # noqa: N818 -- it says what the server did
    """The mail server will never take this message."""


class SmtpSettings(BaseModel):
    """How to reach the mail server; `security` is none, starttls or tls."""

    model_config = ConfigDict(frozen=True)

    host: str
    port: int
    sender: str
    security: str = "starttls"
    username: str = ""
    password: str = ""
    timeout_seconds: float = 20


class SmtpMailer:
    """Sends over SMTP. The Message-ID comes from the notice, so a repeat is the same message to every mailbox."""

    def __init__(self, settings: SmtpSettings) -> None:
        self._settings = settings

    def send(self, parcel: Parcel) -> None:
        """Hand one message to the mail server, or raise what went wrong."""
        settings = self._settings
        try:
            client = self._connect()
            try:
                if settings.username:
                    client.login(settings.username, settings.password)
                if refused := client.send_message(self._message(parcel)):
                    raise smtplib.SMTPRecipientsRefused(refused)
            finally:
                # Without QUIT: a failed QUIT after the server took the message would look like a failure.
                client.close()
        except smtplib.SMTPRecipientsRefused as error:
            code, reply = min(error.recipients.values())
            raise _judged(code, reply) from error
        except smtplib.SMTPResponseException as error:
            raise _judged(error.smtp_code, error.smtp_error) from error

    def _connect(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "tls":
            context = ssl.create_default_context()
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_seconds, context=context)
        client = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_seconds)
        if settings.security == "starttls":
            client.starttls(context=ssl.create_default_context())
        return client

    def _message(self, parcel: Parcel) -> EmailMessage:
        message = EmailMessage(policy=email.policy.SMTP)
        message["From"] = self._settings.sender
        message["To"] = parcel.target
        message["Subject"] = " ".join(parcel.subject.split())
        message["Date"] = email.utils.format_datetime(parcel.created_at)
        message["Message-ID"] = f"<{sha256(parcel.key.encode()).hexdigest()[:32]}@qixian.invalid>"
        message.set_content(parcel.body, charset="utf-8", cte="quoted-printable")
        return message


class DeliveryActivities:
    """The activities that send, with the docket and the mail server."""

    def __init__(self, engine: Engine, mailer: Mailer | None) -> None:
        self._engine = engine
        self._mailer = mailer

    @activity.defn
    def deliver(self, request: DeliverInput) -> None:
        """Send one notice unless that is done already, and record each attempt."""
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


def _judged(code: int, reply: bytes | str) -> Exception:
    words = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    return MailRefused(f"{code} {words}") if code >= 500 else OSError(f"{code} {words}")
