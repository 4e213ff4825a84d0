"""Redeeming an authorization code (RFC 6749 4.1.3, RFC 7636 4.6): once, by its client, with the verifier and the address it was asked with.

A code that comes a second time, whole, ends everything that came of the first (RFC 6749 4.1.2, RFC 9700 4.5): one of the two had stolen
it. A code that comes from another client or with a wrong verifier changes nothing: who can send such a thing could else end others' logins.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import TYPE_CHECKING

from idp.group_commit import Written
from idp.handles import is_handle
from idp.levels.acr import parse_acr_values
from idp.op.client_model import GrantType
from idp.op.grants import refused, revoke_grant
from idp.op.handles import HandleKind
from idp.op.parameters import malformed
from idp.op.words import VERIFIER
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import TrustError
from trustkit.identity import Principal
from trustkit.identity_codes import IdentityCode
from trustkit.store import op_grants

if TYPE_CHECKING:
    from datetime import datetime

    from idp.op.taking import Taken, Taking, TokenRequest
    from trustkit.store.op_grants import GrantRow
    from trustkit.store.unit_of_work import UnitOfWork


def redeem_code(uow: UnitOfWork, request: TokenRequest, taking: Taking) -> Written[Taken]:
    """Take a code. Raise OP_REQUEST_FORM, OP_GRANT_REFUSED; as `Taking.finish`."""
    parameters, client, now = request.parameters, request.proven.client, request.now
    code, verifier = parameters.need("code"), parameters.need("code_verifier")
    if VERIFIER.fullmatch(verifier) is None:
        raise malformed("code_verifier has 43 to 128 unreserved characters")
    code_sm3 = HandleKind.CODE.digest(code)
    row = op_grants.find_code(uow, code_sm3) if is_handle(code) else None
    grant = op_grants.find(uow, row.grant_id) if row is not None else None
    if row is None or grant is None or grant.client != client.identifier:
        raise refused("no such code of this client")
    if not hmac.compare_digest(_challenge(verifier), row.challenge):
        raise refused("code_verifier is not the one the code was asked with")
    if parameters.get("redirect_uri") != row.redirect_uri:
        raise refused("redirect_uri is not the one the code was asked with")
    if row.used_at is not None:
        return _reused(uow, grant, now)
    if now >= row.expires_at:
        raise refused("the code expired")
    return taking.finish(
        uow,
        request,
        grant,
        means=GrantType.CODE,
        spend=lambda: op_grants.use_code(uow, code_sm3, at=now),
        spent=lambda: _reused(uow, grant, now),
        nonce=row.nonce,
        demands=parse_acr_values(row.acr_values),
    )


def _reused(uow: UnitOfWork, grant: GrantRow, now: datetime) -> Written[Taken]:
    """End the grant, be it that the other use was long ago or in another process just now."""
    actor = Principal(id=f"client:{grant.client}")
    events = revoke_grant(uow, grant, reason="code-reused", actor=actor, now=now, reused=True)
    return Written(
        None,
        events,
        refused=TrustError(IdentityCode.OP_GRANT_REUSED, "the code was used before; its tokens are revoked"),
    )


def _challenge(verifier: str) -> str:
    return encode_base64url(hashlib.sha256(verifier.encode("ascii")).digest())
