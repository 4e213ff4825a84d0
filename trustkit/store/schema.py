"""The tables, as the newest migration leaves them.

The migrations under `trustkit.store.migrations` make them; this module only names them for queries. A test compares
the two. The condition of a partial index stands here for SQLite alone: for PostgreSQL it would load all of SQLAlchemy's PostgreSQL into every
process. States change by compare-and-set in an UPDATE's WHERE, so no row ever moves backwards.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from trustkit.store.columns import Moment

# Every revision this program knows, oldest first. A database at any other revision was made by a newer trustkit.
REVISIONS = (
    "0001",
    "0002",
    "0003",
    "0004",
    "0005",
    "0006",
    "0007",
    "0008",
    "0009",
    "0010",
    "0011",
    "0012",
    "0013",
    "0014",
    "0015",
    "0016",
    "0017",
    "0018",
    "0019",
    "0020",
    "0021",
    "0022",
    "0027",
    "0023",
    "0030",
    "0031",
    "0032",
    "0034",
    "0038",
    "0033",
    "0042",
    "0036",
    "0041",
    "0035",
    "0039",
    "0043",
    "0044",
    "0046",
    "0047",
    "0045",
)
SCHEMA_HEAD = REVISIONS[-1]

metadata = MetaData(
    naming_convention={
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    }
)

meta = Table(
    "meta",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("value", Text, nullable=False),
)

sequences = Table(
    "sequences",
    metadata,
    Column("name", String(640), primary_key=True),
    Column("value", BigInteger, nullable=False),
)

_UNSAID_KEY = text("authority_key IS NULL AND der IS NOT NULL")
certificates = Table(
    "certificates",
    metadata,
    Column("serial", String(40), primary_key=True),
    Column("issuer", String(128), nullable=False),
    Column("profile", String(64), nullable=False),
    Column("subject", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("intent_at", Moment, nullable=False),
    Column("issued_at", Moment),
    Column("not_after", Moment),
    Column("abandoned_at", Moment),
    Column("revoked_at", Moment),
    Column("reason", String(64)),
    Column("der", LargeBinary),
    Column("authority", String(64)),
    Column("role", String(8)),
    Column("key_sm3", String(64)),
    Column("authority_key", String(64)),
    CheckConstraint("state IN ('intent', 'issued', 'abandoned')", name="state"),
    CheckConstraint("(state = 'issued') = (der IS NOT NULL)", name="der"),
    CheckConstraint("revoked_at IS NULL OR state = 'issued'", name="revoked"),
    Index(None, "issuer", "revoked_at"),
    Index(None, "state", "intent_at"),
    Index(None, "issuer", "intent_at"),
    Index(None, "authority", "intent_at"),
    Index(None, "key_sm3"),
    Index("ix_certificates_unsaid_key", "serial", sqlite_where=_UNSAID_KEY),
)

# The certificate authorities of the home. A root has no parent; certificates of an authority carry its name in `authority`.
authorities = Table(
    "authorities",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("parent", ForeignKey("authorities.name")),
    Column("profile", String(64), nullable=False),
    Column("key_kind", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
)

# A list's scope is ``1-0`` for all certificates of the issuer, ``16-7`` for those whose serial modulo 16 is 7.
crls = Table(
    "crls",
    metadata,
    Column("issuer", String(128), primary_key=True),
    Column("scope", String(16), primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("base", BigInteger),
    Column("change", BigInteger, nullable=False),
    Column("entries", BigInteger, nullable=False),
    Column("this_update", Moment, nullable=False),
    Column("next_update", Moment, nullable=False),
    Column("size", BigInteger, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("der", LargeBinary, nullable=False),
    CheckConstraint("kind IN ('full', 'delta')", name="kind"),
    CheckConstraint("(kind = 'delta') = (base IS NOT NULL)", name="base"),
)

# What the lists say, a row a certificate that was ever revoked or on hold; `entry` is encoded as lists carry it.
revocations = Table(
    "revocations",
    metadata,
    Column("issuer", String(128), primary_key=True),
    Column("serial", String(40), primary_key=True),
    Column("bucket", Integer, nullable=False),
    Column("reason", String(64), nullable=False),
    Column("not_after", Moment),
    Column("change", BigInteger, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Index(None, "issuer", "change", unique=True),
)

# The latest time something was done at: a clock that reads earlier has been set back.
clock_marks = Table(
    "clock_marks",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
)

# OCSP answers signed before they are asked for. `revoked_at` and `reason` are what the answer says, to be compared with the
# register before it is handed out.
ocsp_answers = Table(
    "ocsp_answers",
    metadata,
    Column("serial", ForeignKey("certificates.serial"), primary_key=True),
    Column("issuer", String(128), nullable=False),
    Column("responder", ForeignKey("certificates.serial"), nullable=False),
    Column("revoked_at", Moment),
    Column("reason", String(64)),
    Column("this_update", Moment, nullable=False),
    Column("next_update", Moment, nullable=False),
    Column("refresh_at", Moment, nullable=False),
    Column("tbs", LargeBinary, nullable=False),
    Column("suite", String(32), nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Index(None, "issuer", "refresh_at"),
)

status_lists = Table(
    "status_lists",
    metadata,
    Column("uri", String(512), primary_key=True),
    Column("capacity", Integer, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("suite", String(8)),  # of credentials; none for the documents of licences
    CheckConstraint("capacity > 0", name="capacity"),
)

status_tokens = Table(
    "status_tokens",
    metadata,
    Column("uri", ForeignKey("status_lists.uri"), primary_key=True),
    Column("number", BigInteger, primary_key=True, autoincrement=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("token", Text, nullable=False),
    Column("cwt", LargeBinary),  # the same list in CBOR; none of those signed before it was made
)

_CURRENT, _ON_ITS_WAY = text("state IN ('issued', 'suspended')"), text("state_since IS NOT NULL")
# `state` is where the last act leads; until `state_since`, where that lies ahead, `state_before` holds. `line` is the identifier without
# its version: of the versions of a line one at most is current. `holder` is a keyed digest of the holder's code.
licences = Table(
    "licences",
    metadata,
    Column("identifier", String(128), primary_key=True),
    Column("type_code", String(64), nullable=False),
    Column("version", Integer, nullable=False),
    Column("line", String(128), nullable=False),
    Column("issuer", String(18), nullable=False),
    Column("holder", String(64)),
    Column("state", String(16), nullable=False),
    Column("state_before", String(16)),
    Column("state_since", Moment),
    Column("changes", Integer, nullable=False),
    Column("status_list", ForeignKey("status_lists.uri"), nullable=False),
    Column("status_index", Integer, nullable=False),
    Column("intent_at", Moment, nullable=False),
    Column("issued_at", Moment),
    Column("effective_at", Moment),
    Column("expires_at", Moment),
    Column("abandoned_at", Moment),
    Column("revoked_at", Moment),
    Column("reason", String(512)),
    Column("supersedes", ForeignKey("licences.identifier")),
    Column("repeat_key", String(128)),
    Column("order_sm3", String(64)),
    Column("document_sm3", String(64)),
    Column("document", LargeBinary),
    CheckConstraint(
        "state IN ('intent', 'issued', 'suspended', 'superseded', 'lost', 'revoked', 'cancelled', 'abandoned')",
        name="state",
    ),
    CheckConstraint("(state IN ('intent', 'abandoned')) = (document IS NULL)", name="document"),
    CheckConstraint("(document IS NULL) = (document_sm3 IS NULL)", name="digest"),
    CheckConstraint(
        "(state IN ('superseded', 'lost', 'revoked', 'cancelled')) = (revoked_at IS NOT NULL)", name="revoked"
    ),
    CheckConstraint("(state_since IS NULL) = (state_before IS NULL)", name="since"),
    CheckConstraint("status_index >= 0", name="status_index"),
    UniqueConstraint("status_list", "status_index"),
    UniqueConstraint("line", "version"),
    Index("uq_licences_current", "line", unique=True, sqlite_where=_CURRENT),
    Index("uq_licences_repeat_key", "repeat_key", unique=True),
    Index("ix_licences_state_since", "status_list", "state_since", sqlite_where=_ON_ITS_WAY),
    Index("ix_licences_supersedes", "supersedes"),
    Index(None, "intent_at"),
    # What people look for, each in the order it is listed in (`trustkit.store.licence_search`).
    Index("ix_licences_by_holder", "holder", "intent_at", "identifier"),
    Index("ix_licences_by_issuer", "issuer", "state", "intent_at", "identifier"),
    Index("ix_licences_by_issuer_type", "issuer", "type_code", "state", "intent_at", "identifier"),
    Index("ix_licences_by_type", "type_code", "state", "intent_at", "identifier"),
    Index("ix_licences_by_state", "state", "intent_at", "identifier"),
    Index("ix_licences_by_end", "state", "expires_at", "identifier"),
)

# A licence's document in a further format; the first stands with the licence.
licence_documents = Table(
    "licence_documents",
    metadata,
    Column("identifier", ForeignKey("licences.identifier"), primary_key=True),
    Column("format", String(8), primary_key=True),
    Column("document", LargeBinary, nullable=False),
    Column("document_sm3", String(64), nullable=False),
)

# Files that were to be replaced by renewed ones. The file itself tells what became of an intent that was cut off.
pdf_renewals = Table(
    "pdf_renewals",
    metadata,
    Column("document_sm3", String(64), primary_key=True),
    Column("original_sm3", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("intent_at", Moment, nullable=False),
    Column("ended_at", Moment),
    CheckConstraint("state IN ('intent', 'renewed', 'abandoned')", name="state"),
    CheckConstraint("(state = 'intent') = (ended_at IS NULL)", name="ended"),
    Index(None, "original_sm3", "state"),
)

# Rows are only ever added: triggers made by the migration refuse UPDATE, DELETE and TRUNCATE, and a sequence number
# that does not follow the last one.
audit_events = Table(
    "audit_events",
    metadata,
    Column("sequence", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False),
    Column("type", String(64), nullable=False),
    Column("actor", String(128), nullable=False),
    Column("object_type", String(64), nullable=False),
    Column("object_id", String(256), nullable=False),
    Column("outcome", String(16), nullable=False),
    Column("reason", String(128), nullable=False),
    Column("request_id", String(64), nullable=False),
    Column("facts", Text, nullable=False),
    CheckConstraint("sequence > 0", name="sequence"),
    Index(None, "type", "sequence"),
    Index(None, "type", "object_id", "sequence"),
)

# People who act on requests: a pseudonym, one role, one key. A row is never changed but by its revocation.
operators = Table(
    "operators",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("role", String(16), nullable=False),
    Column("label", String(128), nullable=False),
    Column("public_key", LargeBinary, nullable=False),
    Column("public_key_sm3", String(64), nullable=False),
    Column("enrolled_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("sponsor", ForeignKey("operators.id")),
    Column("statement", LargeBinary),
    Column("signature", LargeBinary),
    CheckConstraint("role IN ('requester', 'registrar', 'auditor', 'custodian')", name="role"),
    CheckConstraint("(sponsor IS NULL) = (statement IS NULL)", name="statement"),
    CheckConstraint("(sponsor IS NULL) = (signature IS NULL)", name="signature"),
    UniqueConstraint("public_key_sm3"),
)

registrations = Table(
    "registrations",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("requester", ForeignKey("operators.id"), nullable=False),
    Column("needed", Integer, nullable=False),
    Column("statement", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("submitted_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("closed_at", Moment),
    Column("serial", String(40)),
    Column("encryption_serial", String(40)),
    Column("response", LargeBinary),
    CheckConstraint(
        "kind IN ('certificate', 'revocation', 'recovery', 'destruction',"
        " 'seal', 'seal-suspension', 'seal-loss', 'seal-resumption', 'seal-revocation')",
        name="kind",
    ),
    CheckConstraint(
        "state IN ('submitted', 'approved', 'working', 'done', 'rejected', 'withdrawn', 'expired')", name="state"
    ),
    CheckConstraint("(state IN ('done', 'rejected', 'withdrawn', 'expired')) = (closed_at IS NOT NULL)", name="closed"),
    CheckConstraint("response IS NULL OR state = 'done'", name="response"),
    CheckConstraint("needed >= 0", name="needed"),
    Index(None, "state", "submitted_at"),
    Index(None, "submitted_at"),
)

registration_decisions = Table(
    "registration_decisions",
    metadata,
    Column("registration", ForeignKey("registrations.id"), primary_key=True),
    Column("operator", ForeignKey("operators.id"), primary_key=True),
    Column("decision", String(16), nullable=False),
    Column("statement", LargeBinary, nullable=False),
    Column("signature", LargeBinary, nullable=False),
    Column("decided_at", Moment, nullable=False),
    CheckConstraint("decision IN ('approve', 'reject', 'withdraw')", name="decision"),
)

# Private keys under the recovery key, by the serial of the certificate they were made for; the record outlives the key.
escrowed_keys = Table(
    "escrowed_keys",
    metadata,
    Column("serial", String(40), primary_key=True),
    Column("public_key_sm3", String(64), nullable=False),
    Column("tbs_sm3", String(64), nullable=False),
    Column("key_set", String(32), nullable=False),
    Column("escrowed_at", Moment, nullable=False),
    Column("destroyed_at", Moment),
    Column("envelope", LargeBinary),
    CheckConstraint("(destroyed_at IS NULL) = (envelope IS NOT NULL)", name="destroyed"),
    Index(None, "escrowed_at"),
)
