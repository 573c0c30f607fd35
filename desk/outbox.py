"""What waits at the desk to be sent: drafts, and deliveries that were given up."""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from desk.acting import Acting
from docket.acts import log
from docket.delivery import resend
from docket.inbox import send_draft
from docket.library import current_calendar, rulebook_in_force


class Sent(NamedTuple):
    """A draft that was sent: whether only now, the notices that are to go outside, what it is about, and when."""

    first: bool
    deliveries: list[str]
    about: str
    send_at: datetime


class Outbox(Acting):
    """Sends what somebody looks at first, and again what did not arrive."""

    async def send_draft(self, key: str, by: str, outside: frozenset[str]) -> None:
        """Send a draft to whom it is for: into the inbox, and through the channels that there are, in office hours.

        Sending one again that was not handed over to them hands it over.
        """
        now = self.clock()

        def sent(session: Session) -> Sent:
            book, calendar = rulebook_in_force(session), current_calendar(session)
            done = send_draft(session, key, by, now, book.office.next_open(now, calendar, key), outside)
            if done.first:
                notice = done.notice
                new = {"person": notice.person, "subject": notice.subject, "duties": notice.duties}
                log(session, self._actor(by), now, "send", notice.about, {"status": "draft"}, new)
            return Sent(done.first, done.deliveries, done.notice.about, done.notice.send_at)

        done = await self._docket.write(sent)
        with self._begun(done.about):
            for notice in done.deliveries:
                await self.dossiers.deliver(notice, done.send_at)

    async def resend(self, notice: str, channel: str, by: str) -> None:
        """Try a delivery that was given up again; one that fails to be handed over is found by the audit."""
        now = self.clock()

        def again(session: Session) -> datetime:
            send_at = rulebook_in_force(session).office.next_open(now, current_calendar(session), notice)
            row = resend(session, notice, channel, send_at)
            log(session, self._actor(by), now, "resend", notice, None, {"channel": channel, "to": row.target})
            return send_at

        send_at = await self._docket.write(again)
        with self._begun(notice):
            await self.dossiers.deliver(notice, send_at)
