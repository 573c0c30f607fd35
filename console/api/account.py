"""Who calls, by API."""

from typing import Any

from fastapi import APIRouter

from console.api import answers
from console.api.caller import AnyCaller

router = APIRouter()


@router.get("/me", response_model=answers.Me, tags=["account 账号"])
def me(caller: AnyCaller) -> dict[str, Any]:
    """Say who calls, and what the token may do."""
    viewer = caller.viewer
    agencies = sorted(viewer.agencies) if viewer.agencies is not None else None
    return {
        "person": viewer.person, "name": viewer.name, "role": viewer.role, "agencies": agencies,
        "scopes": sorted(caller.scopes),
    }  # fmt: skip
