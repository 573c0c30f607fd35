"""Each page and each act by each role, tried one by one; `python -m tests.console.roles` writes docs/roles.md."""

import asyncio
import re
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from rules.letters.registry import case_events, event_models, kinds
from rules.texts import text
from tests.console.town import PEOPLE, Town, Visitor, letters_in_every_state, town

DOCUMENT = Path(__file__).parents[2] / "docs" / "roles.md"
ROLES = [None, *PEOPLE]
FOREIGN = "2026-006"
"""A matter of an agency that neither the liaison nor the leader has to do with."""


class Try(NamedTuple):
    """One thing to try: its words, its address, and the form that is sent, if it is no page."""

    words: str
    path: str
    form: Mapping[str, str] | None = None


def tries(county: Town, me: str = "clerk1") -> list[Try]:
    """List every page and act for a person; acts are tried with forms that would be refused for what they lack."""
    own, foreign = county.short("2026-001", "mediation_letter"), county.short(FOREIGN, "response_notice")
    return [
        Try("今日 Today", "/"),
        Try("来文登记：选择种类 Register: kinds", "/register"),
        Try("来文登记：表单 Register: form", "/register/judgment"),
        Try("来文登记：推算 Register: forecast", "/register/judgment/forecast", {}),
        Try("来文登记：登记 Register a letter", "/register/judgment", {}),
        Try("案件登记：表单 Put a case on file: form", "/register/matter"),
        Try("案件登记 Put a case on file", "/register/matter", {}),
        Try("案件清单 Matters", "/matters"),
        Try("案件（本机关或本领域）A matter of one's own agency or field", "/matters/2026-001"),
        Try("案件（其他机关）A matter of another agency", f"/matters/{FOREIGN}"),
        Try("案件情况：表单 Record of a case: form", "/matters/2026-001/record/followed_up"),
        Try("案件情况：推算 Record of a case: forecast", "/matters/2026-001/record/followed_up/forecast", {}),
        Try("案件情况：登记 Record of a case", "/matters/2026-001/record/followed_up", {}),
        Try("并案：表单 Join matters: form", "/matters/2026-001/join"),
        Try("并案：推算 Join matters: forecast", "/matters/2026-001/join/forecast", {}),
        Try("并案 Join matters", "/matters/2026-001/join", {}),
        Try("来文移转：表单 Move a letter: form", f"/letters/{own}/move"),
        Try("来文移转：推算 Move a letter: forecast", f"/letters/{own}/move/forecast", {}),
        Try("来文移转 Move a letter", f"/letters/{own}/move", {}),
        Try("台账 Docket", "/docket"),
        Try("台账：导出 Docket: export", "/docket.xlsx"),
        Try("来文（本机关或本领域）A letter of one's own agency or field", f"/letters/{own}"),
        Try("来文（其他机关）A letter of another agency", f"/letters/{foreign}"),
        Try("登记办理情况：表单 Record an event: form", f"/letters/{own}/record/progress"),
        Try("登记办理情况：推算 Record an event: forecast", f"/letters/{own}/record/progress/forecast", {}),
        Try("算期单 Reckoning sheet", f"/letters/{own}/reckoning"),
        Try("督办 Supervision", "/supervision"),
        Try("待发稿：发出或弃用 Send or discard a draft", "/supervision/drafts", {"draft": "none", "do": "send"}),
        Try("日历 Calendar", "/calendar"),
        Try("日历：订阅 Calendar: feed", "/calendar/feed", {}),
        Try("提醒 Notices", "/notices"),
        Try("提醒：标记 Mark notices", "/notices", {"mark": "read", "key": "none"}),
        Try("我的账号 My account", "/account"),
        Try("修改自己的密码 Change one's own password", "/account/password", {}),
        Try("生成令牌 Make a token", "/account/tokens", {}),
        Try("撤销令牌 Revoke a token", "/account/tokens/revoke", {"token": "none"}),
        Try("规则库 Rulebook", "/rulebook"),
        Try("督办单：编号登记 Urging slips", "/supervision/slips"),
        Try("督办单：全文 An urging slip", "/supervision/slips/paper?draft=none"),
        Try("外出与代收（本人）One's own absences", f"/absence/{me}"),
        Try("外出与代收（他人）Somebody else's absences", "/absence/clerk2"),
        Try("外出：登记本人 Record one's own absence", f"/absence/{me}", {}),
        Try("外出：登记他人 Record somebody else's absence", "/absence/clerk2", {}),
        Try("外出：撤销他人 Take somebody else's absence back", "/absence/clerk2/end", {"absence": "999999"}),
        Try("运行状态 Health", "/health"),
        Try("运行指标 Metrics", "/metrics"),
        Try("操作记录 Record of acts", "/log"),
        Try("管理 Administration", "/administration"),
        Try("机关 Agencies", "/administration/agencies"),
        Try("机关：查看 An agency", "/administration/agencies/forestry"),
        Try("机关：保存 Save an agency", "/administration/agencies/forestry", {}),
        Try("人员 People", "/administration/people"),
        Try("人员：查看 A person", "/administration/people/clerk2"),
        Try("人员：保存 Save a person", "/administration/people/clerk2", {}),
        Try("发放一次性密码 Issue a one-time password", "/administration/people/nobody/password", {}),
        Try("批量发放一次性密码 Issue one-time passwords", "/administration/passwords", {}),
        Try("渠道 Channels", "/administration/channels"),
        Try("渠道：测试消息 Test message", "/administration/channels/test", {}),
        Try("渠道：重发 Send again", "/administration/channels/resend", {"delivery": "none", "channel": "email"}),
        Try("放假安排 Calendars", "/administration/calendars"),
        Try("放假安排：下载 A year's document", "/administration/calendars/2026.json"),
        Try("放假安排：载入 Load a calendar", "/administration/calendars", {}),
        Try("退出 Sign out", "/sign-out", {}),
    ]


def of_letters() -> list[str]:
    """List the events of letters; those of a case itself are recorded on no letter's page."""
    return [name for name in event_models() if name not in case_events()]


def event_tries(county: Town) -> list[Try]:
    """List every event on a letter of a kind that has it; forms are tried blank."""
    letters = {
        "mediation_letter": county.short("2026-001", "mediation_letter"),
        "oral_notice": county.short("2026-003", "oral_notice"),
        "judgment": county.short("2026-004", "judgment"),
        "appearance_notice": county.short("2026-004", "appearance_notice"),
        "response_notice": county.short("2026-007", "response_notice"),
        "appeal_copy": county.short("2026-008", "appeal_copy"),
    }
    found = []
    for event in of_letters():
        having = [kind for kind in letters if event in kinds()[kind].happenings]
        path = f"/letters/{letters[having[0]]}/record/{event}"
        found.append(Try(f"{text(f'event.{event}')} {event}", path, {"on": ""}))
    return found


async def let_in(visitor: Visitor, wanted: Try) -> bool:
    """Tell whether somebody may do a thing: what is let in is shown, done, or refused for what the form lacks."""
    if wanted.form is None:
        answer = await visitor.get(wanted.path)
    else:
        answer = await visitor.post(wanted.path, **wanted.form)
    if answer.status_code in (401, 403):
        return False
    if answer.status_code == 303:
        return not re.match(r"/(sign-in|account)\b", answer.headers["location"]) or wanted.path == "/sign-out"
    # What does not concern somebody is as unknown to them as what is not there.
    if answer.status_code == 404:
        return "unknown_letter" not in answer.text and not re.match(r"/(letters|matters)/", wanted.path)
    assert answer.status_code in (200, 422), (wanted, answer.status_code)
    return True


async def matrix(county: Town) -> list[tuple[str, list[bool]]]:
    """Try everything as everybody; return each thing's words, and for each role whether it is let in."""
    events = event_tries(county)
    found: dict[str, list[bool]] = {each.words: [] for each in [*tries(county), *events]}
    for role in ROLES:
        visitor = county.visitor(role)
        every = [*tries(county, PEOPLE.get(role or "", "clerk1")), *events]
        # Whoever signs out is nobody from then on.
        for wanted in sorted(every, key=lambda each: each.path == "/sign-out"):
            found[wanted.words].append(await let_in(visitor, wanted))
        await visitor.client.aclose()
    return list(found.items())


def document(rows: list[tuple[str, list[bool]]]) -> str:
    """Write the table."""
    names = ["未登录 nobody", *(f"{text(f'role.{role}')} {role}" for role in PEOPLE)]
    pages = len(rows) - len(of_letters())
    head = f"| | {' | '.join(names)} |\n|---|{'---|' * len(names)}\n"

    def table(part: list[tuple[str, list[bool]]]) -> str:
        return head + "".join(
            f"| {words} | {' | '.join('✓' if each else '—' for each in row)} |\n" for words, row in part
        )

    return f"""# Roles 角色与权限

Made by `python -m tests.console.roles`, which tries each page and each act as each role, and as nobody;
`tests/console/test_roles.py` fails where this table is no longer true. The rules themselves are in `rules/access.py`;
of a letter or an event others than the bureau see only the fields that its class gives them (`rules/seen.py`).
A liaison (信息员) sees and touches only what the own agency owes; a county leader (分管县领导) reads what concerns the
fields in their charge. What does not concern somebody is as unknown to them as what is not there.

## Pages and acts 页面与办理

{table(rows[:pages])}
## Events 登记事项

{table(rows[pages:])}"""


async def _main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        async with town(Path(folder)) as county:
            await letters_in_every_state(county.virtual)
            DOCUMENT.write_text(document(await matrix(county)), encoding="utf-8")


if __name__ == "__main__":
    asyncio.run(_main())
