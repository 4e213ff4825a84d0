"""Which facts each type of event may carry, in one table.

A fact that is not in the table is refused, and so is one of the wrong kind. There is no kind for free text: every kind
is ASCII of a narrow form, so a person's name has no place to go. Adding a fact is adding it here, where a reviewer
sees it.
"""

from __future__ import annotations

import re
from enum import Enum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.audit.events import EventType, FactValue
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

# Ten digits at most: an 11-digit mobile number or an 18-digit citizen id is no count.
COUNT_LIMIT: Final = 10**10


@unique
class FactKind(Enum):
    """The forms a fact may have; the value is what a text must match in full, None for a number."""

    CODE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:+-]{0,127}")  # a stable word, an OID, a licence type
    COUNT = None  # an int from 0 to COUNT_LIMIT
    DIGEST = re.compile(r"[0-9a-f]{64}")  # SM3, hex
    HEX = re.compile(r"[0-9a-f]{1,64}")  # a serial number
    ROUTE = re.compile(r"/[A-Za-z0-9._~{}/-]{0,127}")  # a route's template, never the path that was asked for
    TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z")  # RFC 3339, UTC
    URI = re.compile(r"https?://[A-Za-z0-9.:\[\]-]{1,253}(/[A-Za-z0-9._~/-]{0,200})?")  # no user, no query


_CERTIFICATE: Final = MappingProxyType(
    {
        "certificate_sm3": FactKind.DIGEST,
        "issuer": FactKind.CODE,
        "not_after": FactKind.TIME,
        "profile": FactKind.CODE,
        "tbs_sm3": FactKind.DIGEST,
    }
)
_REVOKED: Final = MappingProxyType(
    dict(sorted({**_CERTIFICATE, "invalid_since": FactKind.TIME, "same_key_as": FactKind.HEX}.items()))
)
_LICENCE: Final = MappingProxyType(
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
        "signer_serial": FactKind.HEX,
        "status_index": FactKind.COUNT,
        "status_list": FactKind.URI,
        "template_sm3": FactKind.DIGEST,
        "version": FactKind.COUNT,
    }
)
_CREDENTIAL: Final = MappingProxyType(
    {
        "credential_sm3": FactKind.DIGEST,
        "expires_at": FactKind.TIME,
        "licence": FactKind.CODE,
        "possession": FactKind.CODE,
        "status_index": FactKind.COUNT,
        "status_list": FactKind.URI,
        "suite": FactKind.CODE,
    }
)
_TRUST_LIST: Final = {"list_sm3": FactKind.DIGEST, "number": FactKind.COUNT, "public_key_sm3": FactKind.DIGEST}
_FACTOR: Final = MappingProxyType({"hardware": FactKind.COUNT, "kind": FactKind.CODE, "pseudonym": FactKind.CODE})
_HASH: Final = MappingProxyType({"credential": FactKind.CODE, "signer_serial": FactKind.HEX, "suite": FactKind.CODE})
_MESSAGE: Final = MappingProxyType({"form": FactKind.CODE, "signer_serial": FactKind.HEX})
_PROVIDER_KEY: Final = MappingProxyType({"algorithm": FactKind.CODE, "public_key_sm3": FactKind.DIGEST})
_RENEWAL: Final = {"document_sm3": FactKind.DIGEST, "good_until": FactKind.TIME}
_OFFICIAL: Final = MappingProxyType({"acr": FactKind.CODE, "act": FactKind.CODE, "authenticated_at": FactKind.TIME})
_MANDATE: Final = MappingProxyType(
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
_SESSION: Final = MappingProxyType(
    {
        "authentication": FactKind.COUNT,
        "identity": FactKind.COUNT,
        "mandate": FactKind.CODE,
        "methods": FactKind.CODE,
        "provider": FactKind.CODE,
    }
)
_SIGNED_FILE: Final = MappingProxyType(
    {
        "document_sm3": FactKind.DIGEST,
        "form": FactKind.CODE,
        "level": FactKind.CODE,
        "signer_serial": FactKind.HEX,
    }
)

_ESCROW: Final = MappingProxyType(
    {
        "key_set": FactKind.HEX,
        "public_key_sm3": FactKind.DIGEST,
        "recipient_sm3": FactKind.DIGEST,
        "registration": FactKind.CODE,
        "tbs_sm3": FactKind.DIGEST,
    }
)
_OPERATOR: Final = MappingProxyType(
    {
        "public_key_sm3": FactKind.DIGEST,
        "role": FactKind.CODE,
        "second_sponsor": FactKind.CODE,
        "second_statement_sm3": FactKind.DIGEST,
        "sponsor": FactKind.CODE,
        "statement_sm3": FactKind.DIGEST,
    }
)
_REGISTRATION: Final = MappingProxyType(
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
_SEAL: Final = MappingProxyType(
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
_SITTING: Final = MappingProxyType(
    {
        "contributions": FactKind.COUNT,
        "custodian": FactKind.CODE,
        "key": FactKind.CODE,
        "key_set": FactKind.HEX,
        "purpose": FactKind.CODE,
        "sitting_sm3": FactKind.DIGEST,
    }
)

_GRANT: Final = MappingProxyType(
    {
        "client": FactKind.CODE,
        "mandate": FactKind.CODE,
        "means": FactKind.CODE,
        "scopes_sm3": FactKind.DIGEST,
        "session": FactKind.CODE,
    }
)
_TRAIL: Final = MappingProxyType(
    {"after": FactKind.COUNT, "events": FactKind.COUNT, "lines_sm3": FactKind.DIGEST, "upto": FactKind.COUNT}
)


def _trail_and(**more: FactKind) -> Mapping[str, FactKind]:
    return MappingProxyType(dict(sorted({**_TRAIL, **more}.items())))


_TOKEN: Final = MappingProxyType(
    {
        "bound": FactKind.CODE,
        "client": FactKind.CODE,
        "expires_at": FactKind.TIME,
        "grant": FactKind.CODE,
        "means": FactKind.CODE,
        "scopes_sm3": FactKind.DIGEST,
    }
)

FACTS: Final[Mapping[EventType, Mapping[str, FactKind]]] = MappingProxyType(
    {
        EventType.OFFICIAL_ACTED: _OFFICIAL,
        EventType.OFFICIAL_STEPPED_UP: _OFFICIAL,
        EventType.SERVICE_STARTED: {"engine": FactKind.CODE, "instance": FactKind.CODE, "version": FactKind.CODE},
        EventType.SERVICE_STOPPED: {"requests": FactKind.COUNT},
        EventType.TRAIL_EXPORTED: _TRAIL,
        EventType.TRAIL_READ: _trail_and(by=FactKind.CODE, limit=FactKind.COUNT, type=FactKind.CODE),
        EventType.TRAIL_REVIEWED: _trail_and(finding=FactKind.CODE),
        EventType.TRAIL_VERIFIED: _trail_and(findings=FactKind.COUNT),
        EventType.ACME_ACCOUNT_CHANGED: {},
        EventType.ACME_ACCOUNT_CREATED: {"external": FactKind.HEX},
        EventType.ACME_CHALLENGE_JUDGED: {"attempts": FactKind.COUNT, "means": FactKind.CODE},
        EventType.ACME_EXTERNAL_ADDED: {"expires_at": FactKind.TIME},
        EventType.ACME_EXTERNAL_REVOKED: {},
        EventType.ACME_ORDER_CREATED: {"account": FactKind.HEX, "identifiers": FactKind.COUNT},
        EventType.AUTHORITY_CREATED: {
            "key_kind": FactKind.CODE,
            "parent": FactKind.CODE,
            "profile": FactKind.CODE,
        },
        EventType.CERTIFICATE_ABANDONED: _CERTIFICATE,
        EventType.CERTIFICATE_INTENDED: _CERTIFICATE,
        EventType.CERTIFICATE_ISSUED: _CERTIFICATE,
        EventType.CERTIFICATE_RESUMED: _CERTIFICATE,
        EventType.CERTIFICATE_SUSPENDED: _CERTIFICATE,
        EventType.ACTIVATION_GRANTED: {
            "expires_at": FactKind.TIME,
            "hashes": FactKind.COUNT,
            "hashes_sm3": FactKind.DIGEST,
        },
        EventType.CLIENT_ADDED: {
            "expires_at": FactKind.TIME,
            "grant_sm3": FactKind.DIGEST,
            "role": FactKind.CODE,
            "secret_sm3": FactKind.DIGEST,
        },
        EventType.CLIENT_CALLED: {"means": FactKind.CODE},
        EventType.CLIENT_DENIED: {},
        EventType.CLIENT_GRANTED: {"grant_sm3": FactKind.DIGEST},
        EventType.CLIENT_REVOKED: {},
        EventType.CERTIFICATE_REVOKED: _REVOKED,
        EventType.CLOCK_ACCEPTED: {"mark": FactKind.TIME},
        EventType.CRL_PUBLISHED: {
            "base": FactKind.COUNT,
            "crl_sm3": FactKind.DIGEST,
            "entries": FactKind.COUNT,
            "issuer": FactKind.CODE,
            "kind": FactKind.CODE,
            "next_update": FactKind.TIME,
            "number": FactKind.COUNT,
            "scope": FactKind.CODE,
        },
        EventType.ESCROW_DESTROYED: _ESCROW,
        EventType.ESCROW_KEPT: _ESCROW,
        EventType.ESCROW_LISTED: {"records": FactKind.COUNT},
        EventType.ESCROW_OPENED: _ESCROW,
        EventType.OPERATOR_ENROLLED: _OPERATOR,
        EventType.OPERATOR_REVOKED: _OPERATOR,
        EventType.REGISTRATION_ALTERED: {"kind": FactKind.CODE},
        EventType.REGISTRATION_APPROVED: _REGISTRATION,
        EventType.REGISTRATION_CLOSED: _REGISTRATION,
        EventType.REGISTRATION_DECIDED: _REGISTRATION,
        EventType.REGISTRATION_SUBMITTED: _REGISTRATION,
        EventType.REGISTRATION_WORKED: _REGISTRATION,
        EventType.HASH_DENIED: {},
        EventType.HASH_INTENDED: _HASH,
        EventType.HASH_SIGNED: _HASH,
        EventType.OCSP_PUBLISHED: {
            "answers": FactKind.COUNT,
            "issuer": FactKind.CODE,
            "next_update": FactKind.TIME,
            "revoked": FactKind.COUNT,
        },
        EventType.TIMESTAMP_ISSUED: {
            "imprint": FactKind.HEX,
            "policy": FactKind.CODE,
            "token_sm3": FactKind.DIGEST,
        },
        EventType.KEY_CREATED: {"key_kind": FactKind.CODE, "public_key_sm3": FactKind.DIGEST},
        EventType.KEY_SHARED: {
            "key_set": FactKind.HEX,
            "public_key_sm3": FactKind.DIGEST,
            "replaces": FactKind.HEX,
            "set_sm3": FactKind.DIGEST,
            "shares": FactKind.COUNT,
            "threshold": FactKind.COUNT,
        },
        **{each: _SITTING for each in EventType if each.value.startswith("custody:sitting:")},
        **{each: _TRUST_LIST for each in EventType if each.value.startswith("esign:trust-list:")},
        **{each: _CREDENTIAL for each in EventType if each.value.startswith("esign:credential:")},
        **{each: _LICENCE for each in EventType if each.value.startswith("esign:licence:")},
        EventType.MESSAGE_INTENDED: _MESSAGE,
        EventType.MESSAGE_SIGNED: _MESSAGE,
        EventType.OFD_INTENDED: _SIGNED_FILE,
        EventType.OFD_SIGNED: _SIGNED_FILE,
        EventType.PDF_RENEWAL_INTENDED: _RENEWAL,
        EventType.PDF_INTENDED: _SIGNED_FILE,
        EventType.PDF_RENEWED: _RENEWAL,
        EventType.PDF_SIGNED: _SIGNED_FILE,
        **{each: _SEAL for each in EventType if each.value.startswith("esign:seal:")},
        EventType.SEAL_LISTED: {"records": FactKind.COUNT},
        EventType.STATUS_LIST_PUBLISHED: {
            "entries": FactKind.COUNT,
            "expires_at": FactKind.TIME,
            "number": FactKind.COUNT,
            "revoked": FactKind.COUNT,
            "token_sm3": FactKind.DIGEST,
        },
        EventType.HOME_INITIALISED: {
            "certificates": FactKind.COUNT,
            "instance": FactKind.CODE,
            "root_sm3": FactKind.DIGEST,
        },
        EventType.LOGIN_NAME_ADDED: {},
        EventType.LOGIN_REFUSED: {"means": FactKind.CODE, "stage": FactKind.CODE},
        EventType.CONFIRMATION_ANSWERED: {
            "decision": FactKind.CODE,
            "pseudonym": FactKind.CODE,
            "tries": FactKind.COUNT,
        },
        EventType.FACTOR_ENROLLED: _FACTOR,
        EventType.FACTOR_LOCKED: {"failures": FactKind.COUNT, "kind": FactKind.CODE},
        EventType.FACTOR_RELEASED: {"keys": FactKind.COUNT},
        EventType.FACTOR_REMOVED: _FACTOR,
        EventType.FACTOR_RENEWED: _FACTOR,
        EventType.FACTOR_SUSPECTED: {"counter": FactKind.COUNT, **_FACTOR},
        EventType.OP_CLIENT_CHANGED: {"registration_sm3": FactKind.DIGEST},
        EventType.OP_CLIENT_REGISTERED: {"registration_sm3": FactKind.DIGEST, "secret_sm3": FactKind.DIGEST},
        EventType.OP_CLIENT_REVOKED: {"grants": FactKind.COUNT},
        EventType.OP_CONSENT_GIVEN: {"client": FactKind.CODE, "scopes_sm3": FactKind.DIGEST},
        EventType.OP_CONSENT_WITHDRAWN: {"client": FactKind.CODE, "grants": FactKind.COUNT},
        EventType.OP_GRANT_MADE: _GRANT,
        EventType.OP_GRANT_REUSED: _GRANT,
        EventType.OP_GRANT_REVOKED: _GRANT,
        EventType.OP_KEY_ACTIVATED: _PROVIDER_KEY,
        EventType.OP_KEY_MADE: _PROVIDER_KEY,
        EventType.OP_KEY_REMOVED: _PROVIDER_KEY,
        EventType.OP_KEY_RETIRED: _PROVIDER_KEY,
        EventType.OP_LOGOUT_TOLD: {"attempts": FactKind.COUNT, "client": FactKind.CODE},
        EventType.OP_POLL_ANSWERED: {"client": FactKind.CODE, "factor": FactKind.CODE, "kind": FactKind.CODE},
        EventType.OP_POLL_BEGUN: {"client": FactKind.CODE, "kind": FactKind.CODE},
        EventType.OP_REGISTRATION_OPENED: {"expires_at": FactKind.TIME, "uses": FactKind.COUNT},
        EventType.OP_TOKEN_ISSUED: _TOKEN,
        EventType.OP_TOKEN_REFUSED: {"client": FactKind.CODE, "means": FactKind.CODE},
        EventType.OP_TOKEN_REVOKED: _TOKEN,
        EventType.DOCUMENT_SEEN: {"kind": FactKind.CODE},
        EventType.LINK_MADE: {"provider": FactKind.CODE},
        EventType.LINK_REMOVED: {"provider": FactKind.CODE},
        EventType.MANDATE_ADDED: _MANDATE,
        EventType.MANDATE_ENDED: _MANDATE,
        EventType.MANDATE_PROLONGED: {"source": FactKind.CODE, "valid_until": FactKind.TIME},
        **{each: {"office": FactKind.CODE} for each in (EventType.OFFICE_ASSIGNED, EventType.OFFICE_REMOVED)},
        **{each: {} for each in (EventType.PERSON_CREATED, EventType.PERSON_LOCKED, EventType.PERSON_UNLOCKED)},
        EventType.SESSION_BEGUN: _SESSION,
        EventType.SESSION_ENDED: {"whose": FactKind.CODE},
        EventType.SESSION_RAISED: _SESSION,
        EventType.SESSION_ROLE: _SESSION,
        EventType.FILE_VERIFIED: {
            "client": FactKind.CODE,
            "failed": FactKind.COUNT,
            "format": FactKind.CODE,
            "indication": FactKind.CODE,
            "mandate": FactKind.CODE,
            "octets": FactKind.COUNT,
            "organisation_sm3": FactKind.DIGEST,
            "policy_sm3": FactKind.DIGEST,
            "record_sm3": FactKind.DIGEST,
            "report_sm3": FactKind.DIGEST,
            "signatures": FactKind.COUNT,
            "sub_indication": FactKind.CODE,
        },
        EventType.REQUEST_REFUSED: {"requests": FactKind.COUNT, "route": FactKind.ROUTE, "status": FactKind.COUNT},
    }
)


def require_allowed(event_type: EventType, facts: Mapping[str, FactValue]) -> None:
    """Raise AUDIT_PERSONAL_DATA unless every fact stands in the table and has its form."""
    allowed = FACTS[event_type]
    for name, value in facts.items():
        kind = allowed.get(name)
        if kind is None:
            # The name is the caller's word and may itself be data: it is not repeated.
            raise TrustError(ErrorCode.AUDIT_PERSONAL_DATA, "a fact is not in the table", type=event_type.value)
        if not _has_form(kind, value):
            raise TrustError(
                ErrorCode.AUDIT_PERSONAL_DATA, "a fact has not its kind's form", type=event_type.value, fact=name
            )


def _has_form(kind: FactKind, value: object) -> bool:
    pattern = kind.value
    if pattern is None:
        return isinstance(value, int) and not isinstance(value, bool) and 0 <= value < COUNT_LIMIT
    return isinstance(value, str) and pattern.fullmatch(value) is not None
