"""`qixian account`: letting people in from the machine itself, where no administrator can sign in."""

import click

from desk.opening import docket
from docket.accounts import issue_password
from docket.acts import COMMAND_LINE, Actor
from docket.directory import person_meant
from docket.engine import reading
from settings import Settings
from starter.cli.app import by_option, emit, json_option, now, recorder
from starter.words import both


@click.group(help="账号：发放一次性密码。One-time passwords.", epilog="例 example: qixian account issue admin")
def account() -> None:
    """Let people in."""


@account.command(
    help="给人员发放一次性密码，只显示一次。Give a person a one-time password; shown once.",
    epilog="例 example: qixian account issue clerk1",
)
@click.argument("person")
@by_option
@json_option
@click.pass_obj
def issue(settings: Settings, person: str, by: str | None, as_json: bool) -> None:
    """Give a person a one-time password."""
    with docket(settings) as engine:
        with reading(engine) as session:
            meant = person_meant(session, person)
        password = issue_password(engine, meant, now(), Actor(recorder(settings, by), COMMAND_LINE))
    emit(
        {"person": meant, "password": password}, as_json,
        lambda: [both("account.issued", person=meant, password=password)],
    )  # fmt: skip
