"""Letters that tests register; each takes the matter, and no two of the engine's tests may share one."""

import os
from typing import Any

from sqlalchemy import Engine

from docket.engine import reading
from docket.reads import find_letter

_TAKEN: dict[str, str] = {}


def _own(matter: str) -> str:
    """Return a matter to the test that takes it first: the engine's tests share one Temporal server."""
    test = os.environ.get("PYTEST_CURRENT_TEST", "").rpartition(" ")[0]
    if test.startswith("tests/engine/"):
        first = _TAKEN.setdefault(matter, test)
        assert first == test, f"the matter {matter!r} is already {first}'s"
    return matter


def dossier_of(engine: Engine, letter: str) -> str:
    """Return the id of the dossier that a letter is in, which is its workflow's."""
    with reading(engine) as session:
        return find_letter(session, letter).dossier.id


def mediation(matter: str, **more: Any) -> dict[str, Any]:
    """A mediation letter before filing, received on 10 March 2026 at half past nine."""
    return {
        "kind": "mediation_letter",
        "matter": _own(matter),
        "court": "武平县人民法院",
        "number": f"(2026)闽0824委{matter}号",
        "received_at": "2026-03-10T09:30:00+08:00",
        "stage": "pre",
        "agencies": [{"agency": "forestry"}],
        "parties": [{"role": "plaintiff", "name": "张三"}],
        **more,
    }


def oral(matter: str, **more: Any) -> dict[str, Any]:
    """An oral notice received on 10 March 2026 at half past nine."""
    return {
        "kind": "oral_notice",
        "matter": _own(matter),
        "court": "武平县人民法院",
        "received_at": "2026-03-10T09:30:00+08:00",
        "agencies": [{"agency": "forestry"}],
        **more,
    }


def judgment(matter: str, **more: Any) -> dict[str, Any]:
    """A first-instance judgment that revokes the act, served on 2 March 2026."""
    return {
        "kind": "judgment",
        "matter": _own(matter),
        "court": "武平县人民法院",
        "number": f"(2026)闽0824行初{matter}号",
        "received_at": "2026-03-03T09:30:00+08:00",
        "judged_on": "2026-02-27",
        "last_service_on": "2026-03-02",
        "outcomes": ["revoked"],
        "agencies": [{"agency": "forestry", "received_on": "2026-03-02"}],
        **more,
    }


FEEDBACK = {"done": "已面谈", "result": "尚在协调", "opinion": "建议继续"}
ELEMENTS = {"process": "三次约谈", "demands": "撤销登记", "issues": "界址", "reasons": "分歧未能弥合"}
