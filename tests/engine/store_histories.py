"""Store histories for every later version to replay: python -m tests.engine.store_histories VERSION."""

import asyncio
import sys
import tempfile
from pathlib import Path

from sqlmodel import select

from docket.directory import Directory, sample_directory, store_directory
from docket.engine import reading, writing
from docket.tables import WAITS, DeliveryRow, NoticeRow
from settings import Settings
from starter.demo.play import SCENES, Scene
from starter.demo.virtual import VirtualOffice, virtual_office
from tests.conftest import START, moment
from tests.engine.letters import dossier_of, judgment, mediation, oral
from tests.support.waiting import eventually
from workflows.audit import AuditWorkflow
from workflows.messages import AuditStart

HISTORIES = Path(__file__).parent / "histories"


async def matters(office: VirtualOffice) -> dict[str, str]:
    """Play scenes of the demo and matters that stay open; return their workflows by name."""
    played = {}
    for name in ("oral_notice", "judgment"):
        scene = Scene(office.beside(), name)
        await SCENES[name](scene)
        played[name] = dossier_of(office.engine, scene.letter)
    still = office.beside()
    letter = (await still.register(mediation("history"))).state.letter_id
    await still.record(letter, "told")
    await still.until(START.replace(day=25))
    played["open_mediation"] = dossier_of(office.engine, letter)
    played["several_letters"] = await several(office.beside())
    return played | await moved(office.beside())


async def several(office: VirtualOffice) -> str:
    """Have a judgment end what a mediation letter of its matter asks for, and stand corrected; return the matter."""
    first = (await office.register(mediation("histories"))).state.letter_id
    await office.record(first, "told")
    await office.until(START.replace(day=13))
    given = {"received_at": office.now.isoformat(), "judged_on": "2026-03-11", "last_service_on": "2026-03-13"}
    agencies = [{"agency": "forestry", "received_on": "2026-03-13"}]
    second = (await office.register(judgment("histories", agencies=agencies, **given))).state.letter_id
    await office.record(second, "correction", field="last_service_on", value="2026-03-12", reason="以送达回证为准")
    await office.until(START.replace(day=20))
    return dossier_of(office.engine, first)


async def moved(office: VirtualOffice) -> dict[str, str]:
    """Put a case on file that is told of, and move a letter to it; return both matters and what moved it."""
    case = await office.open_matter("on-file", title="林权登记", agencies=["forestry"])
    letter = (await office.register(oral("wrong-number"))).state.letter_id
    source = dossier_of(office.engine, letter)
    await office.record_case("on-file", "proceeding_begun", proceeding="first", body="武平县人民法院")
    await office.move(letter, "on-file", "登记时案件编号有误")
    await office.until(START.replace(day=20))
    return {"case": case.id, "moved_from": source, "transfer": f"transfer/{letter}/{case.id}"}


async def deliveries(office: VirtualOffice) -> dict[str, str]:
    """Have a mail fail on a server that is away, a digest made and an audit run; return their workflows by name."""
    people = sample_directory().model_dump()
    for person in people["people"]:
        if person["id"] in ("clerk1", "forestry_liaison"):
            person["email"] = f"{person['id']}@county.test"
    with writing(office.engine) as session:
        store_directory(session, Directory.model_validate(people))
    letter = (await office.register(oral("delivered"))).state.letter_id
    await eventually(lambda: tried(office))
    with writing(office.engine) as session:
        for notice in session.exec(select(NoticeRow).where(NoticeRow.letter_id == letter)):
            notice.digest = WAITS
            session.add(notice)
    office.now = moment("2026-03-11", "09:40")
    await office.digest()
    audit = AuditStart(clock_shift=office.desk.clock_shift)
    await office.client.execute_workflow(AuditWorkflow.run, audit, id="audit", task_queue=office.task_queue)
    return {
        "delivery_retried": f"delivery/{dossier_of(office.engine, letter)}/1",
        "digest": f"{office.task_queue}-digest-202603110940",
        "audit": "audit",
    }


def tried(office: VirtualOffice) -> bool:
    """Tell whether a delivery was tried in vain."""
    with reading(office.engine) as session:
        return any(row.attempts for row in session.exec(select(DeliveryRow)))


async def main(version: str) -> None:
    """Keep the histories of what a version does."""
    target = HISTORIES / version
    target.mkdir(parents=True, exist_ok=True)
    for play in (matters, deliveries):
        with tempfile.TemporaryDirectory() as folder:
            away = {"smtp_host": "127.0.0.1", "smtp_port": 9, "smtp_security": "none", "smtp_sender": "q@county.test"}
            settings = Settings(dir=Path(folder)).model_copy(update=away if play is deliveries else {})
            async with virtual_office(Path(folder), START, settings) as office:
                for name, workflow in (await play(office)).items():
                    history = await office.client.get_workflow_handle(workflow).fetch_history()
                    (target / f"{name}.json").write_text(history.to_json(), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1]))
