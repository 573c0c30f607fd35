"""What courts send and what people do about it, in which share and how soon: the assumptions of the simulation.

Nothing here is measured but the number of cases. Everything is drawn from a hash of the letter's number, so the same
number always makes the same story; docs/scale.md lists the assumptions.
"""

import hashlib
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import cache
from itertools import accumulate
from typing import Any, NamedTuple

from dateutil.relativedelta import relativedelta

from docket.directory import Directory, sample_directory
from rules.counting.calendar import Calendar
from rules.counting.clock import at

MIX = {
    "oral_notice": 0.12,
    "mediation_letter": 0.18,
    "response_notice": 0.30,
    "appearance_notice": 0.12,
    "judgment": 0.28,
}
"""Shares of the five kinds among a year's letters."""

SEVERAL_AGENCIES = 0.12
"""Share of letters that name two agencies."""

BUREAU = ((0.75, 0, 0), (0.17, 1, 1), (0.06, 2, 4), (0.02, 8, 20))
"""How many days the bureau takes for what it owes promptly, as (share, first day, last day)."""

ANSWERED = ((0.80, 0, 0), (0.14, 1, 10), (0.05, 15, 60), (0.01, 100, 250))
"""How many days after the due date an agency answers: in time, late, very late, forgotten."""

SITTINGS = ((time(8, 45), 180), (time(14, 30), 120))
"""When people act: from a clock time on, for so many minutes; what follows on one day comes some minutes later."""

_NEXT = timedelta(minutes=17)
_GOLDEN = 0.6180339887498949
_CLERK, _SUPERVISOR = "clerk1", "bureau_head"
_SHORT = "已与当事人见面，核实了登记材料与现场情况，双方对事实没有大的分歧，争议集中在程序与补偿的数额上，拟继续沟通。"
_LONG = _SHORT * 6


_ENDINGS = {
    "withdrawal": {"evidence": "撤诉申请书"},
    "recall": {"reason": "法院来函"},
    "judgment_given": {"number": "行初1号"},
}


class Act(NamedTuple):
    """One event that somebody records, at an instant."""

    at: datetime
    type: str
    fields: Mapping[str, Any]
    by: str = _CLERK


class Story(NamedTuple):
    """One letter as it is typed, when it is registered, and what people record of it, in order."""

    number: int
    letter: Mapping[str, Any]
    registered: datetime
    acts: tuple[Act, ...]


@cache
def directory() -> Directory:
    """Return the sample directory, in which everybody has an e-mail address."""
    sample = sample_directory()
    people = [person.model_copy(update={"email": f"{person.id}@county.test"}) for person in sample.people]
    return sample.model_copy(update={"people": tuple(people)})


def chance(*key: object) -> float:
    """Draw a number from 0 up to 1, always the same for a key."""
    digest = hashlib.sha256("|".join(map(str, key)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def office_moment(day: date, *key: object) -> datetime:
    """Draw an instant at which somebody acts on a day."""
    minutes = chance("moment", *key) * sum(length for _, length in SITTINGS)
    for begins, length in SITTINGS:
        if minutes < length:
            return at(day, begins) + timedelta(seconds=int(minutes * 60))
        minutes -= length
    raise AssertionError("a chance is below 1")


def moment_after_outage(until: datetime, *key: object) -> datetime:
    """Draw an instant at which somebody does again what no worker took, on the day on which workers are back."""
    first, length = SITTINGS[-1]
    begins = max(until, at(until.date(), SITTINGS[0][0]))
    ends = at(until.date(), first) + timedelta(minutes=length)
    return begins + timedelta(seconds=1 + int(chance("again", *key) * (ends - begins).total_seconds()))


def story(number: int, year: int, letters: int, calendar: Calendar) -> Story:
    """Tell what becomes of one of so many letters that courts issue in a year, spread evenly over its working days."""
    days = working_days(year, calendar)
    issued = days[int((number + 0.5) / letters * len(days)) % len(days)]
    hand = _Hand(number, issued, calendar)
    # Kinds follow each other evenly instead of by chance, so that a small sample has the mix as well.
    kind = _drawn(MIX, (number + 1) * _GOLDEN % 1)
    fields = _STORIES[kind](hand)
    letter = {
        "kind": kind,
        "matter": f"{year}-{number}",
        "title": "不服行政处罚决定及行政复议决定一案",
        "court": "武平县人民法院",
        "number": f"({year})闽0824{'行初' if kind == 'judgment' else '委'}{number}号",
        "issued_on": issued.isoformat(),
        "received_at": (hand.registered - timedelta(minutes=20)).isoformat(),
        **fields,
    }
    hand.mistakes()
    return Story(number, letter, hand.registered, tuple(sorted(hand.acts, key=lambda act: act.at)))


class _Hand:
    """Everybody who has to do with one letter; each act comes some working day after another instant."""

    def __init__(self, number: int, issued: date, calendar: Calendar) -> None:
        self.number = number
        self.calendar = calendar
        self.acts: list[Act] = []
        self.registered = self.moment(at(issued, time()), 1 + int(self.chance("post") * 4), "received")
        every = [agency.id for agency in directory().agencies]
        count = 2 if self.chance("several") < SEVERAL_AGENCIES else 1
        first = int(self.chance("agency") * len(every))
        self.agencies = [every[(first + 7 * place) % len(every)] for place in range(count)]

    @property
    def received(self) -> date:
        return self.registered.date()

    def chance(self, *what: object) -> float:
        return chance(self.number, *what)

    def happens(self, what: str, share: float) -> bool:
        return self.chance(what) < share

    def days(self, what: str, table: tuple[tuple[float, int, int], ...]) -> int:
        """Draw a number of days from a table of (share, first, last)."""
        place = _drawn({number: share for number, (share, _, _) in enumerate(table)}, self.chance("class", what))
        _, first, last = table[place]
        return self.between(what, first, last)

    def between(self, what: str, first: int, last: int) -> int:
        return first + int(self.chance("days", what) * (last - first + 1))

    def moment(self, start: datetime, days: int, what: str) -> datetime:
        """Return an instant of a working day so many days after another instant, and never before that one."""
        day = self.calendar.next_working_day(start.date() + timedelta(days=days))
        found = office_moment(day, self.number, what)
        return found if found > start or days < 0 else start + _NEXT

    def answered(self, what: str, zero: date, length: int) -> datetime:
        """Return when an agency does what it owes within so many days of day zero: mostly in time."""
        late = self.days(what, ANSWERED)
        # In time is the second half of the period: nobody answers a court's letter the hour it comes.
        taken = self.between(f"{what} in time", (length + 1) // 2, length) if late == 0 else length + late
        return self.moment(at(zero, time()), taken, what)

    def act(self, moment: datetime, type_: str, by: str = _CLERK, **fields: Any) -> datetime:
        self.acts.append(Act(moment, type_, {"on": moment.date().isoformat(), **fields}, by))
        return moment

    def stop(self, moment: datetime) -> None:
        """Forget what would have come after an instant: there is nothing left to do."""
        self.acts = [act for act in self.acts if act.at < moment]

    def told(self) -> datetime:
        """Have the bureau tell the agencies and report to the leader."""
        told = self.act(self.moment(self.registered, self.days("told", BUREAU), "told"), "told", receiver="局办公室")
        self.act(self.moment(told, 0 if self.happens("reported at once", 0.8) else 1, "reported"), "reported")
        return told

    def mistakes(self) -> None:
        """Have some letters entered by mistake, and some with a wrong day."""
        if self.happens("voided", 0.005):
            moment = self.moment(self.registered, 0, "void")
            self.stop(moment)
            self.act(moment, "void", reason="重复登记")
        elif self.happens("corrected", 0.02):
            earlier = (self.registered - timedelta(days=1, minutes=20)).isoformat()
            moment = self.moment(self.registered, 1, "correction")
            # After its last act a letter may be finished, and a correction would open it again.
            if self.acts and moment < max(act.at for act in self.acts):
                self.act(moment, "correction", field="received_at", value=earlier, reason="收文章为前一日")


def _oral_notice(hand: _Hand) -> dict[str, Any]:
    told = hand.told()
    last = told
    for agency in hand.agencies:
        given = hand.answered(f"feedback {agency}", told.date(), 5)
        words = {"agency": agency, "done": _SHORT, "result": "尚在协调", "opinion": _SHORT}
        hand.act(given, "feedback", **words)
        if hand.happens(f"returned {agency}", 0.05):
            back = hand.moment(given, 1, f"returned {agency}")
            due = (back.date() + timedelta(days=5)).isoformat()
            hand.act(back, "returned", agency=agency, of="feedback", rework_by=due, reason="情况不明")
            given = hand.act(hand.moment(back, 4, f"again {agency}"), "feedback", **words)
        last = max(last, given)
    hand.act(hand.moment(last, hand.days("forwarded", BUREAU), "forwarded"), "forwarded", to="court", number="函1号")
    if hand.happens("recalled", 0.08):
        moment = hand.moment(told, hand.between("recalled", 1, 4), "recall")
        if moment < min(act.at for act in hand.acts if act.type == "feedback"):
            hand.stop(moment)
            hand.act(moment, "recall", **_ENDINGS["recall"])
            _finish_telling(hand, moment)
    return {"agencies": [{"agency": each} for each in hand.agencies], "plaintiff": "起诉人甲"}


def _mediation_letter(hand: _Hand) -> dict[str, Any]:
    told = hand.told()
    parties = [{"role": "plaintiff", "name": "原告甲"}]
    if hand.happens("third party", 0.15):
        parties.append({"role": "third_party", "name": "第三人乙"})
    consenting = [*hand.agencies, *(party["name"] for party in parties)]
    end = hand.received + relativedelta(months=1)
    for number, share in ((1, 0.25), (2, 0.05)):
        if not hand.happens("extended", share):
            break
        end = _extension(hand, number, end, consenting)
    days = hand.days("result", ANSWERED) or -hand.between("result early", 1, 5)
    result = hand.moment(at(end, time()), days, "result")
    stage = _drawn({"pre": 0.6, "trial": 0.3, "post": 0.1}, hand.chance("stage"))
    if hand.happens("ended", 0.14):
        # The plaintiff withdraws, the court recalls the letter, or it decides: the window is over.
        over = {"withdrawal": 0.6, "judgment_given" if stage == "trial" else "recall": 0.4}
        type_ = _drawn(over, hand.chance("how it ended"))
        moment = hand.moment(told, hand.between("ended", 5, 24), "ended")
        hand.stop(moment)
        hand.act(moment, type_, **_ENDINGS[type_])
        _finish_telling(hand, moment)
        result = hand.moment(moment, 2, "result")
        if type_ == "withdrawal":
            _result(hand, result, "withdrawn")
        reports_until = moment
    else:
        outcome = _drawn({"failed": 0.50, "success": 0.40, "partial": 0.10}, hand.chance("outcome"))
        _result(hand, result, outcome)
        reports_until = result
    _reports(hand, told, min(reports_until, at(end, time())))
    return {"agencies": [{"agency": each} for each in hand.agencies], "parties": parties, "stage": stage}


def _extension(hand: _Hand, number: int, end: date, consenting: list[str]) -> date:
    """Have a window prolonged by a month: consents, the supervisor's approval, the letter to the court, its copy."""
    start = at(end - timedelta(days=9), time())
    last = start
    for party in consenting:
        moment = hand.moment(start, hand.between(f"consent {number} {party}", 0, 4), f"consent {number} {party}")
        hand.act(moment, "consent", party=party, evidence="书面同意", round=number)
        last = max(last, moment)
    if number > 1:
        last = hand.act(
            hand.moment(last, 0, f"approval {number}"), "extension_approved", _SUPERVISOR, round=number, reason="同意"
        )
    sent = hand.moment(last, 1, f"extension {number}")
    at_once = hand.happens(f"copied {number}", 0.85)
    copied = {"copied_on": sent.date().isoformat()} if at_once else {}
    hand.act(sent, "extension", number=f"函{number}号", months=1, reason=_SHORT, round=number, **copied)
    if not at_once:
        hand.act(hand.moment(sent, 4, f"copied {number}"), "copied", of="extension", round=number)
    return end + relativedelta(months=1)


def _reports(hand: _Hand, told: datetime, until: datetime) -> None:
    """Have each agency report every week until the end; some weeks are late, some are left out."""
    for agency in hand.agencies:
        for week in range(1, 60):
            due = told.date() + timedelta(days=7 * week)
            if due >= until.date():
                break
            late = hand.chance("report", agency, week)
            shift = -hand.between(f"early {agency} {week}", 0, 2) if late < 0.8 else 1 + int(20 * (late - 0.8))
            moment = hand.moment(at(due, time()), shift, f"report {agency} {week}")
            if late < 0.95 and told < moment < until:
                hand.act(moment, "progress", agency=agency, work=_SHORT, next_steps=_SHORT)


def _result(hand: _Hand, moment: datetime, outcome: str) -> None:
    elements = dict.fromkeys(("process", "demands", "issues", "reasons"), _LONG)
    fields = {"failed": elements, "partial": {**elements, "agreement": _SHORT}}.get(outcome, {"agreement": _LONG})
    copied = hand.happens("result copied", 0.9)
    on = {"copied_on": moment.date().isoformat()} if copied else {}
    hand.act(moment, "result", outcome=outcome, number="函9号", **fields, **on)
    if not copied:
        hand.act(hand.moment(moment, 5, "result copy"), "copied", of="result")


def _finish_telling(hand: _Hand, moment: datetime) -> None:
    """Have the bureau do what it still owes at an end: telling and reporting do not end with the window."""
    done = {act.type for act in hand.acts}
    for type_ in ("told", "reported"):
        if type_ not in done:
            moment = hand.act(hand.moment(moment, 1, f"{type_} after all"), type_)


def _response_notice(hand: _Hand) -> dict[str, Any]:
    for agency in hand.agencies:
        hand.act(hand.answered(f"told {agency}", hand.received, 3), "told", agency=agency)
        hand.act(hand.answered(f"reported {agency}", hand.received, 3), "reported", agency=agency)
    if hand.happens("flagged", 0.05):
        flagged = hand.act(hand.moment(hand.registered, hand.between("flagged", 3, 20), "flagged"), "flagged")
        hand.act(hand.moment(flagged, hand.between("analysis", 5, 15), "analysis"), "analysis", opinion=_LONG)
    # A court of first instance has six months, so many judgments come just before.
    ended = _drawn({"self_correction": 0.08, "withdrawal": 0.20, "judgment_given": 0.72}, hand.chance("ended"))
    first, last = {"self_correction": (20, 90), "withdrawal": (20, 120), "judgment_given": (60, 185)}[ended]
    moment = hand.moment(hand.registered, hand.between("ended", first, last), "ended")
    over = moment
    if ended == "self_correction":
        for agency in hand.agencies:
            hand.act(hand.moment(moment, 0, f"{ended} {agency}"), ended, agency=agency, measures=_SHORT, number="函3号")
        # Who has got what they sued for withdraws.
        over = hand.moment(moment, hand.between("content", 5, 20), "content")
        hand.act(over, "withdrawal", **_ENDINGS["withdrawal"])
    else:
        hand.act(moment, ended, **_ENDINGS[ended])
    if ended == "judgment_given":
        over = _closed(hand, moment, 2, 10)
    _followed_up(hand, over)
    received = hand.received.isoformat()
    return {"agencies": [{"agency": each, "received_on": received} for each in hand.agencies]}


def _closed(hand: _Hand, moment: datetime, first: int, last: int) -> datetime:
    """Have the bureau close the file of a case that nothing else says is over."""
    over = hand.moment(moment, hand.between("case closed", first, last), "case closed")
    return hand.act(over, "case_closed", reason="已审结")


def _followed_up(hand: _Hand, over: datetime) -> None:
    """Have the bureau look at a case again a month after anybody last recorded anything of it, until it is over."""
    touched, times = hand.registered, 0
    for following in sorted({over, *(act.at for act in hand.acts if act.at < over)}):
        while True:
            times += 1
            what = f"followed up {times}"
            moment = hand.moment(touched + timedelta(days=30), hand.days(what, BUREAU), what)
            if moment >= following:
                break
            touched = hand.act(moment, "followed_up", found=_SHORT)
        touched = following


def _appearance_notice(hand: _Hand) -> dict[str, Any]:
    hearing = hand.moment(hand.registered, hand.between("hearing", 10, 35), "hearing")
    for agency in hand.agencies:
        named = hand.moment(hand.registered, hand.between(f"named {agency}", 2, 7), f"named {agency}")
        deputy = hand.happens(f"deputy {agency}", 0.25)
        if deputy:
            days = {"consent_on": named.date().isoformat(), "told_on": named.date().isoformat()}
            words = {"name": "副局长", "rank": "副局长", "reason": _SHORT}
            hand.act(named, "substitute", agency=agency, **words, **days)
        else:
            hand.act(named, "appearance", agency=agency, name="局长")
        heard = hand.moment(hearing, hand.days(f"heard {agency}", BUREAU), f"heard {agency}")
        hand.act(heard, "heard", agency=agency, appeared="deputy" if deputy else "head", spoke=True)
    if hand.happens("recalled", 0.08):
        moment = hand.moment(hand.registered, hand.between("recalled", 3, 9), "recall")
        hand.stop(moment)
        hand.act(moment, "recall", **_ENDINGS["recall"])
    return {"agencies": [{"agency": each} for each in hand.agencies], "hearing_at": hearing.isoformat()}


def _judgment(hand: _Hand) -> dict[str, Any]:
    received, lost = hand.received, hand.happens("lost", 0.22)
    final = hand.happens("second instance", 0.25)
    document = "ruling" if not lost and hand.happens("ruling", 0.45) else "judgment"
    outcome = {"ruling": "withdrawn", "judgment": "dismissed"}[document] if not lost else "revoked"
    appeal = {"judgment": 15, "ruling": 10}[document]
    effective = received if final else received + timedelta(days=appeal + 1)
    last = hand.registered
    for agency in hand.agencies:
        filed = hand.act(hand.answered(f"filing {agency}", effective, 9), "filing", agency=agency, copy_reference="备1")
        last = max(last, filed)
        if lost:
            last = max(last, _loss(hand, agency, effective))
    if not final and hand.happens("certified", 0.3):
        certified = hand.moment(at(effective, time()), 5, "certified")
        if certified < last:
            fields = {"proof": "生效证明1号", "on": effective.isoformat()}
            hand.acts.append(Act(certified, "effective", fields))
    if not final and hand.happens("appealed", 0.35):
        moment = hand.moment(hand.registered, hand.between("appealed", 3, appeal), "appealed")
        hand.stop(moment)
        hand.act(moment, "appealed", appellant="原告甲")
        # A court of second instance has three months.
        _followed_up(hand, _closed(hand, moment, 60, 100))
    judged = (received - timedelta(days=5)).isoformat()
    return {
        "document": document, "instance": "second" if final else "first", "outcomes": [outcome], "judged_on": judged,
        "issued_on": judged, "last_service_on": received.isoformat(),
        "agencies": [{"agency": each, "received_on": received.isoformat()} for each in hand.agencies],
    }  # fmt: skip


def _loss(hand: _Hand, agency: str, effective: date) -> datetime:
    """Have an agency report why it lost, and the bureau review that and pass it up."""
    given = hand.answered(f"loss {agency}", effective, 30)
    hand.act(given, "loss_report", agency=agency, causes=_LONG, measures=_LONG)
    reviewed = hand.moment(given, hand.days(f"review {agency}", BUREAU), f"review {agency}")
    hand.act(reviewed, "review", agency=agency, opinion=_SHORT)
    return hand.act(
        hand.moment(reviewed, 1, f"passed up {agency}"), "forwarded", to="county_government", number="报1号"
    )


_STORIES = {
    "oral_notice": _oral_notice,
    "mediation_letter": _mediation_letter,
    "response_notice": _response_notice,
    "appearance_notice": _appearance_notice,
    "judgment": _judgment,
}


def _drawn(shares: Mapping[Any, float], drawn: float) -> Any:
    """Return what a number from 0 up to 1 falls on."""
    whole = sum(shares.values())
    return next(
        (name for name, up_to in zip(shares, accumulate(shares.values()), strict=True) if drawn * whole < up_to),
        list(shares)[-1],
    )


@cache
def working_days(year: int, calendar: Calendar) -> tuple[date, ...]:
    """List the working days of a year."""
    return tuple(day for day in map(date.fromordinal, calendar.ordinals) if day.year == year)
