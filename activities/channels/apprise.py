"""Channels of Apprise: 企业微信, 钉钉, 飞书, plain webhooks and whatever else a URL of it names."""

import logging
from http import HTTPStatus
from types import ModuleType
from typing import Any
from urllib.parse import quote

import apprise
import requests
from apprise.plugins import dingtalk, feishu, wecombot

from activities.delivery import ChannelRefused
from docket.delivery import Parcel

# What it says is raised as the reason of a failure, without secrets; its own log has the URLs whole.
logging.getLogger("apprise").propagate = False

_ROBOTS: tuple[ModuleType, ...] = (wecombot, dingtalk, feishu)
_SHORTEST_SECRET = 6
_WECOM_CHARACTERS = 2048 // 3
"""企业微信 takes 2,048 bytes; a Chinese character is three."""


class AppriseChannel:
    """One service by its Apprise URL, in which `{address}` stands for the reader's address in it.

    None of these services can be told that a message is one it has taken already: a repeat after a crash is read twice.
    A plain webhook is given the notice's key as `key`, by which its receiver can tell.
    """

    def __init__(self, url: str) -> None:
        self._url = url
        self._secrets = sorted((part for part in _parts(url) if len(part) >= _SHORTEST_SECRET), key=len, reverse=True)

    def send(self, parcel: Parcel) -> None:
        """Hand one message to the service, or raise what went wrong, without the secrets of its URL."""
        if "{address}" in self._url and not parcel.target:
            raise ChannelRefused("no address of the reader's in this channel")
        service = instantiated(self._url.replace("{address}", quote(parcel.target, safe="")))
        if service is None:
            raise ChannelRefused("the address does not make a URL that Apprise understands")
        if isinstance(service, wecombot.NotifyWeComBot):
            service.body_maxlen = _WECOM_CHARACTERS
        if hasattr(service, "payload_extras"):
            service.payload_extras["key"] = parcel.key
        capture: Any = apprise.LogCapture
        with capture(level=logging.WARNING, fmt="%(message)s") as said:
            taken = service.notify(
                body=parcel.body, title=parcel.subject, body_format=apprise.NotifyFormat.TEXT, overflow="split"
            )
            reason = said.getvalue()
        if not taken:
            raise OSError(self._without_secrets(" ".join(reason.split()) or "not taken"))

    def _without_secrets(self, words: str) -> str:
        for secret in self._secrets:
            words = words.replace(secret, "…")
        return words


def instantiated(url: str) -> Any:
    """Return Apprise's object of a URL, or None where it understands none."""
    for module in _ROBOTS:
        vars(module)["requests"] = _ANSWERS
    return apprise.Apprise.instantiate(url, suppress_exceptions=True)


class _Answers:
    """What Apprise's robots ask over: requests, but a refusal in the body of an answer of 200 is one of 502.

    企业微信, 钉钉 and 飞书 answer 200 whatever happens and say in `errcode` or `code` that they took nothing; Apprise
    looks at the 200 alone, and a notice that nobody got would be recorded as sent.
    """

    def __getattr__(self, name: str) -> Any:
        return getattr(requests, name)

    def post(self, *args: Any, **options: Any) -> requests.Response:
        """Post, and judge the answer by what it says."""
        answer = requests.post(*args, **options)  # noqa: S113 (Apprise gives the time limit)
        try:
            said = answer.json()
        except requests.JSONDecodeError:
            said = None
        codes = [said.get(name) for name in ("errcode", "code", "StatusCode")] if isinstance(said, dict) else [None]
        if answer.ok and (any(codes) or all(code is None for code in codes)):
            logging.getLogger("apprise").warning("the service answered: %.300s", answer.text)
            answer.status_code = HTTPStatus.BAD_GATEWAY
        return answer


_ANSWERS = _Answers()


def _parts(url: str) -> list[str]:
    for sign in "/:@?&=":
        url = url.replace(sign, " ")
    return [part for part in url.split()[1:] if part != "{address}"]
