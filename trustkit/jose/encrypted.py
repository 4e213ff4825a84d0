"""An encrypted token (compact JWE, RFC 7516) as a wallet answers with: ECDH-ES direct, AES-GCM, one way to write each octet.

    jwe = parse_jwe(text)
    open_jwe(jwe, shared)         # the secret that the recipient's key shares with `jwe.ephemeral`

Key wrapping, compression and other algorithms are not read: what is asked for is named in the request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.crypto.cipher import decrypt
from trustkit.crypto.cipher_suites import GCM_NONCE, GCM_TAG, CipherParameters, CipherSuite
from trustkit.crypto.kdf import derive_concat
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.text64 import decode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import Jwk, parse_jwk
from trustkit.jose.read import read_header, read_text
from trustkit.presentation_codes import PresentationCode

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

AGREEMENT: Final = "ECDH-ES"  # RFC 7518 4.6, direct: the agreed key encrypts the content
ENCRYPTIONS: Final = {"A256GCM": CipherSuite.AES256_GCM, "A128GCM": CipherSuite.AES128_GCM}
MAX_JWE: Final = 256 * 1024  # some ninety licences
MAX_PARTY: Final = 1024  # octets of apu and apv
_MAX_HEADER: Final = 8 * 1024
_PARTS: Final = 5
_REFUSED: Final = ("crit", "zip", "b64", "jku", "jwk", "x5u", "x5c")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedJwe:
    """A compact JWE taken apart; nothing in it is proved before it is opened.

    Attributes:
        encryption: by its name, which goes into the key, too.
        ephemeral: the sender's key of this one message.
        parties: `apu` and `apv`.
        associated: the octets of the header as found, which the tag covers.
        sealed: ciphertext and tag.
    """

    encryption: str
    key_id: str
    ephemeral: Jwk
    parties: tuple[bytes, bytes]
    associated: bytes = field(repr=False)
    nonce: bytes = field(repr=False)
    sealed: bytes = field(repr=False)


def parse_jwe(text: str | bytes) -> ReceivedJwe:
    """Return the parts of a compact JWE (RFC 7516 7.1).

    Raises:
        TrustError: INPUT_TOO_LARGE; JWE_MALFORMED (shape, a header that is not accepted, another algorithm than ECDH-ES with A128GCM or
            A256GCM, a key on another curve than P-256); JWS_MALFORMED for a header that is refused; BASE64_MALFORMED, JSON_*, JWK_MALFORMED, KEY_*.
    """
    if len(text) > MAX_JWE:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "JWE", octets=len(text), limit=MAX_JWE)
    try:
        raw = text.encode("ascii") if isinstance(text, str) else bytes(text)
    except UnicodeEncodeError as error:
        raise _malformed("not ASCII") from error
    parts = raw.split(b".", _PARTS)
    if len(parts) != _PARTS:
        raise _malformed("not five parts joined by dots")
    header = read_header(parts[0], refused=_REFUSED, max_size=_MAX_HEADER)
    encryption = read_text(header, "enc")
    if read_text(header, "alg") != AGREEMENT or encryption not in ENCRYPTIONS or parts[1]:
        raise _malformed(f"{AGREEMENT} with {' or '.join(ENCRYPTIONS)}")
    ephemeral = parse_jwk(header.get("epk"))
    if ephemeral.public_key.kind is not KeyKind.EC_P256:
        raise _malformed("epk is a key on P-256")
    nonce, tag = decode_base64url(parts[2]), decode_base64url(parts[4])
    if len(nonce) != GCM_NONCE or len(tag) != GCM_TAG:
        raise _malformed("nonce or tag of another size")
    return ReceivedJwe(
        encryption=encryption,
        key_id=read_text(header, "kid"),
        ephemeral=ephemeral,
        parties=(_party(header, "apu"), _party(header, "apv")),
        associated=parts[0],
        nonce=nonce,
        sealed=decode_base64url(parts[3]) + tag,
    )


def open_jwe(jwe: ReceivedJwe, shared: bytes) -> bytes:
    """Return the plaintext, by the secret shared with `jwe.ephemeral` (RFC 7518 4.6.2, 5.3). Raise DECRYPTION_FAILED."""
    suite = ENCRYPTIONS[jwe.encryption]
    name = jwe.encryption.encode("ascii")
    info = b"".join(len(each).to_bytes(4, "big") + each for each in (name, *jwe.parties))
    key = derive_concat(shared, info + (8 * suite.key_size).to_bytes(4, "big"), suite.key_size)
    return decrypt(CipherParameters(suite=suite, iv=jwe.nonce), key, jwe.sealed, associated=jwe.associated)


def _party(header: dict[str, JsonValue], name: str) -> bytes:
    value = header.get(name, "")
    if not isinstance(value, str) or len(value) > MAX_PARTY * 4 // 3 + 2:
        raise _malformed(f"{name} is a short text")
    return decode_base64url(value)


def _malformed(detail: str) -> TrustError:
    return TrustError(PresentationCode.JWE_MALFORMED, detail)
