"""What becomes of copies, as security event tokens (RFC 8417): one change each, for one address.

claims = change_claims(notice, issuer=ISSUER, audience=url, webhook="wh-…", now=now)
text = sign_jwt(claims, signer, kind=EVENT_KIND, key_id=kid)

The same change has the same `jti` however often it is sent. `aud` is the address it is sent to, so that no other receiver takes it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.jose.claims import numeric_date

if TYPE_CHECKING:
    from datetime import datetime

    from esign.copies.notices import CopyNotice
    from trustkit.encoding.canonical_json import JsonValue

EVENT_KIND: Final = "secevent+jwt"  # RFC 8417 2.3
MEDIA_TYPE: Final = "application/secevent+jwt"  # RFC 8417 7.2
_EVENT: Final = "urn:trustkit:sharing:"
VERIFICATION: Final = f"{_EVENT}verification"


def change_claims(
    notice: CopyNotice, *, issuer: str, audience: str, webhook: str, now: datetime
) -> dict[str, JsonValue]:
    """Return the claims of one change (RFC 8417 2.2); `sub_id` is its licence (RFC 9493 3.2.5), `toe` when it happened."""
    event: dict[str, JsonValue] = {"sequence": notice.sequence, **notice.to_json()}
    return {
        **_claims(f"{webhook}.{notice.sequence}", issuer, audience, now),
        "sub_id": {"format": "opaque", "id": notice.licence},
        "toe": numeric_date(notice.at),
        "events": {f"{_EVENT}{notice.change}": event},
    }


def verification_claims(
    state: str, *, issuer: str, audience: str, token_id: str, now: datetime
) -> dict[str, JsonValue]:
    """Return the claims that ask an address whether it wants to be told: it answers with `state`."""
    return {**_claims(token_id, issuer, audience, now), "events": {VERIFICATION: {"state": state}}}


def _claims(token_id: str, issuer: str, audience: str, now: datetime) -> dict[str, JsonValue]:
    return {"iss": issuer, "aud": audience, "jti": token_id, "iat": numeric_date(now)}
