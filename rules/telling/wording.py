"""Notices in words: the subject and body that a person reads, from the message catalogues."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import NamedTuple

from rules.counting.clock import local
from rules.duties.duty import DutyState
from rules.letters.letter import Letter, short_id
from rules.telling.notices import Notice, NoticeItem, NoticeKind
from rules.texts import Language, has, text


class Message(NamedTuple):
    """What one notice says."""

    subject: str
    body: str


def message(
    notice: Notice, letters: Mapping[str, Letter], matter: str, agencies: Mapping[str, str], language: Language = "zh"
) -> Message:
    """Word a notice of a matter, by its letters; `letters` and `agencies` give what is known of them by id."""
    first = notice.items[0]
    more = text("notice.more", language, count=len(notice.items)) if len(notice.items) > 1 else ""
    kind = "soft_overdue" if first.kind is NoticeKind.OVERDUE and first.soft else first.kind
    undated = "notice.date_to_come" if first.state == DutyState.WAITING else "notice.no_date"
    subject = text(
        f"notice.subject.{'draft' if notice.draft else kind}",
        language,
        matter=matter,
        act=_act(first, agencies, language),
        due=first.due or text(undated, language),
        more=more,
    )
    scheduled = local(notice.scheduled).strftime("%Y-%m-%d %H:%M")
    late = [text("notice.late", language, scheduled=scheduled)] if notice.late else []
    lines: list[str] = []
    number = 0
    # Letter by letter, in the order in which what presses most of each stands.
    for letter_id in dict.fromkeys(item.letter for item in notice.items):
        lines += [_opening(letters[letter_id], language)] if letter_id else []
        lines += late if not number else []
        for item in (each for each in notice.items if each.letter == letter_id):
            number += 1
            lines.append(f"{number}. {_item(item, agencies, language, _reads(notice, item))}")
    agency = ".agency" if notice.to.startswith("agency:") else ""
    closing = "notice.closing.leader" if notice.draft else f"notice.closing{agency}"
    if all(item.kind is NoticeKind.ENDED for item in notice.items):
        closing = "notice.closing.ended"
    lines.append(text(closing, language, short=short_id(first.letter) if first.letter else matter))
    return Message(subject, "\n".join(lines))


def _opening(letter: Letter, language: Language) -> str:
    matter = f"{letter.matter} {letter.title}".rstrip()
    paper = f" {letter.number}" if letter.number else ""
    return text(f"notice.opening.{letter.kind}", language, matter=matter, court=letter.court, number=paper)


def digest_message(day: date, notices: Sequence[tuple[str, str]], language: Language = "zh") -> Message:
    """Word a person's digest of a day from the subjects and bodies of its notices; a single one stays as it is."""
    if len(notices) == 1:
        return Message(*notices[0])
    subjects = [subject for subject, _ in notices]
    first = subjects[0].partition("】")[2] or subjects[0]
    subject = text("digest.subject", language, day=day, first=first, count=len(notices))
    parts = [text("digest.opening", language, day=day, count=len(notices))]
    parts += [f"〔{number}〕{title}\n{body}" for number, (title, body) in enumerate(notices, start=1)]
    return Message(subject, "\n\n".join(parts))


def _reads(notice: Notice, item: NoticeItem) -> str:
    """Tell who reads of a duty: a county leader, the bureau where the duty is an agency's, or who owes it."""
    if notice.draft:
        return ".leader"
    return ".bureau" if notice.to.startswith("bureau") and item.obligor != "bureau" else ""


def _item(item: NoticeItem, agencies: Mapping[str, str], language: Language, reader: str) -> str:
    parts = [text("notice.act", language, act=_act(item, agencies, language), rule=item.rule)]
    if item.kind is NoticeKind.ENDED:
        if item.due is not None:
            parts.append(text("notice.was_due", language, due=item.due))
        parts.append(text(f"notice.ended.{item.state}", language, why=moved_name(item.why, language)))
        return _joined(parts, language)
    if item.kind is NoticeKind.REOPENED:
        parts.append(text("notice.reopened", language, why=moved_name(item.why, language)))
    if item.old_due is not None:
        why = moved_name(item.why, language)
        key = "notice.moved" if item.due else "notice.dropped"
        parts.append(text(key, language, old=item.old_due, new=item.due, why=why))
    elif item.due is not None:
        parts.append(text("notice.due", language, due=item.due))
    elif item.state != DutyState.WAITING:
        parts.append(text("notice.no_date", language))
    if item.kind is NoticeKind.OVERDUE:
        state = "soft" if item.soft else "overdue"
        parts.append(text(f"notice.state.{state}{reader}", language))
    if any(code.startswith("waiting") for code in item.codes):
        parts.append(text("notice.state.waiting", language))
    if item.missing:
        names = [missing_name(name, agencies, language) for name in item.missing]
        parts.append(text("notice.missing", language, names="、".join(names) if language == "zh" else ", ".join(names)))
    sentence = item.sentence if language == "zh" else item.sentence_en
    if sentence:
        parts.append(sentence)
    return _joined(parts, language)


def _joined(parts: list[str], language: Language) -> str:
    return ("；" if language == "zh" else "; ").join(parts)


def event_name(event: str, kind: str, language: Language = "zh") -> str:
    """Name an event of a kind of letter."""
    return text(event_key(event, kind), language)


def event_key(event: str, kind: str) -> str:
    """Return the message that names an event: being told is another act where the agency tells the bureau (R08)."""
    key = f"event.{event}.{kind}"
    return key if has(key) else f"event.{event}"


def moved_name(why: str, language: Language = "zh") -> str:
    """Name what moved a date, ended a duty or brought it back."""
    # A county's rulebook may call an ending by a word of its own.
    key = next((key for key in (f"moved.{why}", f"event.{why}") if has(key)), "moved.otherwise")
    return text(key, language)


def rung_name(code: str, language: Language = "zh") -> str:
    """Name a step of a ladder by its code: T-5, T, T+1, trigger, repeat-2, waiting-1."""
    for sign, key in (("T-", "before"), ("T+", "after"), ("repeat-", "repeat"), ("waiting-", "waiting")):
        if code.startswith(sign):
            return text(f"rung.{key}", language, number=code.removeprefix(sign))
    return text(f"rung.{code}", language)


def address_name(address: str, agencies: Mapping[str, str], language: Language = "zh") -> str:
    """Name whom an address means: the bureau's clerks or head, an agency, or the leader in charge of one."""
    role, _, agency = address.partition(":")
    return text(f"address.{role}", language, agency=agencies.get(agency, agency))


def missing_name(name: str, agencies: Mapping[str, str], language: Language) -> str:
    """Name what a paper lacks; a consent names its party, which may be an agency."""
    kind, _, party = name.partition(":")
    return text(f"missing.{kind}", language, party=agencies.get(party, party))


def _act(item: NoticeItem, agencies: Mapping[str, str], language: Language) -> str:
    who = agencies.get(item.agency, item.agency) if item.agency else ""
    if who and item.obligor == "bureau":
        # What the bureau owes on an agency's account must not read as if that agency were late.
        who = text("notice.bureau_for", language, agency=who)
    act = item.act if language == "zh" else item.act_en
    between = ("：" if language == "zh" else ": ") if who else ""
    return f"{who}{between}{act}"
