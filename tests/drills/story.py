"""A year of letters, as data: what came, and what people did about it, in time, late or never.

Some matters have one letter, others up to four, which mean something for each other.
"""

from collections.abc import Mapping
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any, NamedTuple

from rules.counting.clock import at
from rules.letters.events import event_id
from rules.letters.letter import matter_id
from rules.letters.parse import parse_event

COURT = "武平县人民法院"
FEEDBACK = {"done": "已面谈两次", "result": "尚在协调", "opinion": "建议继续"}
ELEMENTS = {"process": "三次约谈", "demands": "撤销登记", "issues": "界址"}


MOVE, JOIN = "letter_moved", "matters_joined"
"""Acts that lead to what the desk records itself: the letter is moved, or its matter joined, to another matter."""


class Act(NamedTuple):
    """One act of a person at ten o'clock: a letter to register where `event` is empty, else an event to record.

    What is recorded of a case names it by one of its letters.
    """

    day: str
    letter: str
    event: str = ""
    fields: Mapping[str, Any] = MappingProxyType({})
    by: str = "clerk1"

    @property
    def at(self) -> datetime:
        """Return the instant of the act."""
        return at(date.fromisoformat(self.day), time(10))


def _letter(kind: str, matter: str, *agencies: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "matter": matter, "court": COURT, "agencies": [{"agency": each} for each in agencies], **more}


def _mediation(matter: str, *agencies: str, stage: str = "pre", number: str = "") -> dict[str, Any]:
    parties, number = [{"role": "plaintiff", "name": "张三"}], f"(2026)闽0824委{number or matter}号"
    return _letter("mediation_letter", matter, *agencies, number=number, stage=stage, parties=parties)


def _response(matter: str, agency: str, day: str) -> dict[str, Any]:
    agencies = [{"agency": agency, "received_on": day}]
    return {**_letter("response_notice", matter, number=f"(2026)闽0824行初{matter}号"), "agencies": agencies}


def _judgment(matter: str, agency: str, day: str, served: str, *outcomes: str) -> dict[str, Any]:
    return {
        "kind": "judgment", "matter": matter, "court": COURT, "number": f"(2026)闽0824行初{matter}号", "judged_on": day,
        "last_service_on": served, "outcomes": list(outcomes), "agencies": [{"agency": agency, "received_on": served}],
    }  # fmt: skip


LETTERS: dict[str, dict[str, Any]] = {
    "oral done": _letter("oral_notice", "105", "forestry"),
    "oral at new year": _letter("oral_notice", "102", "natural_resources"),
    "oral forgotten": _letter("oral_notice", "103", "forestry"),
    "oral of two": _letter("oral_notice", "104", "agriculture", "water"),
    "oral before mediation": _letter("oral_notice", "108", "housing"),
    "oral before suit": _letter("oral_notice", "110", "market"),
    "oral by mistake": _letter("oral_notice", "116", "education"),
    "mediation done": _mediation("105", "forestry"),
    "mediation extended": _mediation("110", "market"),
    "mediation silent": _mediation("112", "water", stage="trial"),
    "mediation withdrawn": _mediation("108", "housing"),
    "mediation again": _mediation("108", "housing", number="118"),
    "mediation at year's end": _mediation("117", "health"),
    "response corrected": _response("109", "social_security", "2026-02-02"),
    "response decided": _response("110", "market", "2026-06-05"),
    "appearance": _letter("appearance_notice", "111", "forestry", hearing_at="2026-04-16T09:00:00+08:00"),
    "nobody appears": _letter("appearance_notice", "112", "water", hearing_at="2026-07-02T09:00:00+08:00"),
    "judgment lost": _judgment("113", "social_security", "2026-02-27", "2026-03-02", "revoked"),
    "judgment won": _judgment("110", "market", "2026-08-10", "2026-08-11", "dismissed"),
    "judgment ignored": _judgment("115", "public_security", "2026-10-09", "2026-10-10", "confirmed_unlawful"),
}
"""Letters by what becomes of them; each is received at half past nine of the day on which it is registered."""

ACTS: tuple[Act, ...] = (
    Act("2026-01-08", "oral done"),
    Act("2026-01-08", "oral done", "told", {"receiver": "局法规股"}),
    Act("2026-01-08", "oral done", "reported"),
    Act("2026-01-12", "oral done", "feedback", FEEDBACK),
    Act("2026-01-13", "oral done", "forwarded", {"to": "court", "call_note": "电话告知立案庭"}),
    Act("2026-01-15", "mediation done"),
    Act("2026-01-15", "mediation done", "told"),
    Act("2026-01-15", "mediation done", "reported"),
    Act("2026-01-21", "mediation done", "progress", {"work": "首次面谈"}),
    Act("2026-01-28", "mediation done", "progress", {"work": "实地勘查"}),
    Act("2026-02-02", "response corrected"),
    Act("2026-02-02", "response corrected", "told"),
    Act("2026-02-02", "response corrected", "reported"),
    Act("2026-02-10", "mediation done", "result",
        {"outcome": "success", "number": "函1号", "copied_on": "2026-02-10", "agreement": "撤诉，补偿三万元"}),
    Act("2026-02-11", "oral at new year"),
    Act("2026-02-11", "oral at new year", "told"),
    Act("2026-02-11", "oral at new year", "reported"),
    Act("2026-02-25", "oral at new year", "feedback", FEEDBACK),
    Act("2026-02-25", "oral at new year", "forwarded", {"to": "court", "call_note": "电话告知"}),
    Act("2026-03-03", "oral forgotten"),
    Act("2026-03-03", "judgment lost"),
    Act("2026-03-04", "oral before suit"),
    Act("2026-03-04", "oral before suit", "told"),
    Act("2026-03-04", "oral before suit", "reported"),
    Act("2026-03-09", "oral before suit", "feedback", FEEDBACK),
    Act("2026-03-09", "oral before suit", "forwarded", {"to": "court", "call_note": "电话告知立案庭"}),
    Act("2026-03-10", "mediation extended"),
    Act("2026-03-10", "mediation extended", "told"),
    Act("2026-03-10", "mediation extended", "reported"),
    Act("2026-03-18", "mediation extended", "progress", {"work": "首次面谈"}),
    Act("2026-03-25", "judgment lost", "filing", {"copy_reference": "备113"}),
    Act("2026-03-25", "response corrected", "self_correction", {"measures": "撤销决定重新作出", "number": "社保函1号"}),
    Act("2026-04-01", "appearance"),
    Act("2026-04-08", "mediation extended", "consent", {"party": "market", "evidence": "书面同意"}),
    Act("2026-04-08", "mediation extended", "consent", {"party": "张三", "evidence": "书面同意"}),
    Act("2026-04-08", "mediation extended", "extension",
        {"number": "延1号", "new_end": "2026-05-10", "copied_on": "2026-04-08", "reason": "仍在协商"}),
    Act("2026-04-10", "appearance", "appearance", {"name": "李局长"}),
    Act("2026-04-16", "appearance", "heard", {"appeared": "head", "spoke": True}),
    Act("2026-04-21", "judgment lost", "loss_report", {"causes": "证据不足", "measures": "补充调查程序"}),
    Act("2026-04-23", "judgment lost", "review", {"opinion": "同意"}),
    Act("2026-04-24", "judgment lost", "forwarded", {"to": "county_government", "number": "武司报8号"}),
    Act("2026-04-24", "oral forgotten", "told"),
    Act("2026-04-24", "oral forgotten", "reported"),
    Act("2026-05-06", "mediation silent"),
    Act("2026-05-08", "mediation extended", "result",
        {"outcome": "failed", "number": "函9号", "copied_on": "2026-05-08", "reasons": "界址分歧", **ELEMENTS}),
    Act("2026-05-14", "mediation silent", "told"),
    Act("2026-05-14", "mediation silent", "reported"),
    Act("2026-05-20", "oral forgotten", "recall", {"reason": "法院电话告知不再起诉"}),
    Act("2026-06-08", "response decided"),
    Act("2026-06-12", "response decided", "told"),
    Act("2026-06-15", "nobody appears"),
    Act("2026-06-30", "nobody appears", "excuse", {"duty": "R12a@water", "reason": "台风值守"}, "bureau_head"),
    Act("2026-06-30", "response decided", "reported"),
    Act("2026-07-02", "nobody appears", "heard", {"appeared": "nobody"}),
    Act("2026-07-06", "oral of two"),
    Act("2026-07-06", "oral of two", "told", {"agency": "agriculture"}),
    Act("2026-07-07", "oral of two", "told", {"agency": "water"}),
    Act("2026-07-07", "oral of two", "reported", {"agency": "agriculture"}),
    Act("2026-07-07", "oral of two", "reported", {"agency": "water"}),
    Act("2026-07-09", "oral of two", "feedback", {"agency": "agriculture", **FEEDBACK}),
    Act("2026-07-15", "mediation silent", "judgment_given", {"number": "(2026)闽0824行初112号"}),
    Act("2026-07-28", "oral of two", "feedback", {"agency": "water", **FEEDBACK}),
    Act("2026-07-28", "oral of two", "forwarded", {"to": "court", "number": "武司函5号"}),
    Act("2026-08-12", "judgment won"),
    Act("2026-08-12", "response decided", "judgment_given", {"number": "(2026)闽0824行初110号"}),
    Act("2026-08-19", "judgment won", "filing", {"copy_reference": "备110"}),
    Act("2026-08-24", "oral before mediation"),
    Act("2026-08-24", "oral before mediation", "told"),
    Act("2026-08-24", "oral before mediation", "reported"),
    Act("2026-09-01", "mediation withdrawn"),
    Act("2026-09-01", "mediation withdrawn", "told"),
    Act("2026-09-01", "mediation withdrawn", "reported"),
    Act("2026-09-08", "mediation again"),
    Act("2026-09-08", "mediation again", "told"),
    Act("2026-09-08", "mediation again", "reported"),
    Act("2026-09-21", "mediation withdrawn", "withdrawal", {"evidence": "撤诉申请书"}),
    Act("2026-09-21", "mediation withdrawn", "result", {"outcome": "withdrawn", "number": "函12号"}),
    Act("2026-10-12", "judgment ignored"),
    Act("2026-11-02", "oral by mistake"),
    Act("2026-11-02", "oral by mistake", "told"),
    Act("2026-11-04", "oral by mistake", "void", {"reason": "重复登记"}),
    Act("2026-12-01", "mediation at year's end"),
    Act("2026-12-01", "mediation at year's end", "told"),
    Act("2026-12-14", "mediation at year's end", "progress", {"work": "首次面谈"}),
)  # fmt: skip

_REFUSED = "法院不准撤诉"


def _withdrawn(matter: str, day: str) -> str:
    """Name the entry by which a matter's suit was withdrawn on a day."""
    said = parse_event({"type": "withdrawal", "on": day, "evidence": "撤诉申请书"})
    return event_id(matter_id("wuping", matter), said)


SHARED_LETTERS: dict[str, dict[str, Any]] = {
    "oral of 201": _letter("oral_notice", "201", "forestry"),
    "mediation of 201": _mediation("201", "forestry"),
    "second mediation of 201": _mediation("201", "forestry", stage="trial", number="211"),
    "judgment of 201": _judgment("201", "forestry", "2026-04-10", "2026-04-13", "dismissed"),
    "oral of 202": _letter("oral_notice", "202", "market", "water"),
    "mediation of 202": _mediation("202", "market", "water"),
    "response of 202": _response("202", "market", "2026-04-07"),
    "second mediation of 202": _mediation("202", "market", stage="trial", number="212"),
    "mediation of 203": _mediation("203", "housing", stage="trial"),
    "appearance of 203": _letter("appearance_notice", "203", "housing", hearing_at="2026-04-16T09:00:00+08:00"),
    "second mediation of 203": _mediation("203", "housing", stage="trial", number="213"),
    "judgment of 203": _judgment("203", "housing", "2026-05-06", "2026-05-08", "revoked"),
    "oral of 204": _letter("oral_notice", "204", "health"),
    "mediation of 205": _mediation("205", "health", stage="trial"),
    "mediation of 206": _mediation("206", "health", stage="trial"),
}
"""Letters of which several are one matter's."""

_MISTAKEN = "登记时案件编号有误"

SHARED: tuple[Act, ...] = (
    Act("2026-03-10", "mediation of 205", MOVE, {"matter": "204", "reason": _MISTAKEN}),
    Act("2026-03-12", "mediation of 206", JOIN, {"matter": "204", "reason": "同一行政行为"}),
    Act("2026-03-16", "mediation of 205", MOVE, {"matter": "205", "reason": "原案件无误"}),
    Act("2026-04-15", "mediation of 206", "proceeding_concluded", {"proceeding": "first", "outcomes": ["dismissed"]}),
    Act("2026-04-16", "mediation of 205", MOVE, {"matter": "204", "reason": _MISTAKEN}),
    Act("2026-03-16", "second mediation of 201"),
    Act("2026-03-30", "mediation of 201", "withdrawal", {"evidence": "撤诉申请书"}),
    Act("2026-04-02", "oral of 201", "void", {"target": _withdrawn("201", "2026-03-30"), "reason": _REFUSED}),
    Act("2026-04-13", "judgment of 201"),
    Act("2026-04-14", "second mediation of 202"),
    Act("2026-04-20", "second mediation of 203"),
    Act("2026-05-06", "oral of 202", "withdrawal", {"evidence": "撤诉申请书"}),
    Act("2026-05-08", "judgment of 203"),
    Act("2026-05-11", "mediation of 202", "void", {"target": _withdrawn("202", "2026-05-06"), "reason": _REFUSED}),
    Act("2026-05-12", "oral of 202", "judgment_given", {"number": "(2026)闽0824行初202号"}),
)  # fmt: skip
"""Acts that mean something for other letters of a matter than theirs."""

_OF_ONE: tuple[Act, ...] = (
    Act("2026-03-02", "oral of 201"),
    Act("2026-03-02", "oral of 201", "told"),
    Act("2026-03-02", "oral of 201", "reported"),
    Act("2026-03-03", "oral of 202"),
    Act("2026-03-03", "oral of 202", "told", {"agency": "market"}),
    Act("2026-03-04", "oral of 204"),
    Act("2026-03-04", "oral of 204", "told"),
    Act("2026-03-05", "mediation of 205"),
    Act("2026-03-05", "mediation of 205", "told"),
    Act("2026-03-09", "mediation of 206"),
    Act("2026-03-09", "mediation of 206", "told"),
    Act("2026-03-11", "mediation of 205", "reported"),
    Act("2026-03-13", "mediation of 205", "progress", {"work": "首次面谈"}),
    Act("2026-03-13", "mediation of 206", "proceeding_begun", {"proceeding": "first", "body": COURT}),
    Act("2026-03-17", "oral of 204", "reported"),
    Act("2026-03-09", "mediation of 201"),
    Act("2026-03-09", "mediation of 201", "told"),
    Act("2026-03-12", "mediation of 202"),
    Act("2026-03-16", "second mediation of 201", "told"),
    Act("2026-03-17", "mediation of 203"),
    Act("2026-03-17", "mediation of 203", "told"),
    Act("2026-03-20", "mediation of 201", "progress", {"work": "首次面谈"}),
    Act("2026-04-01", "appearance of 203"),
    Act("2026-04-08", "response of 202"),
    Act("2026-04-10", "response of 202", "told"),
    Act("2026-04-16", "appearance of 203", "heard", {"appeared": "deputy", "spoke": True}),
    Act("2026-04-20", "second mediation of 203", "told"),
    Act("2026-05-15", "judgment of 203", "filing", {"copy_reference": "备203"}),
)  # fmt: skip

YEAR = "2026-12-31"
"""The day up to which the story is played."""


def _known(letter: str) -> dict[str, Any]:
    return LETTERS.get(letter) or SHARED_LETTERS[letter]


def matter(letter: str) -> str:
    """Name the matter of a letter, which is its workflow's id."""
    return matter_id("wuping", _known(letter)["matter"])


def matters(act: Act) -> set[str]:
    """Name the matters in which an act's letter ever is, which are workflows' ids."""
    went = {each.fields["matter"] for each in SHARED if each.event in (MOVE, JOIN) and each.letter == act.letter}
    return {matter(act.letter), *(matter_id("wuping", each) for each in went)}


def received(act: Act) -> dict[str, Any]:
    """Return the letter that an act registers."""
    return {**_known(act.letter), "received_at": f"{act.day}T09:30:00+08:00"}


def event(act: Act) -> dict[str, Any]:
    """Return the event that an act records."""
    return {"type": act.event, "on": act.day, **act.fields}


def story(until: str = YEAR, letters: frozenset[str] = frozenset(LETTERS)) -> list[Act]:
    """Return the acts up to a day, of some letters or of all."""
    return [act for act in ACTS if act.day <= until and act.letter in letters]


def shared_story(until: str) -> list[Act]:
    """Return the acts of matters that have several letters, up to a day, in their order."""
    return sorted((act for act in (*SHARED, *_OF_ONE) if act.day <= until), key=lambda act: act.day)
