"""E-mail over SMTP."""

import email.policy
import email.utils
import smtplib
import ssl
from email.message import EmailMessage
from hashlib import sha256

from pydantic import BaseModel, ConfigDict

from activities.delivery import ChannelRefused
from docket.delivery import Parcel


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
                message = self._message(parcel)
                if refused := client.send_message(message):
                    raise smtplib.SMTPRecipientsRefused(refused)
            finally:
                # Without QUIT: a failed QUIT after the server took the message would look like a failure.
                client.close()
        except smtplib.SMTPRecipientsRefused as error:
            if not error.recipients:
                raise ChannelRefused(f"not an e-mail address: {parcel.target}") from error
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


def _judged(code: int, reply: bytes | str) -> Exception:
    words = reply.decode(errors="replace") if isinstance(reply, bytes) else reply
    return ChannelRefused(f"{code} {words}") if code >= 500 else OSError(f"{code} {words}")
