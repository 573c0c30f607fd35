"""Payloads as Temporal keeps them: encrypted with a key of the settings, so that its database holds nobody's name.

AES-256-GCM by `cryptography`. Each payload names the key that it was encrypted with; the first key of the settings
encrypts, all of them decrypt. A payload that is not encrypted is read as it is, so encryption can be switched on while
letters are open, and a key can be changed: put the new one first, and take the old one away once no history is left
that was written with it.
"""

import base64
import binascii
import os
from collections.abc import Sequence
from dataclasses import replace
from hashlib import sha256

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from temporalio.api.common.v1 import Payload
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
    PayloadCodec,
)
from temporalio.exceptions import ApplicationError

from rules.errors import Refused
from settings import Settings

_ENCODING = b"binary/encrypted"
_KEY_BYTES = 32
_NONCE_BYTES = 12


_OF_MODELS = PydanticPayloadConverter()


class ModelConverter(CompositePayloadConverter):
    """Turns our models into JSON and back, with what one has built of their validators at hand for all.

    A worker makes a converter for each run of a workflow, and building a validator takes longer than using it.
    """

    def __init__(self) -> None:
        super().__init__(*_OF_MODELS.converters.values())


PLAIN = DataConverter(payload_converter_class=ModelConverter)
"""What turns our models into payloads that are not encrypted."""


class EncryptionCodec(PayloadCodec):
    """Encrypts with the first of some keys by name, and decrypts with whichever a payload names."""

    def __init__(self, keys: Sequence[tuple[str, bytes]]) -> None:
        self._first = keys[0][0]
        self._ciphers = {name: AESGCM(key) for name, key in keys}

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt payloads whole, their metadata too."""
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt payloads; those that are not encrypted stay as they are."""
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        # A nonce drawn anew each time is used twice only after some 2^32 payloads with one key (docs/production.md).
        nonce = os.urandom(_NONCE_BYTES)
        data = nonce + self._ciphers[self._first].encrypt(nonce, payload.SerializeToString(), self._first.encode())
        return Payload(metadata={"encoding": _ENCODING, "encryption-key-id": self._first.encode()}, data=data)

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != _ENCODING:
            return payload
        name = payload.metadata["encryption-key-id"].decode(errors="replace")
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise ApplicationError(f"no payload key {name!r} in QIXIAN_PAYLOAD_KEYS", type="NoPayloadKey")
        nonce, data = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(cipher.decrypt(nonce, data, name.encode()))
        except InvalidTag as error:
            raise ApplicationError(f"the payload key {name!r} does not fit", type="NoPayloadKey") from error


def data_converter(settings: Settings) -> DataConverter:
    """Return what turns our models into payloads: plain JSON without keys, encrypted with them; failures too."""
    keys = _keys(settings)
    if not keys:
        return PLAIN
    return replace(
        PLAIN,
        payload_codec=EncryptionCodec(keys),
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
    )


def fingerprints(settings: Settings) -> dict[str, str]:
    """Return what tells each key of the settings from another, by name; the first one encrypts."""
    return {name: sha256(b"qixian payload key" + key).hexdigest()[:16] for name, key in _keys(settings)}


def _keys(settings: Settings) -> list[tuple[str, bytes]]:
    """Read `NAME:KEY,NAME:KEY`; a key that is none is refused by its name alone."""
    found: list[tuple[str, bytes]] = []
    for part in filter(None, (each.strip() for each in settings.payload_keys.get_secret_value().split(","))):
        name, _, key = part.partition(":")
        try:
            data = base64.b64decode(key.replace("-", "+").replace("_", "/"), validate=True)
        except (binascii.Error, ValueError):
            data = b""
        if not name.isidentifier() or len(data) != _KEY_BYTES or name in dict(found):
            raise Refused("QIXIAN_PAYLOAD_KEYS", "payload_key", number=len(found) + 1)
        found.append((name, data))
    return found
