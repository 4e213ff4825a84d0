"""What was done to licences, beside the tables of `trustkit.store.schema` and in the same metadata."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, ForeignKey, Integer, String, Table

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
