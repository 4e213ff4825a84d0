"""A platform of network identities for development and demonstration: it knows nobody and keeps nothing.

    simulator = NationalSimulator(sealing=sealing, production=False)
    simulator.app_answer("li-lei", sequence)      # what a person's app would hand over for one business: bound to it

Who is meant is a made-up word. It is turned into a network number by a keyed digest and written nowhere; a word that looks like a citizen
number is refused. A production home refuses the simulator, and it warns wherever it is made.
"""

from __future__ import annotations

import hmac
import logging
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from idp.connectors.national import NationalAnswer, NationalResult
from trustkit.encoding.text64 import decode_base64url, encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from idp.sealing import Sealing

_log = logging.getLogger(__name__)
_WORD: Final = re.compile(r"[a-z][a-z-]{0,30}")
_PURPOSE: Final = "national-simulator"


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalSimulator:
    """See the module. Raise SETTINGS_INSECURE in production."""

    sealing: Sealing
    production: bool

    def __post_init__(self) -> None:
        if self.production:
            told = "the simulator of network identities proves nothing about anybody"
            raise TrustError(ErrorCode.SETTINGS_INSECURE, told, key="idp.connector.simulator")
        _log.warning("network identities are simulated: nobody's identity is proved by them")

    def parameters(self) -> Mapping[str, str]:
        """See `NationalPlatform.parameters`."""
        return {"simulator": "1"}

    def app_answer(self, word: str, sequence: str) -> str:
        """Return the ``idCardAuthData`` of somebody's app for one business. Raise USAGE for what is no made-up word."""
        if not _WORD.fullmatch(word):
            raise TrustError(ErrorCode.USAGE, "a made-up word of small letters, never a name or a number of a person")
        proof = self.sealing.mac(_PURPOSE, b"answer", word.encode(), sequence.encode())
        return f"{word}.{encode_base64url(proof)}"

    async def confirm(self, answer: NationalAnswer, *, now: datetime) -> NationalResult:  # noqa: ARG002 - the protocol's
        """See `NationalPlatform.confirm`."""
        word, _, proof = answer.credential.partition(".")
        expected = self.sealing.mac(_PURPOSE, b"answer", word.encode(), answer.sequence.encode())
        if not hmac.compare_digest(_octets(proof), expected):
            raise TrustError(IdentityCode.IDP_UPSTREAM_DENIED, "not the answer of an app to this business")
        number = encode_base64url(self.sealing.mac(_PURPOSE, b"number", word.encode()))
        return NationalResult(number=number, level=answer.mode.value)


def _octets(text: str) -> bytes:
    try:
        return decode_base64url(text)
    except TrustError:
        return b""
