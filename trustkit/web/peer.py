"""The TLS certificate of a request's client, from the connection itself (the ASGI TLS extension); no header can say it."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from trustkit.encoding.pem import parse_pem
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from starlette.requests import Request


def peer_certificate(request: Request) -> bytes | None:
    """Return the certificate the client proved possession of in the handshake, DER; None when it showed none."""
    tls = request.scope.get("extensions", {}).get("tls", {})
    chain = tls.get("client_cert_chain") if isinstance(tls, dict) else None
    if not chain:
        return None
    try:
        blocks = parse_pem(str(chain[0]).encode("ascii", "replace"))
    except TrustError:
        return None
    return blocks[0].der if blocks else None


def certificate_thumbprint(request: Request) -> str:
    """Return the SHA-256 thumbprint of the client's certificate, base64url (`x5t#S256`, RFC 8705 3.1); empty when it showed none."""
    der = peer_certificate(request)
    return "" if der is None else encode_base64url(hashlib.sha256(der).digest())
