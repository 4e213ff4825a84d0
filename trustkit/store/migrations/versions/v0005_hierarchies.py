"""Hierarchies: the authorities of a home, whose certificates are whose, and which key each certificate is for.

A home so far has the authorities ``root`` and ``issuing``; their certificates are told by their profiles.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.store.columns import Moment
from trustkit.x509.certificate import parse_certificate

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_KNOWN = (("root", None, "root-ca"), ("issuing", "root", "issuing-ca"))


def upgrade() -> None:
    """Make the table and the columns, and fill them for what there is."""
    op.create_table(
        "authorities",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("parent", sa.String(64)),
        sa.Column("profile", sa.String(64), nullable=False),
        sa.Column("key_kind", sa.String(16), nullable=False),
        sa.Column("created_at", Moment, nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_authorities"),
        sa.ForeignKeyConstraint(["parent"], ["authorities.name"], name="fk_authorities_parent"),
    )
    for name, length in (("authority", 64), ("role", 8), ("key_sm3", 64)):
        op.add_column("certificates", sa.Column(name, sa.String(length)))
    op.create_index("ix_certificates_issuer_intent_at", "certificates", ["issuer", "intent_at"])
    op.create_index("ix_certificates_authority_intent_at", "certificates", ["authority", "intent_at"])
    op.create_index("ix_certificates_key_sm3", "certificates", ["key_sm3"])
    _fill(op.get_bind())


def _fill(connection: sa.Connection) -> None:
    texts = ("serial", "profile", "state", "authority", "role", "key_sm3")
    rows = sa.table(
        "certificates", *(sa.column(name) for name in texts), sa.column("der"), sa.column("issued_at", Moment)
    )
    authorities = sa.table(
        "authorities",
        *(sa.column(name) for name in ("name", "parent", "profile", "key_kind")),
        sa.column("created_at", Moment),
    )
    by_profile = {profile: name for name, _, profile in _KNOWN}
    first: dict[str, tuple[object, str]] = {}
    issued = sa.select(rows).where(rows.c.state == "issued").order_by(rows.c.issued_at)
    for row in connection.execute(issued).mappings().all():
        authority = by_profile.get(row["profile"])
        values: dict[str, object] = {"authority": authority, "role": "ca" if authority else None}
        try:
            key = parse_certificate(row["der"]).public_key
        except TrustError:  # not ours, or not readable any more: the row stays as it is
            continue
        values["key_sm3"] = digest(DigestAlgorithm.SM3, key.spki).hex()
        connection.execute(sa.update(rows).where(rows.c.serial == row["serial"]).values(values))
        if authority is not None:
            first.setdefault(authority, (row["issued_at"], key.kind.value))
    for name, parent, profile in _KNOWN:
        if name in first:
            made_at, kind = first[name]
            values = {"name": name, "parent": parent, "profile": profile, "key_kind": kind, "created_at": made_at}
            connection.execute(sa.insert(authorities).values(values))
