"""The mail server of the settings, for whoever sends: the worker's notices, the console's test message."""

from activities.mail import SmtpMailer, SmtpSettings
from settings import Settings


def mailer(settings: Settings) -> SmtpMailer | None:
    """Give what sends e-mail, or None where no mail server is set."""
    if not settings.smtp_host:
        return None
    return SmtpMailer(
        SmtpSettings(
            host=settings.smtp_host,
            port=settings.smtp_port,
            sender=settings.smtp_sender,
            security=settings.smtp_security,
            username=settings.smtp_username,
            password=settings.smtp_password.get_secret_value(),
        )
    )
