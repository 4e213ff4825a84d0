"""What was done to licences, beside the tables of `trustkit.store.schema` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Index, Integer, LargeBinary, String, Table

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

_STATES = "('issued', 'suspended', 'superseded', 'lost', 'revoked', 'cancelled')"

# In the order it was recorded; rows are only ever added. `basis` is the legal basis, `other` the version that came after.
licence_changes = Table(
    "licence_changes",
    metadata,
    Column("identifier", ForeignKey("licences.identifier"), primary_key=True),
    Column("ordinal", Integer, primary_key=True, autoincrement=False),
    Column("act", String(16), nullable=False),
    Column("before", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("reason", String(512), nullable=False),
    Column("basis", String(512), nullable=False),
    Column("effective_at", Moment, nullable=False),
    Column("recorded_at", Moment, nullable=False),
    Column("actor", String(128), nullable=False),
    Column("other", ForeignKey("licences.identifier")),
    CheckConstraint(
        "act IN ('check', 'change', 'reissue', 'lose', 'suspend', 'resume', 'revoke', 'cancel')", name="act"
    ),
    CheckConstraint(f"before IN {_STATES} AND state IN {_STATES}", name="states"),
    CheckConstraint("ordinal > 0", name="ordinal"),
)

# Of a licence with several holders each: a keyed digest of the code, as `licences.holder` is of all of them together.
licence_holders = Table(
    "licence_holders",
    metadata,
    Column("holder", String(64), primary_key=True),
    Column("identifier", ForeignKey("licences.identifier"), primary_key=True),
)

# What one person asked for and another is to agree to, where the type wants two. `wanted` is the order, and holds the fields of the
# licence: it and the `salt` of its digest are there until nothing can come of it any more, and `result` is the licence that came.
licence_proposals = Table(
    "licence_proposals",
    metadata,
    Column("number", String(32), primary_key=True),
    Column("act", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("type_code", String(64), nullable=False),
    Column("identifier", ForeignKey("licences.identifier")),
    Column("order_sm3", String(64), nullable=False),
    Column("wanted", LargeBinary),
    Column("salt", LargeBinary),
    Column("licences", Integer, nullable=False),
    Column("maker", String(128), nullable=False),
    Column("checker", String(128)),
    Column("proposed_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("decided_at", Moment),
    Column("closed_at", Moment),
    Column("reason", String(512)),
    Column("result", ForeignKey("licences.identifier")),
    Column("repeat_key", String(128)),
    CheckConstraint(
        "act IN ('issue', 'issue-many', 'check', 'change', 'reissue', 'lose', 'suspend', 'resume', 'revoke', 'cancel')",
        name="act",
    ),
    CheckConstraint(
        "state IN ('proposed', 'approved', 'done', 'refused', 'withdrawn', 'expired')", name="proposal_state"
    ),
    CheckConstraint("maker <> checker", name="persons"),
    CheckConstraint("(state IN ('proposed', 'approved')) = (closed_at IS NULL)", name="closed"),
    CheckConstraint("(state IN ('proposed', 'approved')) = (wanted IS NOT NULL)", name="wanted"),
    Index("uq_licence_proposals_repeat_key", "repeat_key", unique=True),
    Index(None, "state", "expires_at"),
    Index(None, "proposed_at"),
)

# Of a file of many, the key each row's licence stands under in the register (`licences.repeat_key`); the licence once it is issued.
licence_proposal_rows = Table(
    "licence_proposal_rows",
    metadata,
    Column("proposal", ForeignKey("licence_proposals.number"), primary_key=True),
    Column("repeat_key", String(128), primary_key=True),
    Column("identifier", ForeignKey("licences.identifier")),
)
