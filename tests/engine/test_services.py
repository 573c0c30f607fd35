"""Channels of Apprise against a web server that answers as the services do."""

from collections.abc import Iterator

import pytest

from activities.channels.apprise import AppriseChannel
from activities.channels.opening import channels
from activities.delivery import ChannelRefused
from docket.delivery import Parcel
from rules.errors import Refused
from settings import Settings
from tests.conftest import START
from tests.support.robots import Robots, robots

KEY = "wuping/oral_notice/one/2026-03-10#1:bureau:clerk1"
SECRET = "0123abcd-4567-89ef"
URLS = {
    "wecom": f"wecombot://{SECRET}",
    "dingtalk": f"dingtalk://{SECRET.replace('-', '')}/{{address}}",
    "feishu": f"feishu://{SECRET.replace('-', '')}",
}


@pytest.fixture
def services(monkeypatch: pytest.MonkeyPatch) -> Iterator[Robots]:
    with robots(monkeypatch) as running:
        yield running


def parcel(target: str = "13800000000", body: str = "案件 one：\n1. 反馈") -> Parcel:
    return Parcel(KEY, "wecom", target, "【提醒】one", body, START, 1)


@pytest.mark.parametrize("service", URLS)
def test_a_robot_is_told_subject_and_body(services: Robots, service: str) -> None:
    AppriseChannel(URLS[service]).send(parcel())
    ((path, said),) = services.taken
    words = said.get("text", said.get("content"))
    assert SECRET.replace("-", "") in path.replace("-", "")
    assert (words.get("content") or words.get("text")).split() == ["【提醒】one", "案件", "one：", "1.", "反馈"]
    if service == "dingtalk":
        assert said["at"]["atMobiles"] == ["13800000000"]


@pytest.mark.parametrize("service", URLS)
@pytest.mark.parametrize("answer", [{"errcode": 93000, "errmsg": "invalid"}, {"code": 9499, "msg": "Bad Request"}, {}])
def test_a_refusal_in_an_answer_of_200_is_no_success(services: Robots, service: str, answer: dict[str, object]) -> None:
    """Apprise itself takes every 200 for success, and a notice that nobody got would be recorded as sent."""
    services.answer = answer
    with pytest.raises(OSError, match="the service answered"):
        AppriseChannel(URLS[service]).send(parcel())


@pytest.mark.parametrize("service", URLS)
def test_what_went_wrong_is_said_without_the_secret(services: Robots, service: str) -> None:
    services.status, services.answer = 500, f"no such robot {SECRET} {SECRET.replace('-', '')}"
    with pytest.raises(OSError, match=r"no such robot|Failed to send") as failure:
        AppriseChannel(URLS[service]).send(parcel())
    assert SECRET not in str(failure.value)
    assert SECRET.replace("-", "") not in str(failure.value)


def test_a_service_that_is_away_fails_for_now(services: Robots) -> None:
    with pytest.raises(OSError, match="Connection error"):
        AppriseChannel("json://127.0.0.1:9/hook").send(parcel())


def test_a_plain_webhook_is_given_the_key_by_which_to_know_a_repeat(services: Robots) -> None:
    AppriseChannel(f"json://127.0.0.1:{services.port}/hook").send(parcel())
    ((path, said),) = services.taken
    assert (path, said["title"], said["message"]) == ("/hook", "【提醒】one", "案件 one：\n1. 反馈")
    assert said["key"] == KEY


def test_a_long_digest_is_parted_so_that_wecom_takes_each_part(services: Robots) -> None:
    AppriseChannel(URLS["wecom"]).send(parcel(body="反馈协调化解情况。" * 200))
    assert len(services.taken) > 1
    assert all(len(said["text"]["content"].encode()) <= 2048 for _, said in services.taken)
    assert "".join(said["text"]["content"] for _, said in services.taken).count("反馈") == 200


def test_an_address_that_makes_no_url_is_refused_for_good(services: Robots) -> None:
    with pytest.raises(ChannelRefused):
        AppriseChannel("dingtalk://{address}").send(parcel(target=""))


def test_a_reader_without_an_address_in_a_channel_that_wants_one_is_refused_for_good(services: Robots) -> None:
    with pytest.raises(ChannelRefused, match="no address"):
        AppriseChannel(f"json://127.0.0.1:{services.port}/hook/{{address}}").send(parcel(target=""))
    assert services.taken == []


def test_channels_are_those_of_the_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIXIAN_CHANNELS", '{"wecom": "wecombot://0123abcd", "hook": "json://127.0.0.1:9/{address}"}')
    settings = Settings()
    assert settings.outside == {"wecom", "hook"}
    assert set(channels(settings)) == {"wecom", "hook"}
    # The secret does not show where settings are printed.
    assert "0123abcd" not in repr(settings)


def test_a_url_that_apprise_does_not_know_is_refused_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QIXIAN_CHANNELS", '{"pigeon": "pigeon://secretsecret"}')
    with pytest.raises(Refused, match="pigeon") as refused:
        channels(Settings())
    assert "secretsecret" not in str(refused.value)
