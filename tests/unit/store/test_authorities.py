"""Authorities and their certificates, in the order of both."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support import register
from tests.support.databases import NOON, tell
from trustkit.store import authorities, issuances
from trustkit.store.authorities import AuthorityRow
from trustkit.store.issuances import Wanted

if TYPE_CHECKING:
    from trustkit.store.database import Database

LATER = NOON + timedelta(days=365)


def add(database: Database, name: str, parent: str | None, *, minutes: int) -> None:
    at = NOON + timedelta(minutes=minutes)
    with database.unit_of_work() as uow:
        row = AuthorityRow(name=name, parent=parent, profile="ca", key_kind="sm2", created_at=at)
        authorities.add(uow, row)
        tell(uow)


def certify(database: Database, name: str, der: bytes | None, *, minutes: int, role: str = "ca") -> None:
    """Reserve a certificate of an authority, and issue it unless its octets are None."""
    at = NOON + timedelta(minutes=minutes)
    wanted = Wanted(profile="ca", subject="CN=x", key_sm3=secrets.token_hex(32), authority=name, role=role)
    with database.unit_of_work() as uow:
        (serial,) = issuances.reserve_many(uow, issuer="root", wanted=(wanted,), at=at)
        tell(uow, serial)
    if der is not None:
        with database.unit_of_work() as uow:
            register.complete(uow, serial, der=der, issued_at=at, not_after=LATER)
            tell(uow, serial)


def test_certificates_stand_by_authority_the_newest_of_each_first(database: Database) -> None:
    add(database, "root", None, minutes=0)
    add(database, "issuing", "root", minutes=0)
    add(database, "branch", "issuing", minutes=2)
    certify(database, "branch", b"branch", minutes=1)
    certify(database, "issuing", b"issuing 1", minutes=1)
    certify(database, "issuing", b"issuing 2", minutes=2)
    certify(database, "root", b"root", minutes=0)
    with database.reading() as unit:
        assert authorities.ca_certificates(unit) == (
            ("root", b"root"),
            ("issuing", b"issuing 2"),
            ("issuing", b"issuing 1"),
            ("branch", b"branch"),
        )
        assert authorities.certified(unit) == ("root", "issuing", "branch")


def test_what_is_not_issued_or_for_another_role_is_no_certificate_of_an_authority(database: Database) -> None:
    add(database, "root", None, minutes=0)
    add(database, "issuing", "root", minutes=0)
    certify(database, "issuing", None, minutes=1)
    certify(database, "issuing", b"responder", minutes=1, role="ocsp")
    certify(database, "root", b"root", minutes=1)
    with database.reading() as unit:
        assert authorities.ca_certificates(unit) == (("root", b"root"),)
        assert authorities.certified(unit) == ("root",)
        assert [row.name for row in authorities.list_all(unit)] == ["root", "issuing"]
