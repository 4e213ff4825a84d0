"""UserInfo (OpenID Connect Core 5.3): what an access token with `openid` opens about its person: his subject, and little else.

The token comes as a header (RFC 6750 2.1, RFC 9449 7.1), bound as it is: a DPoP token with a fresh proof of its key over this request and
this token, a certificate-bound one over a connection with its certificate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from idp.group_commit import Written
from idp.op.client_model import OPENID
from idp.op.grants import grant_of_token
from idp.op.once import use_once
from idp.store_reading import read
from trustkit.error_family import PASSING
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode
from trustkit.jose.access_token import require_bearer, require_certificate, require_key
from trustkit.store import op_grants

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from idp.group_commit import GroupWriter
    from idp.op.introspection import TokenDesk
    from idp.op.people import PeopleView
    from idp.op.proof import ProofDesk, ProvenKey
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.jose.access_token import VerifiedAccessToken
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit

PATH: Final = "/userinfo"
MAX_AUTHORIZATION: Final = 64 * 1024
PROFILE: Final = "profile"
_TOLD: Final = ("acr", "amr", "auth_time", "org", "act")


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownToken:
    """What a request shows: the Authorization headers, the DPoP headers, the certificate's thumbprint (empty: none)."""

    authorization: tuple[str, ...] = field(repr=False)
    proofs: tuple[str, ...] = field(repr=False)
    certificate: str
    method: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UserInfo:
    """Answers what a token opens."""

    database: Database
    writer: GroupWriter
    desk: TokenDesk
    proofs: ProofDesk
    people: PeopleView

    async def of(self, shown: ShownToken, *, now: datetime) -> Mapping[str, JsonValue]:
        """Return the claims. Raise OP_TOKEN, OP_TOKEN_SCOPE, OP_PROOF, OP_PROOF_NONCE."""
        token, scheme = _token(shown.authorization)
        verified = self._verified(token, now)
        await self._require_shown(verified, token, scheme, shown, now=now)
        if OPENID not in verified.scopes:
            raise TrustError(IdentityCode.OP_TOKEN_SCOPE, "openid is needed")
        return await read(self.database, lambda unit: self._claims(unit, verified, now))

    def _verified(self, token: str, now: datetime) -> VerifiedAccessToken:
        tokens = self.desk.tokens
        try:
            return tokens.verify_access(token, audiences={tokens.rules.issuer}, now=now)
        except TrustError as error:
            if error.code.family in PASSING:
                raise
            raise TrustError(IdentityCode.OP_TOKEN, "not a token of ours for this, or expired") from error

    async def _require_shown(
        self, verified: VerifiedAccessToken, token: str, scheme: str, shown: ShownToken, *, now: datetime
    ) -> None:
        """Check that whoever sends a token is whom it is bound to."""
        proof: ProvenKey | None = None
        if scheme == "dpop":
            proof = self.proofs.read(shown.proofs, method=shown.method, path=PATH, now=now, access_token=token)
            if proof is None:
                raise TrustError(IdentityCode.OP_PROOF, "a DPoP proof is needed")
        try:
            if proof is not None:
                require_key(verified, proof.thumbprint)
            elif verified.confirmation.certificate:
                require_certificate(verified, shown.certificate)
            else:
                require_bearer(verified)
        except TrustError as error:
            raise TrustError(
                IdentityCode.OP_TOKEN, "the token is bound to something else than this request shows"
            ) from error
        if proof is not None:
            things = proof.once
            await self.writer.write(lambda uow: Written(None, refused=use_once(uow, things)))

    def _claims(self, unit: ReadUnit, verified: VerifiedAccessToken, now: datetime) -> Mapping[str, JsonValue]:
        grant = op_grants.find(unit, grant_of_token(verified.token_id))
        if grant is None or not self.desk.is_live(unit, verified, now=now):
            raise TrustError(IdentityCode.OP_TOKEN, "revoked, or its session, person or mandate is not good any more")
        members = verified.claims.members
        told = {name: members[name] for name in _TOLD if name in members}
        more = self.people.claims(unit, grant.person) if PROFILE in verified.scopes else {}
        return {**more, **told, "sub": verified.subject}


def _token(authorization: tuple[str, ...]) -> tuple[str, str]:
    """Return the token and its scheme in lower case. Raise OP_TOKEN."""
    if len(authorization) == 1 and len(authorization[0]) <= MAX_AUTHORIZATION:
        scheme, _, token = authorization[0].partition(" ")
        if scheme.lower() in {"bearer", "dpop"} and token.strip():
            return token.strip(), scheme.lower()
    raise TrustError(IdentityCode.OP_TOKEN, "one Authorization header with a token is needed")
