"""A year of matters, as data: what came, and what people did about it, in time, late or never."""

from collections.abc import Mapping
from datetime import date, datetime, time
from types import MappingProxyType
from typing import Any, NamedTuple

from rules.counting.clock import at
from rules.letters.letter import matter_id
from rules.letters.parse import parse_letter

COURT = "武平县人民法院"
FEEDBACK = {"done": "已面谈两次", "result": "尚在协调", "opinion": "建议继续"}
ELEMENTS = {"process": "三次约谈", "demands": "撤销登记", "issues": "界址"}


class Act(NamedTuple):
    """One act of a person at ten o'clock: a letter to register where `event` is empty, else an event to record."""

    day: str
    letter: str
    event: str = ""
    fields: Mapping[str, Any] = MappingProxyType({})
    by: str = "clerk1"

    @property
    def at(self) -> datetime:
        """Give the instant of the act."""
        return at(date.fromisoformat(self.day), time(10))


def _letter(kind: str, matter: str, *agencies: str, **more: Any) -> dict[str, Any]:
    return {"kind": kind, "matter": matter, "court": COURT, "agencies": [{"agency": each} for each in agencies], **more}


def _mediation(matter: str, *agencies: str, stage: str = "pre") -> dict[str, Any]:
    parties = [{"role": "plaintiff", "name": "张三"}]
    return _letter(
        "mediation_letter", matter, *agencies, number=f"(2026)闽0824委{matter}号", stage=stage, parties=parties
    )


def _response(matter: str, agency: str, day: str) -> dict[str, Any]:
    agencies = [{"agency": agency, "received_on": day}]
    return {**_letter("response_notice", matter, number=f"(2026)闽0824行初{matter}号"), "agencies": agencies}


def _several(matter: str) -> dict[str, dict[str, Any]]:
    """Give the letters of a matter that runs from its first notice to a judgment, named by their kind and matter."""
    return {
        f"oral {matter}": _letter("oral_notice", matter, "housing"),
        f"mediation {matter}": _mediation(matter, "housing"),
        f"response {matter}": _response(matter, "housing", "2026-05-18"),
        f"judgment {matter}": _judgment(matter, "housing", "2026-06-01", "2026-06-03", "revoked"),
    }


def acts_of_several(matter: str) -> tuple[Act, ...]:
    """Give what is done in such a matter: the judgment comes while two earlier letters still ask for something."""
    oral, mediation, response, judgment = (f"{kind} {matter}" for kind in ("oral", "mediation", "response", "judgment"))
    return (
        Act("2026-05-11", oral),
        Act("2026-05-11", oral, "told"),
        Act("2026-05-11", oral, "reported"),
        Act("2026-05-12", oral, "feedback", FEEDBACK),
        Act("2026-05-12", oral, "forwarded", {"to": "court", "call_note": "电话告知"}),
        Act("2026-05-13", mediation),
        Act("2026-05-13", mediation, "told"),
        Act("2026-05-13", mediation, "reported"),
        Act("2026-05-18", response),
        Act("2026-05-18", response, "told"),
        Act("2026-05-18", response, "reported"),
        Act("2026-05-18", mediation, "stage_change", {"stage": "trial"}),
        Act("2026-06-03", judgment),
        Act("2026-06-05", judgment, "correction",
            {"target": "letter", "field": "last_service_on", "value": "2026-06-02", "reason": "以送达回证为准"}),
        Act("2026-06-08", judgment, "filing", {"copy_reference": f"备{matter}"}),
    )  # fmt: skip


def _judgment(matter: str, agency: str, day: str, served: str, *outcomes: str) -> dict[str, Any]:
    return {
        "kind": "judgment", "matter": matter, "court": COURT, "number": f"(2026)闽0824行初{matter}号", "judged_on": day,
        "last_service_on": served, "outcomes": list(outcomes), "agencies": [{"agency": agency, "received_on": served}],
    }  # fmt: skip


SEVERAL = ("118", "119", "120", "121", "122", "123")
"""Matters of several letters; the year has the first of them, the drill that is about them has all."""

LETTERS: dict[str, dict[str, Any]] = {
    "oral done": _letter("oral_notice", "101", "market"),
    "oral at new year": _letter("oral_notice", "102", "natural_resources"),
    "oral forgotten": _letter("oral_notice", "103", "forestry"),
    "oral of two": _letter("oral_notice", "104", "agriculture", "water"),
    "oral before mediation": _letter("oral_notice", "108", "housing"),
    "oral by mistake": _letter("oral_notice", "116", "education"),
    "mediation done": _mediation("105", "forestry"),
    "mediation extended": _mediation("106", "forestry"),
    "mediation silent": _mediation("107", "transport", stage="trial"),
    "mediation withdrawn": _mediation("108", "housing"),
    "mediation at year's end": _mediation("117", "health"),
    "response corrected": _response("109", "social_security", "2026-02-02"),
    "response decided": _response("110", "market", "2026-06-05"),
    "appearance": _letter("appearance_notice", "111", "forestry", hearing_at="2026-04-16T09:00:00+08:00"),
    "nobody appears": _letter("appearance_notice", "112", "water", hearing_at="2026-07-02T09:00:00+08:00"),
    "judgment lost": _judgment("113", "social_security", "2026-02-27", "2026-03-02", "revoked"),
    "judgment won": _judgment("110", "market", "2026-08-10", "2026-08-11", "dismissed"),
    "judgment ignored": _judgment("115", "public_security", "2026-10-09", "2026-10-10", "confirmed_unlawful"),
    **{name: letter for matter in SEVERAL for name, letter in _several(matter).items()},
}
"""Letters by what becomes of them; each is received at half past nine of the day on which it is registered."""

_OF_ONE_LETTER: tuple[Act, ...] = (
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
    Act("2026-03-10", "mediation extended"),
    Act("2026-03-10", "mediation extended", "told"),
    Act("2026-03-10", "mediation extended", "reported"),
    Act("2026-03-18", "mediation extended", "progress", {"work": "首次面谈"}),
    Act("2026-03-25", "judgment lost", "filing", {"copy_reference": "备113"}),
    Act("2026-03-25", "response corrected", "self_correction", {"measures": "撤销决定重新作出", "number": "社保函1号"}),
    Act("2026-04-01", "appearance"),
    Act("2026-04-08", "mediation extended", "consent", {"party": "forestry", "evidence": "书面同意"}),
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
    Act("2026-07-15", "mediation silent", "judgment_given", {"number": "(2026)闽0824行初107号"}),
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

ACTS = tuple(sorted((*_OF_ONE_LETTER, *acts_of_several(SEVERAL[0])), key=lambda act: act.day))

YEAR = "2026-12-31"
"""The day up to which the story is played."""


def received(act: Act) -> dict[str, Any]:
    """Give the letter that an act registers."""
    return {**LETTERS[act.letter], "received_at": f"{act.day}T09:30:00+08:00"}


def matter_of(act: Act) -> str:
    """Give the id of the matter that an act is about."""
    letter = parse_letter(received(act))
    return matter_id(letter.county, letter.matter)


def story(until: str = YEAR, letters: frozenset[str] = frozenset(LETTERS)) -> list[Act]:
    """Give the acts up to a day, of some letters or of all."""
    return [act for act in ACTS if act.day <= until and act.letter in letters]
