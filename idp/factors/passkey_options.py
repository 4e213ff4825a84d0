"""What a browser is asked for a passkey with, as JSON (WebAuthn 5.1.8, 5.1.9, 5.4, 5.5)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.factors.passkey_model import ALGORITHMS
from trustkit.encoding.text64 import encode_base64url

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import timedelta

    from idp.factors.passkey_model import RelyingParty
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.store.passkeys import PasskeyRow

_KEY: Final = "public-key"
_MAX_NAME: Final = 64  # octets; authenticators cut longer ones (WebAuthn 6.4.1)


def creation_options(
    party: RelyingParty,
    *,
    challenge: str,
    user: bytes,
    account: str,
    known: Sequence[PasskeyRow],
    conveyance: str,
    life: timedelta,
) -> Mapping[str, JsonValue]:
    """Return the options for a new passkey: discoverable and with its owner recognised wherever the authenticator can."""
    shown = account.encode()[:_MAX_NAME].decode(errors="ignore")
    return {
        "rp": {"id": party.id, "name": party.name},
        "user": {"id": encode_base64url(user), "name": shown, "displayName": shown},
        "challenge": challenge,
        "pubKeyCredParams": [{"type": _KEY, "alg": algorithm} for algorithm in ALGORITHMS],
        "timeout": _milliseconds(life),
        "excludeCredentials": _descriptors(known),
        "authenticatorSelection": {
            "residentKey": "preferred",
            "requireResidentKey": False,
            "userVerification": "preferred",
        },
        "attestation": conveyance,
        "extensions": {"credProps": True},
    }


def request_options(
    party: RelyingParty, *, challenge: str, known: Sequence[PasskeyRow], alone: bool, life: timedelta
) -> Mapping[str, JsonValue]:
    """Return the options for the use of a passkey; without any known, the browser offers those it has for this site."""
    return {
        "challenge": challenge,
        "timeout": _milliseconds(life),
        "rpId": party.id,
        "allowCredentials": _descriptors(known),
        "userVerification": "required" if alone else "preferred",
    }


def _descriptors(known: Sequence[PasskeyRow]) -> list[JsonValue]:
    return [
        {"type": _KEY, "id": encode_base64url(row.credential), "transports": [*row.transports.split()]} for row in known
    ]


def _milliseconds(life: timedelta) -> int:
    return int(life.total_seconds() * 1000)
