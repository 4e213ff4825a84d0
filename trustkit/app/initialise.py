"""``trustkit init``: an authority from nothing: keys, six certificates, policies, store, first publications, trail."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from ca.authority import IssuingAuthority
from ca.hierarchy import add_authority
from ca.issuance import CertificateIssuer
from esign.rendering.fonts import find_fonts
from esign.rendering.seal_drawing import MAX_NAME, MIN_NAME
from trustkit.app.authority import Authority
from trustkit.app.home import INSTANCE, KEYS, new_home
from trustkit.app.issuing_rules import issuing_rules
from trustkit.app.keys import END_KEYS, KeyName, Keys
from trustkit.app.operator import terminal_operator
from trustkit.app.orders import certificate_order
from trustkit.app.rows import CertificateLine
from trustkit.app.settings import SETTINGS_FILE, AuthoritySettings, database_url_for, load_settings, render_settings
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.clock import format_rfc3339
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.pkcs8 import DEFAULT_ITERATIONS
from trustkit.custody.software import SoftwareKeystore
from trustkit.encoding.holder_codes import parse_uscc
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import meta, status_lists
from trustkit.store.authorities import AuthorityRow
from trustkit.store.database import open_database
from trustkit.store.occupant import OccupantKind

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.app.settings import Settings
    from trustkit.clock import Clock
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.private_key import SoftwareSigner
    from trustkit.store.database import Database
    from trustkit.x509.certificate import Certificate

_KINDS: Final = {"sm2": KeyKind.SM2, "ecdsa-p256": KeyKind.EC_P256, "rsa-3072": KeyKind.RSA}


@dataclass(frozen=True, slots=True, kw_only=True)
class InitialiseRequest:
    """What an authority is made of: registered name, USCC, public URL, port, and the algorithm of its keys."""

    name: str
    uscc: str
    base_url: str
    port: int
    keys: str = "sm2"
    engine: str = "auto"
    iterations: int = DEFAULT_ITERATIONS  # of the keys' passphrase derivation; tests make do with fewer


def initialise_home(
    home: Path, request: InitialiseRequest, passphrase: Callable[[], Passphrase], clock: Clock
) -> tuple[CertificateLine, ...]:
    """Make the home; return its certificates. Nothing is left of it when any step fails.

    `passphrase` is asked for once everything else about the request is known to be right.

    Raises:
        TrustError: HOME_EXISTS, HOME_INCOMPLETE, AUTHORITY_NAME, HOLDER_CODE for a wrong USCC, USAGE, GLYPH_MISSING for a name no seal can
            bear, FONT_MISSING, PASSPHRASE_WEAK, DISK_FULL, and what the store and the certificate authority raise.
    """
    name = request.name.strip()
    if not MIN_NAME <= len(name) <= MAX_NAME or not name.isprintable():
        told = f"--name has {MIN_NAME} to {MAX_NAME} printable characters"
        raise TrustError(ErrorCode.AUTHORITY_NAME, told, characters=len(name))
    if request.keys not in _KINDS:
        raise TrustError(ErrorCode.USAGE, f"--keys is one of {', '.join(_KINDS)}")
    parse_uscc(request.uscc)
    find_fonts().require_glyphs(name, where="name")
    with new_home(home) as building:
        instance = secrets.token_hex(8)
        (building / INSTANCE).write_text(instance + "\n", "ascii")
        authority = AuthoritySettings(name=name, uscc=request.uscc)
        text = render_settings(
            authority=authority, base_url=request.base_url.rstrip("/"), port=request.port, engine=request.engine
        )
        (building / SETTINGS_FILE).write_text(text, "utf-8")
        settings = load_settings(building)
        with open_database(database_url_for(building)) as database:
            _require_unclaimed(database)
            secret = passphrase()
            secret.require_strength()
            database.migrate()
            _claim(database, instance, clock)
            opened = Authority(settings=settings, database=database, clock=clock, operator=terminal_operator())
            lines = _Maker(
                home=building,
                name=authority.name,
                uscc=authority.uscc,
                kind=_KINDS[request.keys],
                iterations=request.iterations,
                passphrase=secret,
                database=database,
                clock=clock,
                settings=settings,
            ).make()
            opened.publish(Keys(building, secret))
    return lines


def _require_unclaimed(database: Database) -> None:
    """Raise STORE_FOREIGN for a database of another home or program, before anything in it is changed."""
    found = database.occupant()
    if found.kind is OccupantKind.ANOTHER or found.instance is not None:
        raise TrustError(ErrorCode.STORE_FOREIGN, "a new home needs an empty database", found=found.kind.value)


def _claim(database: Database, instance: str, clock: Clock) -> None:
    """Bind the store to this home. Raise STORE_CONFLICT when another has claimed it meanwhile."""
    with database.unit_of_work() as uow:
        meta.put_meta(uow, meta.INSTANCE_ID, instance)
        meta.put_meta(uow, meta.CREATED_AT, format_rfc3339(clock.now()))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """The acts of making six certificates, in their order."""

    home: Path
    name: str
    uscc: str
    kind: KeyKind
    iterations: int
    passphrase: Passphrase
    database: Database
    clock: Clock
    settings: Settings

    def make(self) -> tuple[CertificateLine, ...]:
        rules = issuing_rules(self.home)
        root_key = self._key(KeyName.ROOT)
        self._name_authorities()
        root = self._issue("root", CertificateIssuer(root_key, None, rules=rules), KeyName.ROOT, root_key)
        issuing_key = self._key(KeyName.ISSUING)
        issuing = self._issue("root", CertificateIssuer(root_key, root, rules=rules), KeyName.ISSUING, issuing_key)
        issuer = CertificateIssuer(issuing_key, issuing, rules=rules)
        leaves = [self._issue("issuing", issuer, name, self._key(name)) for name in END_KEYS]
        names = (KeyName.ROOT, KeyName.ISSUING, *END_KEYS)
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            status_lists.open_list(
                uow,
                uri=f"{self.settings.server.base_url}/v1/status-lists/1",
                at=now,
                capacity=self.settings.publication.status_list_entries,
            )
            event = AuditEvent(
                type=EventType.HOME_INITIALISED,
                at=now,
                actor=terminal_operator(),
                object_type="authority",
                object_id=self.uscc,
                facts={"certificates": len(names), "root_sm3": root.fingerprint_sm3},
            )
            trail.record(uow, event)
        return tuple(
            CertificateLine.of_certificate(name.value, certificate)
            for name, certificate in zip(names, (root, issuing, *leaves), strict=True)
        )

    def _name_authorities(self) -> None:
        now = self.clock.now()
        with self.database.unit_of_work() as uow:
            for key, name, parent in ((KeyName.ROOT, "root", None), (KeyName.ISSUING, "issuing", "root")):
                row = AuthorityRow(
                    name=name, parent=parent, profile=key.value, key_kind=self.kind.value, created_at=now
                )
                add_authority(uow, row, terminal_operator())

    def _key(self, name: KeyName) -> SoftwareSigner:
        keystore = SoftwareKeystore(self.home / KEYS, iterations=self.iterations)
        signer = keystore.create(name.value, self.kind, self.passphrase)
        with self.database.unit_of_work() as uow:
            event = AuditEvent(
                type=EventType.KEY_CREATED,
                at=self.clock.now(),
                actor=terminal_operator(),
                object_type="key",
                object_id=name.value,
                facts={"key_kind": signer.public_key.kind.value},
            )
            trail.record(uow, event)
        return signer

    def _issue(self, register: str, issuer: CertificateIssuer, name: KeyName, key: SoftwareSigner) -> Certificate:
        order = certificate_order(self.settings, name, register=register, spki=key.public_key.spki)
        authority = IssuingAuthority(name=register, database=self.database, clock=self.clock, issuer=issuer)
        return authority.issue(order, terminal_operator())
