"""What waits at the desk to be sent: drafts, and deliveries that were given up; and what leaders answer."""

from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from desk.acting import Acting
from docket.acts import log
from docket.delivery import resend
from docket.drafts import edit_draft, pass_draft, recall_draft, send_draft, submit_draft
from docket.instructions import Told, answered, tell
from docket.library import current_calendar, rulebook_in_force
from docket.reads import dossier
from rules.accept.entries import entry_of_desk
from rules.counting.clock import local_date
from rules.letters.cases import Instruction


class Sent(NamedTuple):
    """A draft that was sent: whether only now, the notices that are to go outside, what it is about, and when."""

    first: bool
    deliveries: list[str]
    about: str
    send_at: datetime


class Outbox(Acting):
    """Sends what somebody looks at first, and again what did not arrive."""

    async def edit_draft(self, key: str, subject: str, body: str, by: str) -> None:
        """Put a draft into other words."""
        await self._docket.write(
            lambda session: edit_draft(session, key, subject, body, self._actor(by), self.clock())
        )  # fmt: skip

    async def submit_draft(self, key: str, by: str) -> None:
        """Hand a draft to the bureau's head."""
        await self._docket.write(lambda session: submit_draft(session, key, self._actor(by), self.clock()))

    async def pass_draft(self, key: str, by: str) -> None:
        """Pass a draft, which may be sent then."""
        await self._docket.write(lambda session: pass_draft(session, key, self._actor(by), self.clock()))

    async def recall_draft(self, key: str, by: str) -> None:
        """Take a sent draft back that nobody has opened."""
        await self._docket.write(lambda session: recall_draft(session, key, self._actor(by), self.clock()))

    async def send_draft(self, key: str, by: str, outside: frozenset[str]) -> None:
        """Send a draft to whom it is for: into the inbox, and through the channels that there are, in office hours.

        Sending one again that was not handed over to them hands it over.
        """
        now = self.clock()

        def sent(session: Session) -> Sent:
            book, calendar = rulebook_in_force(session), current_calendar(session)
            send_at = book.office.next_open(now, calendar, key)
            done = send_draft(session, key, by, now, send_at, outside, book.slip_prefix)
            if done.first:
                notice = done.notice
                new = {"person": notice.person, "subject": notice.subject, "duties": notice.duties}
                log(session, self._actor(by), now, "send", notice.about, {"status": "passed"}, new)
            return Sent(done.first, done.deliveries, done.notice.about, done.notice.send_at)

        done = await self._docket.write(sent)
        with self._begun(done.about):
            for notice in done.deliveries:
                await self.dossiers.deliver(notice, done.send_at)

    async def instruct(self, key: str, instruction: str, by: str, outside: frozenset[str]) -> None:
        """Put a leader's answer to a slip on the record of its matter, and tell the bureau and the agencies of it."""
        now = self.clock()
        slip = await self._docket.read(lambda session: answered(session, key, by))
        said = Instruction(on=local_date(now), number=slip.number, leader=slip.leader, instruction=instruction)
        known = await self._docket.read(lambda session: dossier(session, slip.matter))
        entry = entry_of_desk(known, said, now, by)
        await self.dossiers.take(known.id, known, self._act(entry), known.id)

        def told(session: Session) -> Told:
            book, calendar = rulebook_in_force(session), current_calendar(session)
            send_at = book.office.next_open(now, calendar, entry.id)
            return tell(session, slip, entry, now, send_at, outside)

        done = await self._docket.write(told)
        with self._begun(known.id):
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
