"""Making trust lists: a compact JWS that carries the operator's certificate.

octets = sign_trust_list(plan, number=7, issued_at=now, expires_at=now + month, signer=signer, chain=(certificate,))
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.trustlist.model import TRUST_LIST_TYPE, VERSION
from esign.trustlist.read import parse_trust_list
from trustkit.capsule_codes import CapsuleCode
from trustkit.cms.sign import require_own_key
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import TrustError
from trustkit.jose.sign import certificate_header, sign_jws

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.certificate import Certificate


def sign_trust_list(
    plan: JsonValue,
    *,
    number: int,
    issued_at: datetime,
    expires_at: datetime,
    signer: Signer,
    chain: tuple[Certificate, ...],
    next_key: str = "",
) -> bytes:
    """Return the list of a plan: an object of `uri`, `issuers` and perhaps `equivalents`, as docs/trust-lists.md has them.

    Raises:
        TrustError: TRUST_LIST_MALFORMED for a plan whose list would not be read; USAGE for another's certificate; ALGORITHM_MISMATCH;
            what the signer raises.
    """
    require_own_key(signer, chain[0])
    if not isinstance(plan, dict) or plan.keys() - {"uri", "issuers", "equivalents"} or "uri" not in plan:
        raise TrustError(CapsuleCode.TRUST_LIST_MALFORMED, "uri, issuers, equivalents and nothing else", member="plan")
    claims = {name: value for name, value in plan.items() if name != "uri"}
    payload = canonical_json(
        {
            **claims,
            "version": VERSION,
            "sub": plan["uri"],
            "number": number,
            "iat": int(issued_at.timestamp()),
            "exp": int(expires_at.timestamp()),
            **({"next_key": next_key} if next_key else {}),
        }
    )
    text = sign_jws({"typ": TRUST_LIST_TYPE, "x5c": certificate_header(chain)}, payload, signer)
    octets = text.encode("ascii")
    parse_trust_list(octets)
    return octets
