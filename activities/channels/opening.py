"""The channels of the settings, for whoever sends: the worker's notices, the console's test message."""

from activities.channels.smtp import SmtpMailer, SmtpSettings
from activities.delivery import Channel
from docket.directory import EMAIL
from rules.errors import Refused
from settings import Settings


def channels(settings: Settings) -> dict[str, Channel]:
    """Return what sends, by the channel's name; an address that nothing understands is refused by its name alone."""
    found: dict[str, Channel] = {}
    if settings.smtp_host:
        found[EMAIL] = SmtpMailer(
            SmtpSettings(
                host=settings.smtp_host,
                port=settings.smtp_port,
                sender=settings.smtp_sender,
                security=settings.smtp_security,
                username=settings.smtp_username,
                password=settings.smtp_password.get_secret_value(),
            )
        )
    if settings.channels:
        # Apprise takes half a second to load, and most installations send e-mail or nothing.
        from activities.channels.apprise import AppriseChannel, instantiated

        for name, url in settings.channels.items():
            if instantiated(url.get_secret_value().replace("{address}", "13800000000")) is None:
                raise Refused("QIXIAN_CHANNELS", "channel_url", name=name)
            found[name] = AppriseChannel(url.get_secret_value())
    return found
