"""Facts that several types of event may carry, named for what they are of. `trustkit.audit.facts` says which type carries which."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.audit.fact_kinds import FactKind

if TYPE_CHECKING:
    from collections.abc import Mapping

CERTIFICATE: Final = MappingProxyType(
    {
        "certificate_sm3": FactKind.DIGEST,
        "issuer": FactKind.CODE,
        "not_after": FactKind.TIME,
        "profile": FactKind.CODE,
        "tbs_sm3": FactKind.DIGEST,
    }
)
REVOKED: Final = MappingProxyType(
    dict(sorted({**CERTIFICATE, "invalid_since": FactKind.TIME, "same_key_as": FactKind.HEX}.items()))
)
LICENCE: Final = MappingProxyType(
    {
        "basis_sm3": FactKind.DIGEST,
        "capsule_sm3": FactKind.DIGEST,
        "data_commitment": FactKind.DIGEST,
        "document_sm3": FactKind.DIGEST,
        "effective_at": FactKind.TIME,
        "format": FactKind.CODE,
        "licence_type": FactKind.CODE,
        "ofd_sm3": FactKind.DIGEST,
        "other": FactKind.CODE,
        "pdf_sm3": FactKind.DIGEST,
        "proposal": FactKind.CODE,
        "signer_serial": FactKind.HEX,
        "status_index": FactKind.COUNT,
        "status_list": FactKind.URI,
        "template_sm3": FactKind.DIGEST,
        "version": FactKind.COUNT,
    }
)
COPY: Final = MappingProxyType(
    {
        "authorisation": FactKind.CODE,
        "found": FactKind.COUNT,
        "licence": FactKind.CODE,
        "ofd_sm3": FactKind.DIGEST,
        "pdf_sm3": FactKind.DIGEST,
        "purpose_sm3": FactKind.DIGEST,
        "recipient_sm3": FactKind.DIGEST,
        "status_index": FactKind.COUNT,
        "status_list": FactKind.URI,
        "valid_from": FactKind.TIME,
        "valid_until": FactKind.TIME,
    }
)
COPY_AUTHORISATION: Final = MappingProxyType(
    {
        "acr": FactKind.CODE,
        "authenticated_at": FactKind.TIME,
        "authentication": FactKind.COUNT,
        "client": FactKind.CODE,
        "copies": FactKind.COUNT,
        "evidence_sm3": FactKind.DIGEST,
        "identity": FactKind.COUNT,
        "licence": FactKind.CODE,
        "mandate": FactKind.CODE,
        "purpose_sm3": FactKind.DIGEST,
        "recipient_sm3": FactKind.DIGEST,
        "request": FactKind.CODE,
        "session_sm3": FactKind.DIGEST,
        "source": FactKind.CODE,
        "valid_until": FactKind.TIME,
    }
)
COPY_REQUEST: Final = MappingProxyType(
    {
        "acr": FactKind.CODE,
        "authenticated_at": FactKind.TIME,
        "authentication": FactKind.COUNT,
        "authorisation": FactKind.CODE,
        "client": FactKind.CODE,
        "copies": FactKind.COUNT,
        "days": FactKind.COUNT,
        "expires_at": FactKind.TIME,
        "identity": FactKind.COUNT,
        "licence_type": FactKind.CODE,
        "purpose_sm3": FactKind.DIGEST,
        "recipient_sm3": FactKind.DIGEST,
        "session_sm3": FactKind.DIGEST,
    }
)
PROPOSAL: Final = MappingProxyType(
    {
        "act": FactKind.CODE,
        "expires_at": FactKind.TIME,
        "licence": FactKind.CODE,
        "licence_type": FactKind.CODE,
        "licences": FactKind.COUNT,
        "maker": FactKind.CODE,
        "order_sm3": FactKind.DIGEST,
    }
)
CREDENTIAL: Final = MappingProxyType(
    {
        "credential_sm3": FactKind.DIGEST,
        "event": FactKind.CODE,
        "expires_at": FactKind.TIME,
        "licence": FactKind.CODE,
        "possession": FactKind.CODE,
        "status_index": FactKind.COUNT,
        "status_list": FactKind.URI,
        "suite": FactKind.CODE,
    }
)
CREDENTIAL_OFFER: Final = MappingProxyType(
    {
        "binding": FactKind.CODE,
        "days": FactKind.COUNT,
        "expires_at": FactKind.TIME,
        "licence": FactKind.CODE,
        "suites": FactKind.CODE,
        "transaction_code": FactKind.CODE,
        "tries": FactKind.COUNT,
    }
)
TRUST_LIST: Final = {"list_sm3": FactKind.DIGEST, "number": FactKind.COUNT, "public_key_sm3": FactKind.DIGEST}
WEBHOOK: Final = MappingProxyType(
    {
        "attempts": FactKind.COUNT,
        "client": FactKind.CODE,
        "endpoint_sm3": FactKind.DIGEST,
        "number": FactKind.COUNT,
        "valid_until": FactKind.TIME,
    }
)
FACTOR: Final = MappingProxyType({"hardware": FactKind.COUNT, "kind": FactKind.CODE, "pseudonym": FactKind.CODE})
HASH: Final = MappingProxyType({"credential": FactKind.CODE, "signer_serial": FactKind.HEX, "suite": FactKind.CODE})
MESSAGE: Final = MappingProxyType({"form": FactKind.CODE, "signer_serial": FactKind.HEX})
PROVIDER_KEY: Final = MappingProxyType({"algorithm": FactKind.CODE, "public_key_sm3": FactKind.DIGEST})
RENEWAL: Final = {"document_sm3": FactKind.DIGEST, "good_until": FactKind.TIME}
OFFICIAL: Final = MappingProxyType({"acr": FactKind.CODE, "act": FactKind.CODE, "authenticated_at": FactKind.TIME})
MANDATE: Final = MappingProxyType(
    {
        "evidence_sm3": FactKind.DIGEST,
        "organisation_sm3": FactKind.DIGEST,
        "role": FactKind.CODE,
        "source": FactKind.CODE,
        "under": FactKind.CODE,
        "valid_until": FactKind.TIME,
        "whose": FactKind.CODE,
    }
)
SESSION: Final = MappingProxyType(
    {
        "authentication": FactKind.COUNT,
        "identity": FactKind.COUNT,
        "mandate": FactKind.CODE,
        "methods": FactKind.CODE,
        "provider": FactKind.CODE,
    }
)
SIGNED_FILE: Final = MappingProxyType(
    {
        "document_sm3": FactKind.DIGEST,
        "form": FactKind.CODE,
        "level": FactKind.CODE,
        "signer_serial": FactKind.HEX,
    }
)

ESCROW: Final = MappingProxyType(
    {
        "key_set": FactKind.HEX,
        "public_key_sm3": FactKind.DIGEST,
        "recipient_sm3": FactKind.DIGEST,
        "registration": FactKind.CODE,
        "tbs_sm3": FactKind.DIGEST,
    }
)
OPERATOR: Final = MappingProxyType(
    {
        "public_key_sm3": FactKind.DIGEST,
        "role": FactKind.CODE,
        "second_sponsor": FactKind.CODE,
        "second_statement_sm3": FactKind.DIGEST,
        "sponsor": FactKind.CODE,
        "statement_sm3": FactKind.DIGEST,
    }
)
REGISTRATION: Final = MappingProxyType(
    {
        "approvals": FactKind.COUNT,
        "client": FactKind.CODE,
        "decision": FactKind.CODE,
        "kind": FactKind.CODE,
        "needed": FactKind.COUNT,
        "profile": FactKind.CODE,
        "seal": FactKind.CODE,
        "serial": FactKind.HEX,
        "statement_sm3": FactKind.DIGEST,
    }
)
SEAL: Final = MappingProxyType(
    {
        "applicant": FactKind.CODE,
        "approvals": FactKind.COUNT,
        "certificates": FactKind.COUNT,
        "document_sm3": FactKind.DIGEST,
        "kind": FactKind.CODE,
        "maker_serial": FactKind.HEX,
        "picture_sm3": FactKind.DIGEST,
        "registration": FactKind.CODE,
        "since": FactKind.TIME,
        "valid_until": FactKind.TIME,
        "version": FactKind.COUNT,
    }
)
SITTING: Final = MappingProxyType(
    {
        "contributions": FactKind.COUNT,
        "custodian": FactKind.CODE,
        "key": FactKind.CODE,
        "key_set": FactKind.HEX,
        "purpose": FactKind.CODE,
        "sitting_sm3": FactKind.DIGEST,
    }
)

GRANT: Final = MappingProxyType(
    {
        "client": FactKind.CODE,
        "mandate": FactKind.CODE,
        "means": FactKind.CODE,
        "scopes_sm3": FactKind.DIGEST,
        "session": FactKind.CODE,
    }
)
TRAIL: Final = MappingProxyType(
    {"after": FactKind.COUNT, "events": FactKind.COUNT, "lines_sm3": FactKind.DIGEST, "upto": FactKind.COUNT}
)


def trail_and(**more: FactKind) -> Mapping[str, FactKind]:
    """Return the facts of an act on the trail, and these."""
    return MappingProxyType(dict(sorted({**TRAIL, **more}.items())))


TOKEN: Final = MappingProxyType(
    {
        "bound": FactKind.CODE,
        "client": FactKind.CODE,
        "expires_at": FactKind.TIME,
        "grant": FactKind.CODE,
        "means": FactKind.CODE,
        "scopes_sm3": FactKind.DIGEST,
    }
)

CALLER: Final = MappingProxyType(
    {"client": FactKind.CODE, "mandate": FactKind.CODE, "organisation_sm3": FactKind.DIGEST}
)


def caller_and(**more: FactKind) -> Mapping[str, FactKind]:
    """Return what is told of who calls by access token, and these."""
    return MappingProxyType(dict(sorted({**CALLER, **more}.items())))
