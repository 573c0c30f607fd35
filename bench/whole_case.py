"""A whole case played in virtual time: what the workflows of ten months write into history, their e-mails included."""

import asyncio
from datetime import date, datetime, time
from pathlib import Path
from typing import Any, NamedTuple

from temporalio.client import Client

from bench.scale.histories import OF_VIRTUAL_TIME, quiet
from bench.scale.people import directory
from docket.directory import store_directory
from docket.engine import writing
from rules.counting.clock import at
from rules.letters.letter import matter_id
from rules.letters.registry import case_events, letter_models
from settings import Settings
from starter.demo.virtual import virtual_office
from tests.support.smtp import mail_server

_WORDS = "已与当事人见面，核实了登记材料与现场情况，双方对事实没有大的分歧，争议集中在程序与补偿的数额上，拟继续沟通。"
_MATTER, _COURT = "whole", "武平县人民法院"
_SERVED = [{"agency": "forestry"}]

Told = tuple[str, str, dict[str, Any]]

STORY: tuple[Told, ...] = (
    ("2025-02-10", "oral_notice", {"agencies": _SERVED, "plaintiff": "甲"}),
    ("2025-02-10", "told", {"receiver": "局办公室"}),
    ("2025-02-10", "reported", {}),
    ("2025-02-14", "feedback", {"done": _WORDS, "result": "尚在协调", "opinion": _WORDS}),
    ("2025-02-17", "forwarded", {"to": "court", "number": "函1号"}),
    (
        "2025-02-24",
        "mediation_letter",
        {
            "number": "(2025)闽0824委1号",
            "stage": "pre",
            "agencies": _SERVED,
            "parties": [{"role": "plaintiff", "name": "甲"}],
        },
    ),
    ("2025-02-24", "told", {"receiver": "局办公室"}),
    ("2025-02-24", "reported", {}),
    ("2025-03-03", "progress", {"work": _WORDS, "next_steps": _WORDS}),
    ("2025-03-10", "progress", {"work": _WORDS, "next_steps": _WORDS}),
    ("2025-03-17", "progress", {"work": _WORDS, "next_steps": _WORDS}),
    ("2025-03-17", "consent", {"party": "forestry", "evidence": "书面同意"}),
    ("2025-03-17", "consent", {"party": "甲", "evidence": "书面同意"}),
    ("2025-03-19", "extension", {"number": "函2号", "months": 1, "reason": _WORDS, "copied_on": "2025-03-19"}),
    ("2025-03-24", "progress", {"work": _WORDS, "next_steps": _WORDS}),
    (
        "2025-03-28",
        "result",
        {
            "outcome": "failed",
            "number": "函3号",
            "copied_on": "2025-03-28",
            **dict.fromkeys(("process", "demands", "issues", "reasons"), _WORDS),
        },
    ),
    (
        "2025-04-14",
        "response_notice",
        {"number": "(2025)闽0824行初7号", "agencies": [{"agency": "forestry", "received_on": "2025-04-14"}]},
    ),
    ("2025-04-15", "told", {}),
    ("2025-04-15", "reported", {}),
    (
        "2025-05-06",
        "appearance_notice",
        {"number": "(2025)闽0824行初7号", "agencies": _SERVED, "hearing_at": "2025-05-20T09:00:00+08:00"},
    ),
    ("2025-05-09", "appearance", {"name": "局长"}),
    ("2025-05-20", "heard", {"appeared": "head", "spoke": True}),
    ("2025-06-18", "followed_up", {"found": _WORDS}),
    (
        "2025-07-10",
        "judgment",
        {
            "number": "(2025)闽0824行初7号",
            "judged_on": "2025-07-08",
            "last_service_on": "2025-07-10",
            "outcomes": ["revoked"],
            "agencies": [{"agency": "forestry", "received_on": "2025-07-10"}],
        },
    ),
    ("2025-07-21", "appealed", {"appellant": "武平县林业局"}),
    ("2025-08-19", "followed_up", {"found": _WORDS}),
    ("2025-09-17", "followed_up", {"found": _WORDS}),
    ("2025-10-16", "followed_up", {"found": _WORDS}),
    ("2025-11-14", "followed_up", {"found": _WORDS}),
    (
        "2025-12-05",
        "judgment",
        {
            "number": "(2025)闽08行终9号",
            "court": "龙岩市中级人民法院",
            "instance": "second",
            "judged_on": "2025-12-03",
            "last_service_on": "2025-12-05",
            "outcomes": ["revoked"],
            "agencies": [{"agency": "forestry", "received_on": "2025-12-05"}],
        },
    ),
    ("2025-12-10", "filing", {"copy_reference": "备案1号"}),
    ("2025-12-12", "loss_report", {"causes": _WORDS, "measures": _WORDS}),
    ("2025-12-15", "review", {"opinion": _WORDS}),
    ("2025-12-16", "forwarded", {"to": "county_government", "number": "报1号"}),
)
"""What comes and what people record, each at ten o'clock of a day; whatever is no letter is of the last letter."""


class Written(NamedTuple):
    """What a case has written: workflows, events and bytes, of the matter and of its e-mails together."""

    workflows: int
    events: int
    bytes: int


async def play(folder: Path) -> Written:
    """Play the case to its end, in a folder of its own, and add up the histories."""
    (folder / "mail").mkdir(parents=True)
    with mail_server(folder / "mail") as mail:
        settings = Settings(
            dir=folder, smtp_host="127.0.0.1", smtp_port=mail.port, smtp_security="none", smtp_sender="a@county.test"
        )
        async with virtual_office(folder, _ten(STORY[0][0]), settings) as office:
            with writing(office.engine) as session:
                store_directory(session, directory())
            handle, letter = office.client.get_workflow_handle(matter_id("wuping", _MATTER)), ""
            for number, (day, what, fields) in enumerate(STORY):
                if number:
                    # People act minutes apart, so e-mails have gone out by then.
                    await quiet(handle)
                await office.until(_ten(day))
                if what in letter_models():
                    came = {"kind": what, "matter": _MATTER, "court": _COURT, "received_at": _ten(day).isoformat()}
                    letter = (await office.register(came | fields)).state.letter_id
                elif what in case_events():
                    await office.record_case(_MATTER, what, **fields)
                else:
                    await office.record(letter, what, **fields)
            await handle.result()
            return await written(office.client)


async def written(client: Client) -> Written:
    """Add up all histories of a server once nothing runs any more."""
    while (await client.count_workflows('ExecutionStatus = "Running"')).count:
        await asyncio.sleep(0.1)
    sizes = []
    workflows = 0
    async for each in client.list_workflows():
        history = await client.get_workflow_handle(each.id, run_id=each.run_id).fetch_history()
        sizes += [event.ByteSize() for event in history.events if event.event_type not in OF_VIRTUAL_TIME]
        workflows += 1
    return Written(workflows, len(sizes), sum(sizes))


def _ten(day: str) -> datetime:
    return at(date.fromisoformat(day), time(10))
