"""Which facts each type of event may carry, in one table.

A fact that is not in the table is refused, and so is one of the wrong kind. There is no kind for free text: every kind
is ASCII of a narrow form, so a person's name has no place to go. Adding a fact is adding it here, where a reviewer
sees it.
"""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.audit import fact_groups as of
from trustkit.audit.events import EventType, FactValue
from trustkit.audit.fact_kinds import COUNT_LIMIT, FactKind
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

FACTS: Final[Mapping[EventType, Mapping[str, FactKind]]] = MappingProxyType(
    {
        EventType.OFFICIAL_ACTED: of.OFFICIAL,
        EventType.OFFICIAL_STEPPED_UP: of.OFFICIAL,
        EventType.SERVICE_STARTED: {"engine": FactKind.CODE, "instance": FactKind.CODE, "version": FactKind.CODE},
        EventType.SERVICE_STOPPED: {"requests": FactKind.COUNT},
        EventType.TRAIL_EXPORTED: of.TRAIL,
        EventType.TRAIL_READ: of.trail_and(by=FactKind.CODE, limit=FactKind.COUNT, type=FactKind.CODE),
        EventType.TRAIL_REVIEWED: of.trail_and(finding=FactKind.CODE),
        EventType.TRAIL_VERIFIED: of.trail_and(findings=FactKind.COUNT),
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
        EventType.CERTIFICATE_ABANDONED: of.CERTIFICATE,
        EventType.CERTIFICATE_INTENDED: of.CERTIFICATE,
        EventType.CERTIFICATE_ISSUED: of.CERTIFICATE,
        EventType.CERTIFICATE_RESUMED: of.CERTIFICATE,
        EventType.CERTIFICATE_SUSPENDED: of.CERTIFICATE,
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
        EventType.CERTIFICATE_REVOKED: of.REVOKED,
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
        EventType.ESCROW_DESTROYED: of.ESCROW,
        EventType.ESCROW_KEPT: of.ESCROW,
        EventType.ESCROW_LISTED: {"records": FactKind.COUNT},
        EventType.ESCROW_OPENED: of.ESCROW,
        EventType.OPERATOR_ENROLLED: of.OPERATOR,
        EventType.OPERATOR_REVOKED: of.OPERATOR,
        EventType.REGISTRATION_ALTERED: {"kind": FactKind.CODE},
        EventType.REGISTRATION_APPROVED: of.REGISTRATION,
        EventType.REGISTRATION_CLOSED: of.REGISTRATION,
        EventType.REGISTRATION_DECIDED: of.REGISTRATION,
        EventType.REGISTRATION_SUBMITTED: of.REGISTRATION,
        EventType.REGISTRATION_WORKED: of.REGISTRATION,
        EventType.HASH_DENIED: {},
        EventType.HASH_INTENDED: of.HASH,
        EventType.HASH_SIGNED: of.HASH,
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
        **{each: of.SITTING for each in EventType if each.value.startswith("custody:sitting:")},
        **{each: of.TRUST_LIST for each in EventType if each.value.startswith("esign:trust-list:")},
        **{each: of.WEBHOOK for each in EventType if each.value.startswith("esign:webhook:")},
        EventType.HOLDER_LINKED: {},
        EventType.COPY_AUTHORISED: of.COPY_AUTHORISATION,
        EventType.COPY_AUTHORISATION_WITHDRAWN: of.COPY_AUTHORISATION,
        **{each: of.COPY_REQUEST for each in EventType if each.value.startswith("esign:copy-request:")},
        **{each: of.COPY for each in EventType if each.value.startswith("esign:copy:")},
        **{each: of.CREDENTIAL for each in EventType if each.value.startswith("esign:credential:")},
        **{each: of.CREDENTIAL_OFFER for each in EventType if each.value.startswith("esign:credential-offer:")},
        **{each: of.LICENCE for each in EventType if each.value.startswith("esign:licence:")},
        **{each: of.PROPOSAL for each in EventType if each.value.startswith("esign:licence-proposal:")},
        EventType.LICENCE_TYPE_ADOPTED: {
            "replaced_sm3": FactKind.DIGEST,
            "shipped_sm3": FactKind.DIGEST,
            "standing": FactKind.CODE,
        },
        EventType.MESSAGE_INTENDED: of.MESSAGE,
        EventType.MESSAGE_SIGNED: of.MESSAGE,
        EventType.OFD_INTENDED: of.SIGNED_FILE,
        EventType.OFD_SIGNED: of.SIGNED_FILE,
        EventType.PDF_RENEWAL_INTENDED: of.RENEWAL,
        EventType.PDF_INTENDED: of.SIGNED_FILE,
        EventType.PDF_RENEWED: of.RENEWAL,
        EventType.PDF_SIGNED: of.SIGNED_FILE,
        **{each: of.SEAL for each in EventType if each.value.startswith("esign:seal:")},
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
        EventType.FACTOR_ENROLLED: of.FACTOR,
        EventType.FACTOR_LOCKED: {"failures": FactKind.COUNT, "kind": FactKind.CODE},
        EventType.FACTOR_RELEASED: {"keys": FactKind.COUNT},
        EventType.FACTOR_REMOVED: of.FACTOR,
        EventType.FACTOR_RENEWED: of.FACTOR,
        EventType.FACTOR_SUSPECTED: {"counter": FactKind.COUNT, **of.FACTOR},
        EventType.OP_CLIENT_CHANGED: {"registration_sm3": FactKind.DIGEST},
        EventType.OP_CLIENT_REGISTERED: {"registration_sm3": FactKind.DIGEST, "secret_sm3": FactKind.DIGEST},
        EventType.OP_CLIENT_RENEWED: {"former_until": FactKind.TIME, "secret_sm3": FactKind.DIGEST},
        EventType.OP_CLIENT_REVOKED: {"grants": FactKind.COUNT},
        EventType.OP_CONSENT_GIVEN: {"client": FactKind.CODE, "scopes_sm3": FactKind.DIGEST},
        EventType.OP_CONSENT_WITHDRAWN: {"client": FactKind.CODE, "grants": FactKind.COUNT},
        EventType.OP_GRANT_MADE: of.GRANT,
        EventType.OP_GRANT_REUSED: of.GRANT,
        EventType.OP_GRANT_REVOKED: of.GRANT,
        EventType.OP_KEY_ACTIVATED: of.PROVIDER_KEY,
        EventType.OP_KEY_MADE: of.PROVIDER_KEY,
        EventType.OP_KEY_REMOVED: of.PROVIDER_KEY,
        EventType.OP_KEY_RETIRED: of.PROVIDER_KEY,
        EventType.OP_LOGOUT_TOLD: {"attempts": FactKind.COUNT, "client": FactKind.CODE},
        EventType.OP_POLL_ANSWERED: {"client": FactKind.CODE, "factor": FactKind.CODE, "kind": FactKind.CODE},
        EventType.OP_POLL_BEGUN: {"client": FactKind.CODE, "kind": FactKind.CODE},
        EventType.OP_REGISTRATION_OPENED: {"expires_at": FactKind.TIME, "uses": FactKind.COUNT},
        EventType.OP_TOKEN_ISSUED: of.TOKEN,
        EventType.OP_TOKEN_REFUSED: {"client": FactKind.CODE, "means": FactKind.CODE},
        EventType.OP_TOKEN_REVOKED: of.TOKEN,
        EventType.DOCUMENT_SEEN: {"kind": FactKind.CODE},
        EventType.LINK_MADE: {"provider": FactKind.CODE},
        EventType.LINK_REMOVED: {"provider": FactKind.CODE},
        EventType.MANDATE_ADDED: of.MANDATE,
        EventType.MANDATE_ENDED: of.MANDATE,
        EventType.MANDATE_PROLONGED: {"source": FactKind.CODE, "valid_until": FactKind.TIME},
        **{each: {"office": FactKind.CODE} for each in (EventType.OFFICE_ASSIGNED, EventType.OFFICE_REMOVED)},
        **{each: {} for each in (EventType.PERSON_CREATED, EventType.PERSON_LOCKED, EventType.PERSON_UNLOCKED)},
        EventType.SESSION_BEGUN: of.SESSION,
        EventType.SESSION_ENDED: {"whose": FactKind.CODE},
        EventType.SESSION_RAISED: of.SESSION,
        EventType.SESSION_ROLE: of.SESSION,
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
        EventType.PRESENTATION_ANSWERED: {"octets": FactKind.COUNT, "refused": FactKind.CODE},
        EventType.PRESENTATION_ASKED: of.caller_and(
            credentials=FactKind.COUNT, expires_at=FactKind.TIME, suite=FactKind.CODE
        ),
        EventType.PRESENTATION_FORGOTTEN: of.caller_and(),
        EventType.PRESENTATION_JUDGED: of.caller_and(
            credentials=FactKind.COUNT, indication=FactKind.CODE, sub_indication=FactKind.CODE
        ),
        EventType.RUN_VERIFIED: {
            "failed": FactKind.COUNT,
            "indeterminate": FactKind.COUNT,
            "output_sm3": FactKind.DIGEST,
            "parts": FactKind.COUNT,
            "passed": FactKind.COUNT,
            "policy_sm3": FactKind.DIGEST,
            "rows": FactKind.COUNT,
            "snapshot_sm3": FactKind.DIGEST,
            "trust_sm3": FactKind.DIGEST,
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
