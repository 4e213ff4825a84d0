"""A short secret under a passphrase, beside a text in clear that it is bound to: our own files that are no private keys.

    data = encode_box("…place…", b"secret", passphrase, context=Context.MODULE_PIN)
    box = read_box(data, what="a module reference")
    box.open(passphrase, context=Context.MODULE_PIN)       # b"secret", or PASSPHRASE_WRONG

    Box ::= SEQUENCE { version INTEGER (1), text UTF8String, protection AlgorithmIdentifier, body OCTET STRING }

The protection is PBES2 as for private keys. PBES2 has no integrity code of its own: what it protects begins with the digest of the
context and the text, so that a secret is never handed out beside another text than the one it was stored with.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.custody.pbes2 import (
    DEFAULT_ITERATIONS,
    Protection,
    Scheme,
    fresh_scheme,
    read_scheme,
    require_whole_blocks,
)
from trustkit.encoding import der
from trustkit.encoding.der_write import integer, octet_string, sequence, utf8_string
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.custody.passphrase import Passphrase

_VERSION: Final = 1
_MAX_SIZE: Final = 16 * 1024  # four times the longest URI of a module
_MAX_DEPTH: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Box:
    """A box that was read and not opened. Nothing says yet that the text is the one the secret was stored with."""

    text: str
    what: str
    scheme: Scheme = field(repr=False)
    body: bytes = field(repr=False)

    def open(self, passphrase: Passphrase, *, context: Context) -> bytes:
        """Return the secret. Raise PASSPHRASE_WRONG, also when the text or the body was changed: nothing tells them apart."""
        try:
            opened = self.scheme.decrypt(passphrase, self.body)
        except TrustError:
            opened = b""
        bound = _bound(context, self.text)
        if not opened.startswith(bound) or len(opened) == len(bound):
            raise TrustError(ErrorCode.PASSPHRASE_WRONG, f"{self.what} does not open")
        return opened[len(bound) :]


def encode_box(
    text: str, secret: bytes, passphrase: Passphrase, *, context: Context, iterations: int = DEFAULT_ITERATIONS
) -> bytes:
    """Return the DER of a box. Raise PASSPHRASE_WEAK, USAGE for few iterations."""
    passphrase.require_strength()
    scheme = fresh_scheme(Protection.SM, iterations)
    body = scheme.encrypt(passphrase, _bound(context, text) + secret)
    return sequence(integer(_VERSION), utf8_string(text), scheme.algorithm_identifier(), octet_string(body))


def read_box(data: bytes, *, what: str) -> Box:
    """Return a box from its DER; the inverse of `encode_box`. `what` says in errors what it should have been.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, ALGORITHM_UNKNOWN, ALGORITHM_WEAK.
    """
    try:
        text, scheme, body = _read(data)
    except ValueError:  # a wrong number of members, from unpacking
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, f"not {what}") from None
    except TrustError as error:
        if error.code in {ErrorCode.ALGORITHM_UNKNOWN, ErrorCode.ALGORITHM_WEAK}:
            raise
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, f"not {what}") from error
    return Box(text=text, what=what, scheme=scheme, body=body)


def _read(data: bytes) -> tuple[str, Scheme, bytes]:
    outer = der.parse_strict(data, max_size=_MAX_SIZE, max_depth=_MAX_DEPTH)
    version, name, protection, body = der.children(data, outer)
    if der.decode_integer(der.expect(data, version, der.INTEGER, "version")) != _VERSION:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, "version")
    text = der.expect(data, name, der.UTF8_STRING, "text").decode("utf-8")
    ciphertext = require_whole_blocks(der.expect(data, body, der.OCTET_STRING, "body"))
    return text, read_scheme(data, protection), ciphertext


def _bound(context: Context, text: str) -> bytes:
    return digest(DigestAlgorithm.SM3, message_of(context, text.encode()))
