"""E-mail through a real mail server: sent once, retried while it is away, never holding back the ladder."""

from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from sqlmodel import col, select
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment

from activities.channels.opening import channels
from activities.delivery import DeliveryActivities
from activities.messages import DeliverInput
from desk.desk import Desk
from docket.delivery import attempts_at
from docket.directory import Directory, sample_directory, store_directory
from docket.engine import reading, writing
from docket.tables import AttemptRow, DeliveryRow, NoticeRow
from rules.letters.parse import parse_letter
from settings import Settings
from starter.demo.virtual import VirtualOffice
from tests.conftest import START, moment
from tests.engine.letters import dossier_of, oral
from tests.engine.test_long_lives import reset_to_beginning
from tests.support.robots import robots
from tests.support.smtp import MailServer, mail_server
from tests.support.waiting import eventually
from worker import new_worker

pytestmark = pytest.mark.slow


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[MailServer]:
    folder = tmp_path / "mail"
    folder.mkdir()
    with mail_server(folder) as server:
        yield server


@pytest.fixture
def mailing(settings: Settings, mail: MailServer) -> Settings:
    return settings.model_copy(
        update={
            "smtp_host": "127.0.0.1",
            "smtp_port": mail.port,
            "smtp_security": "none",
            "smtp_sender": "qixian@county.test",
        }
    )


@pytest.fixture
async def mail_office(docket: Engine, temporal: Client, mailing: Settings) -> AsyncIterator[VirtualOffice]:
    """An office whose clerk and forestry liaison have e-mail."""
    people = sample_directory().model_dump()
    for person in people["people"]:
        if person["id"] in ("clerk1", "forestry_liaison"):
            person["email"] = f"{person['id']}@county.test"
    with writing(docket) as session:
        store_directory(session, Directory.model_validate(people))
    async with new_worker(temporal, docket, mailing):
        yield VirtualOffice(docket, temporal, START, task_queue=mailing.task_queue)
    # Digests are named by day and reader alone: one that is left over would stand in another test's way.
    left = f'TaskQueue = "{mailing.task_queue}" AND WorkflowType = "DeliveryWorkflow" AND ExecutionStatus = "Running"'
    async for each in temporal.list_workflows(left):
        try:
            await temporal.get_workflow_handle(each.id).terminate("test")
        except RPCError as error:
            # The list lags behind: a delivery that has ended since it was made is what we want.
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise


def deliveries(engine: Engine) -> dict[str, str]:
    with reading(engine) as session:
        return {row.target: row.status for row in session.exec(select(DeliveryRow))}


async def test_an_arrival_is_mailed_to_whoever_has_an_address(mail_office: VirtualOffice, mail: MailServer) -> None:
    await mail_office.register(oral(f"mail-{mail_office.engine.dialect.name}"))
    await eventually(lambda: set(deliveries(mail_office.engine).values()) == {"sent"})
    sent = mail.mails()
    assert [message["X-To"] for message in sent] == ["clerk1@county.test"]
    assert sent[0]["Subject"].startswith("【新事项】")
    assert "立即" in sent[0].get_content() or "R01" in sent[0].get_content()
    assert sent[0]["From"] == "qixian@county.test"


async def test_a_mail_server_that_refuses_holds_back_no_reminder(mail_office: VirtualOffice, mail: MailServer) -> None:
    """The clerk's mail is refused for good; the ladder climbs on, and the notices lie in the inbox."""
    mail.mood("refuse")
    letter = (await mail_office.register(oral(f"refusing-{mail_office.engine.dialect.name}"))).state.letter_id
    await mail_office.until(moment("2026-03-13"))
    await eventually(lambda: set(deliveries(mail_office.engine).values()) == {"failed"})
    with reading(mail_office.engine) as session:
        inbox = session.exec(
            select(NoticeRow)
            .where(NoticeRow.letter_id == letter, NoticeRow.person == "clerk1")
            .order_by(col(NoticeRow.created_at))
        ).all()
        errors = session.exec(select(DeliveryRow.last_error)).all()
    assert [(str(row.created_at.date()), row.kind) for row in inbox] == [
        ("2026-03-10", "arrival"),
        ("2026-03-11", "overdue"),
    ]
    assert all("550" in error for error in errors)
    assert mail.mails() == []


async def test_mails_about_a_letter_that_moves_meanwhile_come_once(
    mail_office: VirtualOffice, mail: MailServer
) -> None:
    """The mail server is busy while the letter goes to a matter that another clerk has; nothing is told anew."""
    here, there = (f"{name}-{mail_office.engine.dialect.name}" for name in ("mail-from", "mail-to"))
    mail.mood("busy")
    letter = (await mail_office.register(oral(here))).state.letter_id
    await eventually(lambda: len(attempts(mail_office.engine)) > 0)
    await mail_office.move(letter, there, "登记时案件编号有误")
    await mail_office.record(letter, "told")
    mail.mood("")
    await mail_office.until(moment("2026-03-10", "16:00"))
    await eventually(lambda: set(statuses(mail_office.engine)) == {"sent"})
    told = [(message["X-To"], message["Subject"].split()[0]) for message in mail.mails()]
    assert sorted(told) == sorted(set(told))
    assert ("clerk1@county.test", f"【新事项】{here}") in told
    with reading(mail_office.engine) as session:
        assert {row.dossier_id for row in session.exec(select(NoticeRow).where(NoticeRow.letter_id == letter))} == {
            f"wuping/matter/{there}"
        }


def attempts(engine: Engine) -> list[AttemptRow]:
    with reading(engine) as session:
        return list(session.exec(select(AttemptRow)))


def statuses(engine: Engine) -> list[str]:
    with reading(engine) as session:
        return list(session.exec(select(DeliveryRow.status)))


async def test_a_mail_server_that_is_busy_is_tried_again(mail_office: VirtualOffice, mail: MailServer) -> None:
    mail.mood("busy")
    await mail_office.register(oral(f"busy-{mail_office.engine.dialect.name}"))

    def tried() -> bool:
        with reading(mail_office.engine) as session:
            return any(row.attempts for row in session.exec(select(DeliveryRow)))

    await eventually(tried)
    assert set(deliveries(mail_office.engine).values()) == {"pending"}
    mail.mood("")
    await eventually(lambda: set(deliveries(mail_office.engine).values()) == {"sent"})
    assert len(mail.mails()) == 1


async def test_lesson_03_a_crash_after_the_mail_was_taken_repeats_the_same_message(
    mail_office: VirtualOffice, mail: MailServer, mailing: Settings
) -> None:
    """SMTP can't be told twice for sure; the repeat carries the same Message-ID, so a mailbox can fold them."""
    mail.mood("drop")
    await mail_office.register(oral(f"drop-{mail_office.engine.dialect.name}"))
    await eventually(lambda: len(mail.mails()) >= 1)
    mail.mood("")
    await eventually(lambda: set(deliveries(mail_office.engine).values()) == {"sent"})
    messages = mail.mails()
    assert len({message["Message-ID"] for message in messages}) == 1
    with reading(mail_office.engine) as session:
        key = session.exec(select(DeliveryRow.notice_key)).one()
    # Once it is marked as sent, no repeat of the activity sends it again.
    count = len(messages)
    activities = DeliveryActivities(mail_office.engine, channels(mailing))
    await ActivityEnvironment().run(activities.attempt, DeliverInput(notice_key=key, now=START))
    assert len(mail.mails()) == count


async def test_a_notice_at_night_is_mailed_in_the_morning(mail_office: VirtualOffice, mail: MailServer) -> None:
    """A letter that comes in the evening is told of in the morning, in the digest that each reader gets then."""
    mail_office.now = moment("2026-03-10", "20:00")
    letter = (await mail_office.register(oral(f"night-{mail_office.engine.dialect.name}"))).state.letter_id
    await mail_office.record(letter, "told")
    state = await mail_office.record(
        letter, "correction", target=(await told_id(mail_office, letter)), field="on", value="2026-03-10", reason="核对"
    )
    assert state.duty("R03@forestry") is not None
    assert mail.mails() == []
    await mail_office.until(moment("2026-03-11", "09:36"))
    assert mail.mails() == []
    assert await mail_office.digest() == 2
    readers = ("clerk1", "forestry_liaison")
    for person in readers:
        # Digests are named by day and person alone: the next docket's must not find this one's under way.
        await mail_office.client.get_workflow_handle(f"delivery/digest:2026-03-11:{person}").result()
    assert sorted(message["X-To"] for message in mail.mails()) == [f"{person}@county.test" for person in readers]


async def told_id(office: VirtualOffice, letter: str) -> str:
    from docket.reads import find_letter

    with reading(office.engine) as session:
        return find_letter(session, letter).entries[0].id


async def test_a_letter_that_is_reset_while_its_mail_is_under_way_goes_on(
    mail_office: VirtualOffice, mail: MailServer
) -> None:
    """The delivery of the docket's state is running already; that must not end the matter."""
    mail.mood("busy")
    letter = (await mail_office.register(oral(f"mailed-and-reset-{mail_office.engine.dialect.name}"))).state.letter_id
    await mail_office.record(letter, "told")
    matter = dossier_of(mail_office.engine, letter)
    await reset_to_beginning(mail_office.client, matter)
    state = await mail_office.record(letter, "reported")
    assert [entry.event.type for entry in state.entries] == ["told", "reported"]
    description = await mail_office.client.get_workflow_handle(matter).describe()
    assert description.status is WorkflowExecutionStatus.RUNNING


async def test_a_mail_server_that_hangs_takes_no_thread_from_letters(
    mail_office: VirtualOffice, mail: MailServer, mailing: Settings
) -> None:
    """With a single thread for letters, the next registration is answered while a mail hangs."""
    mail.mood("hang")
    narrow = mailing.model_copy(update={"task_queue": f"{mailing.task_queue}-narrow", "worker_threads": 1})
    async with new_worker(mail_office.client, mail_office.engine, narrow):
        desk = Desk(
            mail_office.engine, mail_office.client, lambda: START, task_queue=narrow.task_queue,
            answer=timedelta(seconds=10), clock_shift=mail_office.desk.clock_shift,
        )  # fmt: skip
        for number in range(3):
            data = parse_letter(oral(f"hang-{number}-{mail_office.engine.dialect.name}"))
            assert (await desk.register(data, "clerk1")).first
        assert set(deliveries(mail_office.engine).values()) == {"pending"}
        mail.mood("")
        await eventually(lambda: set(deliveries(mail_office.engine).values()) == {"sent"}, 60)


async def test_reminders_of_several_letters_are_one_mail_in_the_morning(
    mail_office: VirtualOffice, mail: MailServer
) -> None:
    """Arrivals go at once, each by itself; what only reminds waits for the digest of its day."""
    name = mail_office.engine.dialect.name
    for number in range(3):
        letter = (await mail_office.register(oral(f"digest-{number}-{name}"))).state.letter_id
        await mail_office.record(letter, "told")
        await mail_office.record(letter, "reported")
    await eventually(lambda: len(mail.mails()) == 6)
    await mail_office.until(moment("2026-03-13", "09:36"))
    assert len(mail.mails()) == 6
    assert await mail_office.digest() == 1
    await eventually(lambda: len(mail.mails()) == 7)
    digest = mail.mails()[-1]
    assert digest["X-To"] == "forestry_liaison@county.test"
    assert digest["Subject"].startswith("【每日提醒】2026-03-13")
    assert digest["Subject"].endswith("等3件")
    assert digest.get_content().count("反馈协调化解情况（R03）") == 3
    assert await mail_office.digest() == 0


async def test_a_mail_that_fails_at_the_close_of_business_is_tried_again_in_the_morning(
    mail_office: VirtualOffice, mail: MailServer
) -> None:
    mail.mood("busy")
    mail_office.now = moment("2026-03-10", "17:29") + timedelta(seconds=50)
    data = oral(f"evening-{mail_office.engine.dialect.name}") | {"received_at": "2026-03-10T17:20:00+08:00"}
    await mail_office.register(data)

    def waits_for_the_morning() -> bool:
        with reading(mail_office.engine) as session:
            waiting = session.exec(select(DeliveryRow.next_at)).all()
        return bool(waiting) and all(at is not None and at > moment("2026-03-11", "08:30") for at in waiting)

    # After a few attempts the next one would be after hours.
    await eventually(waits_for_the_morning)
    mail.mood("")
    await mail_office.until(moment("2026-03-11", "10:00"))
    await eventually(lambda: "sent" in deliveries(mail_office.engine).values())


async def test_what_was_given_up_goes_out_once_it_is_sent_again(mail_office: VirtualOffice, mail: MailServer) -> None:
    mail.mood("refuse")
    await mail_office.register(oral(f"resent-{mail_office.engine.dialect.name}"))
    await eventually(lambda: set(deliveries(mail_office.engine).values()) == {"failed"})
    mail.mood("")
    with reading(mail_office.engine) as session:
        key = session.exec(select(DeliveryRow.notice_key)).one()
    await mail_office.desk.resend(key, "email", "admin")
    await eventually(lambda: set(deliveries(mail_office.engine).values()) == {"sent"})
    assert len(mail.mails()) == 1
    with reading(mail_office.engine) as session:
        made = attempts_at(session, [key])[key]
    assert [each["outcome"] for each in made] == ["failed", "sent"]


async def test_one_channel_that_fails_holds_back_no_other(
    docket: Engine, temporal: Client, mailing: Settings, mail: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    people = sample_directory().model_dump()
    for person in people["people"]:
        if person["id"] == "clerk1":
            person["email"] = "clerk1@county.test"
            person["channels"] = [{"channel": "wecom"}]
    with writing(docket) as session:
        store_directory(session, Directory.model_validate(people))
    both = mailing.model_copy(update={"channels": {"wecom": SecretStr("wecombot://0123abcd-4567")}})
    with robots(monkeypatch) as service:
        service.answer = {"errcode": 45009, "errmsg": "api freq out of limit"}
        async with new_worker(temporal, docket, both):
            office = VirtualOffice(docket, temporal, START, task_queue=both.task_queue)
            await office.register(oral(f"two-ways-{docket.dialect.name}"))

            def ways() -> dict[str, str]:
                with reading(docket) as session:
                    return {row.channel: row.status for row in session.exec(select(DeliveryRow)) if row.attempts}

            await eventually(lambda: ways() == {"email": "sent", "wecom": "pending"})
            with reading(docket) as session:
                wecom = session.exec(select(DeliveryRow).where(DeliveryRow.channel == "wecom")).one()
            assert "api freq out of limit" in wecom.last_error
            assert "0123abcd" not in wecom.last_error
            service.answer = {"errcode": 0}
            await eventually(lambda: ways() == {"email": "sent", "wecom": "sent"})
    assert len(mail.mails()) == 1
