"""An answer as it is kept for a call that may be repeated: whole, and sealed under the key its client calls it by.

    sealed = seal_answer(response, key="8e03978e-40d5-43dd-bc93-6894a57f9324", of=b"…")
    open_answer(sealed, key=…, of=…)        # the response again, or REPEAT_OTHERWISE

The store has a digest of the key alone: whoever reads the store, and cannot guess the key, does not read what was answered. `of` names the call the answer
belongs to, so that a row that was moved does not open. A key that can be guessed protects nothing; answers that hold a secret take none such.
"""

from __future__ import annotations

import json
import zlib
from typing import TYPE_CHECKING, Final

from starlette.responses import Response, StreamingResponse

from trustkit.api_codes import ApiCode
from trustkit.crypto.cipher import CipherParameters, CipherSuite, decrypt, encrypt, fresh_parameters
from trustkit.crypto.contexts import Context
from trustkit.crypto.kdf import derive_hkdf
from trustkit.crypto.mac import MacAlgorithm
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

_VERSION: Final = b"\x01"
_LEFT_OUT: Final = frozenset({b"content-length", b"date"})
MAX_UNPACKED: Final = 32 * 1024 * 1024  # octets of an answer that is kept
_SUITE: Final = CipherSuite.SM4_GCM


async def whole(response: Response) -> Response:
    """Return the response with its whole body, which may have been going to be made while it is sent."""
    if not isinstance(response, StreamingResponse):
        return response
    pieces = [bytes(each) if not isinstance(each, str) else each.encode() async for each in response.body_iterator]
    made = Response(b"".join(pieces), status_code=response.status_code)
    made.raw_headers = [*_kept(response), (b"content-length", str(len(made.body)).encode())]
    return made


def seal_answer(response: Response, *, key: str, of: bytes, random: Callable[[int], bytes] | None = None) -> bytes:
    """Return the sealed answer: status, headers and body; nothing where it is larger than is kept."""
    body = bytes(response.body)
    if len(body) > MAX_UNPACKED:
        return b""
    head = {
        "status": response.status_code,
        "headers": [[k.decode("latin-1"), v.decode("latin-1")] for k, v in _kept(response)],
    }
    packed = zlib.compress(json.dumps(head).encode("ascii") + b"\n" + body)
    parameters = fresh_parameters(_SUITE) if random is None else fresh_parameters(_SUITE, random=random)
    return _VERSION + parameters.iv + encrypt(parameters, _secret(key, of), packed, associated=of)


def open_answer(sealed: bytes, *, key: str, of: bytes) -> Response:
    """Return the answer that `seal_answer` sealed. Raise REPEAT_OTHERWISE for what is none of this call's."""
    size = _SUITE.iv_size
    if sealed[:1] != _VERSION:
        raise TrustError(ApiCode.REPEAT_OTHERWISE, "the answer was kept by an earlier version")
    try:
        parameters = CipherParameters(suite=_SUITE, iv=sealed[1 : 1 + size])
        packed = decrypt(parameters, _secret(key, of), sealed[1 + size :], associated=of)
        unpacker = zlib.decompressobj()
        head, _, body = unpacker.decompress(packed, MAX_UNPACKED + len(packed) + 65536).partition(b"\n")
        told = json.loads(head)
        response = Response(body, status_code=int(told["status"]))
        response.raw_headers = [(k.encode("latin-1"), v.encode("latin-1")) for k, v in told["headers"]]
    except (ValueError, KeyError, TypeError, zlib.error, TrustError) as error:
        raise TrustError(ApiCode.REPEAT_OTHERWISE, "the answer that was kept cannot be opened by this key") from error
    response.raw_headers.append((b"content-length", str(len(body)).encode()))
    return response


def _kept(response: Response) -> list[tuple[bytes, bytes]]:
    return [(name, value) for name, value in response.raw_headers if name.lower() not in _LEFT_OUT]


def _secret(key: str, of: bytes) -> bytes:
    return derive_hkdf(
        MacAlgorithm.HMAC_SM3,
        key.encode("ascii"),
        salt=of,
        info=Context.KEPT_ANSWER.value.encode(),
        size=_SUITE.key_size,
    )
