"""What the trail can say: the types of events, with stable names, and one event.

A type's name has the grammar ``scope:resource:action`` and never changes its meaning; a test pins them. The fields are
those GB/T 22239 9.1.4.3 b (level 4) asks of a record: time, type, subject, object, outcome; and why, and by which
request.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime  # noqa: TC003 - a field type of a public dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, TypeAlias

from trustkit.identity import Principal  # noqa: TC001 - a field type of a public dataclass

if TYPE_CHECKING:
    from collections.abc import Mapping

FactValue: TypeAlias = "str | int"

_NO_FACTS: Mapping[str, FactValue] = MappingProxyType({})


@unique
class EventType(StrEnum):
    """Stable names of what is recorded, sorted by value."""

    OFFICIAL_ACTED = "app:official:acted"
    OFFICIAL_STEPPED_UP = "app:official:raised"
    SERVICE_STARTED = "app:service:started"
    SERVICE_STOPPED = "app:service:stopped"
    TRAIL_EXPORTED = "audit:trail:exported"
    TRAIL_READ = "audit:trail:read"
    TRAIL_REVIEWED = "audit:trail:reviewed"
    TRAIL_VERIFIED = "audit:trail:verified"
    ACME_ACCOUNT_CHANGED = "ca:acme-account:changed"
    ACME_ACCOUNT_CREATED = "ca:acme-account:created"
    ACME_CHALLENGE_JUDGED = "ca:acme-challenge:judged"
    ACME_EXTERNAL_ADDED = "ca:acme-external:added"
    ACME_EXTERNAL_REVOKED = "ca:acme-external:revoked"
    ACME_ORDER_CREATED = "ca:acme-order:created"
    ACTIVATION_GRANTED = "ca:activation:granted"
    AUTHORITY_CREATED = "ca:authority:created"
    CERTIFICATE_ABANDONED = "ca:certificate:abandoned"
    CERTIFICATE_INTENDED = "ca:certificate:intended"
    CERTIFICATE_ISSUED = "ca:certificate:issued"
    CERTIFICATE_RESUMED = "ca:certificate:resumed"
    CERTIFICATE_REVOKED = "ca:certificate:revoked"
    CERTIFICATE_SUSPENDED = "ca:certificate:suspended"
    CLIENT_ADDED = "ca:client:added"
    CLIENT_CALLED = "ca:client:called"
    CLIENT_DENIED = "ca:client:denied"
    CLIENT_GRANTED = "ca:client:granted"
    CLIENT_REVOKED = "ca:client:revoked"
    CLOCK_ACCEPTED = "ca:clock:accepted"
    CRL_PUBLISHED = "ca:crl:published"
    ESCROW_DESTROYED = "ca:escrow:destroyed"
    ESCROW_KEPT = "ca:escrow:kept"
    ESCROW_LISTED = "ca:escrow:listed"
    ESCROW_OPENED = "ca:escrow:opened"
    HASH_DENIED = "ca:hash:denied"
    HASH_INTENDED = "ca:hash:intended"
    HASH_SIGNED = "ca:hash:signed"
    OCSP_PUBLISHED = "ca:ocsp:published"
    OPERATOR_ENROLLED = "ca:operator:enrolled"
    OPERATOR_REVOKED = "ca:operator:revoked"
    REGISTRATION_ALTERED = "ca:registration:altered"
    REGISTRATION_APPROVED = "ca:registration:approved"
    REGISTRATION_CLOSED = "ca:registration:closed"
    REGISTRATION_DECIDED = "ca:registration:decided"
    REGISTRATION_SUBMITTED = "ca:registration:submitted"
    REGISTRATION_WORKED = "ca:registration:worked"
    TIMESTAMP_ISSUED = "ca:timestamp:issued"
    KEY_CREATED = "custody:key:created"
    KEY_SHARED = "custody:key:shared"
    SITTING_BEGUN = "custody:sitting:begun"
    SITTING_ENDED = "custody:sitting:ended"
    SITTING_JOINED = "custody:sitting:joined"
    COPY_AUTHORISED = "esign:copy-authorisation:recorded"
    COPY_AUTHORISATION_WITHDRAWN = "esign:copy-authorisation:withdrawn"
    COPY_REQUEST_APPROVED = "esign:copy-request:approved"
    COPY_REQUEST_ASKED = "esign:copy-request:asked"
    COPY_REQUEST_REFUSED = "esign:copy-request:refused"
    COPY_ABANDONED = "esign:copy:abandoned"
    COPY_INTENDED = "esign:copy:intended"
    COPY_ISSUED = "esign:copy:issued"
    COPY_QUERIED = "esign:copy:queried"
    COPY_REVOKED = "esign:copy:revoked"
    CREDENTIAL_OFFER_LOCKED = "esign:credential-offer:locked"
    CREDENTIAL_OFFER_MADE = "esign:credential-offer:made"
    CREDENTIAL_OFFER_REDEEMED = "esign:credential-offer:redeemed"
    CREDENTIAL_OFFER_REFUSED = "esign:credential-offer:refused"
    CREDENTIAL_OFFER_REVOKED = "esign:credential-offer:revoked"
    CREDENTIAL_ABANDONED = "esign:credential:abandoned"
    CREDENTIAL_INTENDED = "esign:credential:intended"
    CREDENTIAL_ISSUED = "esign:credential:issued"
    CREDENTIAL_NOTIFIED = "esign:credential:notified"
    CREDENTIAL_RESUMED = "esign:credential:resumed"
    CREDENTIAL_REVOKED = "esign:credential:revoked"
    CREDENTIAL_SUSPENDED = "esign:credential:suspended"
    HOLDER_LINKED = "esign:holder:linked"
    LICENCE_PROPOSAL_APPROVED = "esign:licence-proposal:approved"
    LICENCE_PROPOSAL_EXPIRED = "esign:licence-proposal:expired"
    LICENCE_PROPOSED = "esign:licence-proposal:proposed"
    LICENCE_PROPOSAL_REFUSED = "esign:licence-proposal:refused"
    LICENCE_PROPOSAL_WITHDRAWN = "esign:licence-proposal:withdrawn"
    LICENCE_TYPE_ADOPTED = "esign:licence-type:adopted"
    LICENCE_ABANDONED = "esign:licence:abandoned"
    LICENCE_CANCELLED = "esign:licence:cancelled"
    LICENCE_CHECKED = "esign:licence:checked"
    LICENCE_CODED = "esign:licence:coded"
    LICENCE_INTENDED = "esign:licence:intended"
    LICENCE_ISSUED = "esign:licence:issued"
    LICENCE_LOST = "esign:licence:lost"
    LICENCE_REISSUED = "esign:licence:reissued"
    LICENCE_RESUMED = "esign:licence:resumed"
    LICENCE_REVOKED = "esign:licence:revoked"
    LICENCE_SUPERSEDED = "esign:licence:superseded"
    LICENCE_SUSPENDED = "esign:licence:suspended"
    MESSAGE_INTENDED = "esign:message:intended"
    MESSAGE_SIGNED = "esign:message:signed"
    OFD_INTENDED = "esign:ofd:intended"
    OFD_SIGNED = "esign:ofd:signed"
    PDF_RENEWAL_INTENDED = "esign:pdf-renewal:intended"
    PDF_INTENDED = "esign:pdf:intended"
    PDF_RENEWED = "esign:pdf:renewed"
    PDF_SIGNED = "esign:pdf:signed"
    SEAL_ABANDONED = "esign:seal:abandoned"
    SEAL_INTENDED = "esign:seal:intended"
    SEAL_LISTED = "esign:seal:listed"
    SEAL_LOST = "esign:seal:lost"
    SEAL_MADE = "esign:seal:made"
    SEAL_RESUMED = "esign:seal:resumed"
    SEAL_REVOKED = "esign:seal:revoked"
    SEAL_SUSPENDED = "esign:seal:suspended"
    STATUS_LIST_PUBLISHED = "esign:status-list:published"
    TRUST_LIST_MADE = "esign:trust-list:made"
    TRUST_LIST_PUBLISHED = "esign:trust-list:published"
    TRUST_LIST_TAKEN = "esign:trust-list:taken"
    TRUST_LIST_WITHDRAWN = "esign:trust-list:withdrawn"
    WEBHOOK_ADDED = "esign:webhook:added"
    WEBHOOK_ENDED = "esign:webhook:ended"
    WEBHOOK_RENEWED = "esign:webhook:renewed"
    WEBHOOK_RESUMED = "esign:webhook:resumed"
    WEBHOOK_REWOUND = "esign:webhook:rewound"
    WEBHOOK_SUSPENDED = "esign:webhook:suspended"
    HOME_INITIALISED = "home:authority:initialised"
    CONFIRMATION_ANSWERED = "idp:confirmation:answered"
    DOCUMENT_SEEN = "idp:document:seen"
    FACTOR_ENROLLED = "idp:factor:enrolled"
    FACTOR_LOCKED = "idp:factor:locked"
    FACTOR_RELEASED = "idp:factor:released"
    FACTOR_REMOVED = "idp:factor:removed"
    FACTOR_RENEWED = "idp:factor:renewed"
    FACTOR_SUSPECTED = "idp:factor:suspected"
    LINK_MADE = "idp:link:made"
    LINK_REMOVED = "idp:link:removed"
    LOGIN_NAME_ADDED = "idp:login-name:added"
    LOGIN_REFUSED = "idp:login:refused"
    MANDATE_ADDED = "idp:mandate:added"
    MANDATE_ENDED = "idp:mandate:ended"
    MANDATE_PROLONGED = "idp:mandate:prolonged"
    OFFICE_ASSIGNED = "idp:office:assigned"
    OFFICE_REMOVED = "idp:office:removed"
    OP_CLIENT_CHANGED = "idp:op-client:changed"
    OP_CLIENT_REGISTERED = "idp:op-client:registered"
    OP_CLIENT_RENEWED = "idp:op-client:renewed"
    OP_CLIENT_REVOKED = "idp:op-client:revoked"
    OP_CONSENT_GIVEN = "idp:op-consent:given"
    OP_CONSENT_WITHDRAWN = "idp:op-consent:withdrawn"
    OP_GRANT_MADE = "idp:op-grant:made"
    OP_GRANT_REUSED = "idp:op-grant:reused"
    OP_GRANT_REVOKED = "idp:op-grant:revoked"
    OP_KEY_ACTIVATED = "idp:op-key:activated"
    OP_KEY_MADE = "idp:op-key:made"
    OP_KEY_REMOVED = "idp:op-key:removed"
    OP_KEY_RETIRED = "idp:op-key:retired"
    OP_LOGOUT_TOLD = "idp:op-logout:told"
    OP_POLL_ANSWERED = "idp:op-poll:answered"
    OP_POLL_BEGUN = "idp:op-poll:begun"
    OP_REGISTRATION_OPENED = "idp:op-registration:opened"
    OP_TOKEN_ISSUED = "idp:op-token:issued"  # noqa: S105 - the name of an event
    OP_TOKEN_REFUSED = "idp:op-token:refused"  # noqa: S105 - the name of an event
    OP_TOKEN_REVOKED = "idp:op-token:revoked"  # noqa: S105 - the name of an event
    PERSON_CREATED = "idp:person:created"
    PERSON_LOCKED = "idp:person:locked"
    PERSON_UNLOCKED = "idp:person:unlocked"
    SESSION_BEGUN = "idp:session:begun"
    SESSION_ENDED = "idp:session:ended"
    SESSION_RAISED = "idp:session:raised"
    SESSION_ROLE = "idp:session:role"
    FILE_VERIFIED = "verifier:file:verified"
    PRESENTATION_ANSWERED = "verifier:presentation:answered"
    PRESENTATION_ASKED = "verifier:presentation:asked"
    PRESENTATION_FORGOTTEN = "verifier:presentation:forgotten"
    PRESENTATION_JUDGED = "verifier:presentation:judged"
    RUN_VERIFIED = "verifier:run:verified"
    REQUEST_REFUSED = "web:request:refused"


@unique
class Outcome(StrEnum):
    """How the act ended."""

    SUCCESS = "success"
    FAILURE = "failure"  # it was tried and did not work
    DENIED = "denied"  # it was not permitted


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditEvent:
    """One thing that happened.

    Attributes:
        type: What happened.
        at: When, aware.
        actor: Who did it; only the opaque `id` is kept.
        object_type: What kind of thing it was done to: ``certificate``, ``licence``, ``file``.
        object_id: Which one: a serial, a licence identifier, a digest. Never a name or a file name.
        outcome: How it ended.
        reason: Why, as a code: an ErrorCode's value, a CRL reason. Empty when there is nothing to say.
        request_id: The request it belongs to, empty outside of one.
        facts: What else the type allows (`trustkit.audit.facts`).
    """

    type: EventType
    at: datetime
    actor: Principal
    object_type: str
    object_id: str
    outcome: Outcome = Outcome.SUCCESS
    reason: str = ""
    request_id: str = ""
    facts: Mapping[str, FactValue] = field(default_factory=lambda: _NO_FACTS)
