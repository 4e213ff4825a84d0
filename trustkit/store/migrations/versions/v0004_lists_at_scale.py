"""Revocation lists by scope and kind, the entries they are made of, and the marks of clocks.

Lists kept so far are complete ones of scope ``1-0``. What was revoked so far is written as changes in the order of
revocation, after every list: the first publication then finds them not listed yet, and makes a new list, once.
"""

from __future__ import annotations

import hashlib
from typing import Any

import sqlalchemy as sa
from alembic import op

from trustkit.store.columns import Moment
from trustkit.x509.crl_build import CrlEntry, encode_entry
from trustkit.x509.reason import RevocationReason

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_BUCKETS = 256


def upgrade() -> None:
    """Make the new tables and carry over what there is."""
    connection = op.get_bind()
    old = _table("crls", sa.Column("issuer", sa.String), sa.Column("number", sa.BigInteger), *_list_columns())
    kept = connection.execute(sa.select(old)).mappings().all()
    op.drop_table("crls")
    _make_lists()
    new = _table(
        "crls",
        *(sa.Column(name, sa.String) for name in ("issuer", "scope", "kind", "sha256")),
        *(sa.Column(name, sa.BigInteger) for name in ("number", "base", "change", "entries", "size")),
        *_list_columns(),
    )
    for row in kept:
        fixed = {"scope": "1-0", "kind": "full", "base": None, "change": 0, "entries": 0}
        derived = {"size": len(row["der"]), "sha256": hashlib.sha256(row["der"]).hexdigest()}
        connection.execute(sa.insert(new).values(**row, **fixed, **derived))
    _make_revocations()
    _carry_revocations(connection)
    op.create_table(
        "clock_marks",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_clock_marks"),
    )


def _table(name: str, *columns: sa.Column[Any]) -> sa.Table:
    return sa.Table(name, sa.MetaData(), *columns)


def _list_columns() -> tuple[sa.Column[Any], ...]:
    return (sa.Column("this_update", Moment), sa.Column("next_update", Moment), sa.Column("der", sa.LargeBinary))


def _make_lists() -> None:
    op.create_table(
        "crls",
        sa.Column("issuer", sa.String(128), nullable=False),
        sa.Column("scope", sa.String(16), nullable=False),
        sa.Column("kind", sa.String(8), nullable=False),
        sa.Column("number", sa.BigInteger, autoincrement=False, nullable=False),
        sa.Column("base", sa.BigInteger),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.Column("entries", sa.BigInteger, nullable=False),
        sa.Column("this_update", Moment, nullable=False),
        sa.Column("next_update", Moment, nullable=False),
        sa.Column("size", sa.BigInteger, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("der", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "scope", "kind", "number", name="pk_crls"),
        sa.CheckConstraint("kind IN ('full', 'delta')", name=op.f("ck_crls_kind")),
        sa.CheckConstraint("(kind = 'delta') = (base IS NOT NULL)", name=op.f("ck_crls_base")),
    )


def _make_revocations() -> None:
    op.create_table(
        "revocations",
        sa.Column("issuer", sa.String(128), nullable=False),
        sa.Column("serial", sa.String(40), nullable=False),
        sa.Column("bucket", sa.Integer, nullable=False),
        sa.Column("reason", sa.String(64), nullable=False),
        sa.Column("not_after", Moment),
        sa.Column("change", sa.BigInteger, nullable=False),
        sa.Column("entry", sa.LargeBinary, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "serial", name="pk_revocations"),
    )
    op.create_index("ix_revocations_issuer_change", "revocations", ["issuer", "change"], unique=True)


def _carry_revocations(connection: sa.Connection) -> None:
    texts = ("serial", "issuer", "reason")
    moments = ("revoked_at", "not_after")
    certificates = _table(
        "certificates",
        *(sa.Column(name, sa.String) for name in texts),
        *(sa.Column(name, Moment) for name in moments),
    )
    revocations = _table(
        "revocations",
        *(sa.Column(name, sa.String) for name in texts),
        *(sa.Column(name, sa.BigInteger) for name in ("bucket", "change")),
        sa.Column("not_after", Moment),
        sa.Column("entry", sa.LargeBinary),
    )
    sequences = _table("sequences", sa.Column("name", sa.String), sa.Column("value", sa.BigInteger))
    changes: dict[str, int] = {}
    revoked = sa.select(certificates).where(certificates.c.revoked_at.is_not(None))
    for row in connection.execute(revoked.order_by(certificates.c.revoked_at, certificates.c.serial)).mappings().all():
        changes[row["issuer"]] = change = changes.get(row["issuer"], 0) + 1
        number = int(row["serial"], 16)
        entry = encode_entry(
            CrlEntry(serial=number, revoked_at=row["revoked_at"], reason=RevocationReason(row["reason"]))
        )
        values = {name: row[name] for name in ("issuer", "serial", "reason", "not_after")}
        connection.execute(
            sa.insert(revocations).values(**values, bucket=number % _BUCKETS, change=change, entry=entry)
        )
    for issuer, change in changes.items():
        connection.execute(sa.insert(sequences).values(name=f"revocation:{issuer}", value=change))
