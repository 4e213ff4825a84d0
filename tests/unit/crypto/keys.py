"""Keys and engines the tests of this room share, made once a run."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from trustkit.crypto.engines.ipp import IppEngine
from trustkit.crypto.engines.openssl import OpensslEngine
from trustkit.custody.private_key import PrivateKey, SoftwareSigner, generate_key
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from trustkit.crypto.engines.port import Sm2Engine
    from trustkit.crypto.public_key import KeyKind


@cache
def key_of(kind: KeyKind) -> PrivateKey:
    return generate_key(kind)


def signer_of(kind: KeyKind) -> SoftwareSigner:
    return key_of(kind).signer()


@cache
def fast_engines() -> tuple[Sm2Engine, ...]:
    """Return libcrypto's engine, and libippcp's where its wheel is installed (x86-64 Linux)."""
    try:
        return OpensslEngine(), IppEngine()
    except TrustError:
        return (OpensslEngine(),)
