"""What Temporal keeps is ciphertext where there is a key, and no secret is where it should not be."""

import base64
import io
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import Engine
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

import logs
from cluster.codec import EncryptionCodec, ModelConverter, data_converter, fingerprints
from cluster.embedded import any_free_port, embedded_server, temporal_binary
from cluster.schedules import ensure_schedules
from cluster.search_attributes import ensure_search_attributes
from desk.desk import open_desk
from docket.engine import reading, writing
from docket.keys import bring_keys, check_keys
from operations.audit import audit
from rules.accept.rulebook import shipped_rulebook
from rules.errors import Refused
from settings import Settings
from starter.demo.virtual import SKIPPING, VirtualOffice
from tests.conftest import START
from tests.engine.letters import dossier_of, mediation
from tests.support.smtp import mail_server
from worker import new_worker
from workflows.messages import Taken

PLAINTIFF = "欧阳不见踪影"
KEYS = [base64.b64encode(bytes([number]) * 32).decode() for number in range(3)]
PASSWORD, ROBOT, TOKEN = "smtp-password-4711", "robot-secret-0815", "metrics-token-1234"

sqlite = pytest.mark.parametrize("docket", ["sqlite"], indirect=True)


def keyed(settings: Settings, *keys: str) -> Settings:
    return settings.model_copy(update={"payload_keys": SecretStr(",".join(keys))})


def speaking(client: Client, settings: Settings) -> Client:
    """Return the same connection with the converter of some settings."""
    return Client(**(client.config() | {"data_converter": data_converter(settings)}))


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[Client]:
    """Run a server of the test's own, so that its file holds nothing else."""
    database, log = tmp_path / "temporal.db", tmp_path / "temporal.log"
    async with embedded_server(temporal_binary(None), database, any_free_port(), None, log, *SKIPPING) as client:
        await ensure_search_attributes(client)
        yield client


def kept(folder: Path) -> bytes:
    """Read everything that the server has on disk."""
    return b"".join(path.read_bytes() for path in sorted(folder.glob("temporal.db*")))


@sqlite
async def test_without_a_key_names_are_plain_and_with_one_they_are_not(
    docket: Engine, own: Client, settings: Settings, tmp_path: Path
) -> None:
    async def run(matter: str, secret: Settings) -> None:
        client = speaking(own, secret)
        async with new_worker(client, docket, secret):
            office = VirtualOffice(docket, client, START, task_queue=secret.task_queue)
            parties = [{"role": "plaintiff", "name": PLAINTIFF}]
            letter = (await office.register(mediation(matter, parties=parties))).state.letter_id
            state = await office.record(letter, "told")
            assert [entry.event.type for entry in state.entries] == ["told"]
            # A refusal travels as a failure, with what was typed in it.
            with pytest.raises(Refused, match=PLAINTIFF):
                await office.record(letter, "consent", party=f"{PLAINTIFF}二", evidence="书面")
            await ensure_schedules(client, secret.task_queue, shipped_rulebook().office)
            found = (await audit(docket, client, secret, office.now)).findings
            assert [each for each in found if each.subject == dossier_of(docket, letter)] == []

    await run("secret", keyed(settings, f"k1:{KEYS[1]}"))
    assert PLAINTIFF.encode() not in kept(tmp_path)
    await run("plain", settings)
    assert PLAINTIFF.encode() in kept(tmp_path)
    # Without the key nobody can read the first letter's history, and that is told of it alone.
    found = (await audit(docket, own, settings, START)).findings
    assert [(each.subject.split("/")[2], each.what) for each in found] == [("secret", "unreadable")]


@sqlite
async def test_a_key_is_changed_while_letters_are_open(docket: Engine, own: Client, settings: Settings) -> None:
    """From no key to one, from that to the next, each time with a worker that has cached nothing."""
    letter, events = "", ["told", "reported", "progress"]
    for number, keys in enumerate(((), (f"k1:{KEYS[1]}",), (f"k2:{KEYS[2]}", f"k1:{KEYS[1]}"))):
        secret = keyed(settings, *keys)
        client = speaking(own, secret)
        async with new_worker(client, docket, secret):
            office = VirtualOffice(docket, client, START, task_queue=secret.task_queue)
            letter = letter or (await office.register(mediation("rotated"))).state.letter_id
            fields = {"work": "面谈"} if events[number] == "progress" else {}
            state = await office.record(letter, events[number], **fields)
            assert [entry.event.type for entry in state.entries] == events[: number + 1]
    history = await own.get_workflow_handle(dossier_of(docket, letter)).fetch_history()
    used = (
        history.to_json().count(base64.b64encode(b"k1").decode()),
        history.to_json().count(base64.b64encode(b"k2").decode()),
    )
    assert min(used) > 0


def test_keys_that_no_worker_could_read_with_are_refused_before_anything_is_sent(
    docket: Engine, settings: Settings
) -> None:
    def given(*keys: str) -> dict[str, str]:
        return fingerprints(keyed(settings, *keys))

    own, other, next_ = given(f"k1:{KEYS[1]}"), given(f"k1:{KEYS[2]}"), given(f"k2:{KEYS[2]}", f"k1:{KEYS[1]}")

    def brought(keys: dict[str, str]) -> None:
        with writing(docket) as session:
            bring_keys(session, keys)

    def refused(keys: dict[str, str], key: str) -> bool:
        with pytest.raises(Refused) as error, reading(docket) as session:
            check_keys(session, keys)
        assert error.value.field == "QIXIAN_PAYLOAD_KEYS"
        return error.value.key == key

    with reading(docket) as session:
        check_keys(session, {})
    # Nobody encrypts before a worker does.
    assert refused(own, "payload_key_unknown")
    brought(own)
    with reading(docket) as session:
        check_keys(session, own)
    assert refused({}, "payload_key_missing")
    assert refused(other, "payload_key_differs")
    assert refused(next_, "payload_key_unknown")
    for keys, key in (({}, "payload_key_missing"), (other, "payload_key_differs")):
        with pytest.raises(Refused) as error:
            brought(keys)
        assert error.value.key == key
    brought(next_)
    with reading(docket) as session:
        check_keys(session, next_)
        check_keys(session, own)


async def test_the_desk_opens_with_no_other_keys_than_the_workers(docket: Engine, settings: Settings) -> None:
    with writing(docket) as session:
        bring_keys(session, fingerprints(keyed(settings, f"k1:{KEYS[1]}")))
    with pytest.raises(Refused, match="QIXIAN_PAYLOAD_KEYS"):
        await open_desk(settings, docket, lambda: START)


def test_every_run_of_a_workflow_reads_with_the_same_validators(settings: Settings) -> None:
    """The SDK makes a converter for each run; what one has built the others have."""
    converters = [data_converter(settings).payload_converter_class() for _ in range(2)]
    payloads = converters[0].to_payloads([Taken(version=7)])
    assert [each.from_payloads(payloads, [Taken]) for each in converters] == [[Taken(version=7)]] * 2
    first, second = (each.converters[b"json/plain"] for each in converters if isinstance(each, ModelConverter))
    assert first is second


async def test_a_payload_whose_key_is_gone_or_wrong_says_which_key_it_wants(settings: Settings) -> None:
    from temporalio.api.common.v1 import Payload

    (payload,) = await EncryptionCodec([("k1", b"1" * 32)]).encode([Payload(data=b"words")])
    assert b"words" not in payload.SerializeToString()
    assert (await EncryptionCodec([("k2", b"2" * 32), ("k1", b"1" * 32)]).decode([payload]))[0].data == b"words"
    with pytest.raises(ApplicationError, match="'k1'"):
        await EncryptionCodec([("k2", b"2" * 32)]).decode([payload])
    with pytest.raises(ApplicationError, match="does not fit"):
        await EncryptionCodec([("k1", b"2" * 32)]).decode([payload])


@pytest.mark.parametrize(
    "keys", ["k1", "k1:short", f"k1:{KEYS[1]},k1:{KEYS[2]}", f"not a name:{KEYS[1]}", f":{KEYS[1]}"]
)
def test_a_key_that_is_none_is_refused_without_being_shown(settings: Settings, keys: str) -> None:
    with pytest.raises(Refused) as refused:
        data_converter(keyed(settings, keys))
    assert refused.value.field == "QIXIAN_PAYLOAD_KEYS"
    assert KEYS[1] not in str(refused.value)


@sqlite
async def test_no_secret_is_logged_or_kept_by_temporal(
    docket: Engine, own: Client, settings: Settings, tmp_path: Path
) -> None:
    """Everything fails that can, at the most talkative level; neither logs nor Temporal's file hold a secret."""
    out = io.StringIO()
    before = logging.getLogger().handlers[:], logging.getLogger().level
    folder = tmp_path / "mail"
    folder.mkdir()
    with mail_server(folder) as mail:
        mail.mood("busy")
        leaky = settings.model_copy(
            update={
                "smtp_host": "127.0.0.1",
                "smtp_port": mail.port,
                "smtp_security": "none",
                "smtp_sender": "qixian@county.test",
                "smtp_password": SecretStr(PASSWORD),
                "channels": {"hook": SecretStr(f"json://127.0.0.1:9/{ROBOT}")},
                "metrics_token": SecretStr(TOKEN),
                "payload_keys": SecretStr(f"k1:{KEYS[1]}"),
            }
        )
        try:
            logs.configure("debug", lines=True, stream=out)
            logging.getLogger("test").debug("listening")
            await _everything_fails(docket, speaking(own, leaky), leaky)
        finally:
            logging.getLogger().handlers[:], logging.getLogger().level = before
    said = out.getvalue()
    assert "listening" in said
    for secret in (PASSWORD, ROBOT, TOKEN, KEYS[1]):
        assert secret not in said
        assert secret.encode() not in kept(tmp_path)
        assert secret not in repr(leaky)


async def _everything_fails(docket: Engine, client: Client, settings: Settings) -> None:
    from sqlmodel import select

    from docket.directory import Directory, sample_directory, store_directory
    from docket.tables import DeliveryRow
    from tests.support.waiting import eventually

    people = sample_directory().model_dump()
    for person in people["people"]:
        if person["id"] == "clerk1":
            person["email"], person["channels"] = "clerk1@county.test", [{"channel": "hook"}]
    with writing(docket) as session:
        store_directory(session, Directory.model_validate(people))
    async with new_worker(client, docket, settings):
        office = VirtualOffice(docket, client, START, task_queue=settings.task_queue)
        await office.register(mediation("leaks"))

        def both_failed() -> bool:
            with reading(docket) as session:
                return sorted(row.channel for row in session.exec(select(DeliveryRow)) if row.attempts) == [
                    "email",
                    "hook",
                ]

        await eventually(both_failed)
        with reading(docket) as session:
            errors = session.exec(select(DeliveryRow.last_error)).all()
    assert all(errors)
    assert not any(ROBOT in error or PASSWORD in error for error in errors)
