"""What a Temporal namespace must know before letters can start there."""

import asyncio

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.common import SearchAttributeIndexedValueType as Kind
from temporalio.service import RPCError, RPCStatusCode

from cluster.connect import asking
from cluster.errors import Unreachable
from workflows import attributes

_PATIENCE_SECONDS = 30
_TYPES: dict[Kind, IndexedValueType.ValueType] = {
    Kind.KEYWORD: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    Kind.KEYWORD_LIST: IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD_LIST,
}


async def ensure_search_attributes(client: Client) -> None:
    """Register the search attributes that are missing, and wait until the server knows them."""
    with asking():
        await _ensured(client)


async def _ensured(client: Client) -> None:
    wanted = {key.name: _TYPES[key.indexed_value_type] for key in attributes.ALL}
    missing = wanted.keys() - await _known(client)
    if not missing:
        return
    try:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=client.namespace, search_attributes={name: wanted[name] for name in missing}
            )
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            names = ", ".join(sorted(missing))
            raise Unreachable(
                "temporal", f"search attributes {names} are missing and can't be added: {error}"
            ) from error
    for _ in range(_PATIENCE_SECONDS * 10):
        if not wanted.keys() - await _known(client):
            return
        await asyncio.sleep(0.1)
    raise Unreachable("temporal", f"search attributes are not there after {_PATIENCE_SECONDS} s")


async def _known(client: Client) -> set[str]:
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return set(listed.custom_attributes)
