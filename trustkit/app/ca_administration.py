"""The hierarchy of a home and its lists, for programs: read, published and changed with the keys that are open in the service."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from threading import Lock
from typing import TYPE_CHECKING, Final

from ca.api_views import certificate_json, pem_chain
from ca.client_grant import names_of, refused
from ca.clients import denials_told
from ca.list_publication import tells_all
from trustkit.app.delta_publishing import publish_deltas
from trustkit.app.hierarchy import Hierarchy
from trustkit.app.rows import time_text
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates, crls
from trustkit.store.certificates import CertificateState, serial_text
from trustkit.store.crls import ListKind

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.authority_api import AuthorityOrder
    from ca.clients import Client
    from trustkit.app.authority import Authority
    from trustkit.app.certificate_rows import AuthorityLine
    from trustkit.app.keys import Keys
    from trustkit.app.rows import PublishedLine
    from trustkit.store.certificates import CertificateRow
    from trustkit.store.crls import CrlHead
    from trustkit.x509.certificate import Certificate

_MOST_CERTIFICATES: Final = 100  # of one authority that are shown, newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """What would be signed."""

    rows: tuple[tuple[str, str], ...]

    def to_json(self) -> dict[str, object]:
        """Return the JSON object."""
        return {"about_to_be_signed": dict(self.rows)}


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeAuthority:
    """An authority's new certificate, and the links that were made with it."""

    name: str
    certificate: Certificate
    links: tuple[Certificate, ...] = ()

    def to_json(self) -> dict[str, object]:
        """Return the JSON object."""
        made = self.certificate
        return {
            "name": self.name,
            "serial": serial_text(made.serial),
            "sm3": made.fingerprint_sm3,
            "not_after": time_text(made.not_after),
            "pem": encode_pem("CERTIFICATE", made.der).decode("ascii"),
            "links": [encode_pem("CERTIFICATE", link.der).decode("ascii") for link in self.links],
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityDetail:
    """An authority with its certificates, its chain and the state of its lists."""

    line: AuthorityLine
    waits: bool
    rows: tuple[CertificateRow, ...]
    chain: tuple[bytes, ...]
    heads: tuple[CrlHead, ...]
    tells_all: bool

    def to_json(self) -> dict[str, object]:
        """Return the JSON object."""
        return {
            **self.line.to_json(),
            "waits_for_custodians": self.waits,
            "certificates": [{**certificate_json(row), "role": row.role} for row in self.rows],
            "chain": pem_chain(self.chain).decode("ascii"),
            "lists": [_list_json(head) for head in self.heads],
            "tells_all": self.tells_all,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class AdministrationDesk:
    """`ca.authority_api.Administration` over a home. `turn`: one change of the hierarchy after the other in this process."""

    home: Authority
    keys: Keys
    turn: Lock = field(default_factory=Lock, repr=False)

    def tree(self, client: Client) -> tuple[AuthorityLine, ...]:
        """See `Administration.tree`."""
        return tuple(line for line in self.home.register.authority_tree() if _sees(client, line.row.name))

    def authority(self, client: Client, name: str) -> AuthorityDetail:
        """See `Administration.authority`."""
        line = next((each for each in self.tree(client) if each.row.name == name), None)
        if line is None:
            raise TrustError(ErrorCode.CA_AUTHORITY_MISSING, "no authority of this name", name=name)
        current = self.home.authorities.find(name)
        with self.home.database.reading() as unit:
            issued = CertificateState.ISSUED
            rows = certificates.search(unit, authority=name, state=issued, limit=_MOST_CERTIFICATES)
            found = [
                crls.find_head(unit, name, scope=scope, kind=kind)
                for scope in crls.scopes(unit, name)
                for kind in ListKind
            ]
            heads = tuple(head for head in found if head is not None)
            told = tells_all(unit, name)
        above = self.home.authorities.above(current) if current is not None and line.row.parent is not None else ()
        return AuthorityDetail(
            line=line,
            waits=current is not None and self.keys.ca_waits(name, current),
            rows=rows,
            chain=(current.der, *(each.der for each in above)) if current is not None else (),
            heads=heads,
            tells_all=told,
        )

    def create(self, client: Client, order: AuthorityOrder, *, plan: bool) -> Planned | MadeAuthority:
        """See `Administration.create`."""
        hierarchy = self._hierarchy(client)

        def places() -> None:
            for name in filter(None, (order.parent, order.name)):
                client.grant.require_place(name, order.profile)

        self._granted(client, places)
        with self.turn:
            planned = hierarchy.plan(
                order.name, parent=order.parent, profile=order.profile, kind=order.keys, subject=order.subject
            )
            names = names_of(planned.subject_der, (), planned.profile.subject or ())
            self._granted(client, lambda: client.grant.require_names(names))
            if plan:
                return Planned(rows=planned.rows())
            return MadeAuthority(name=order.name, certificate=hierarchy.create(planned, self.keys))

    def renew(self, client: Client, name: str, *, same_key: bool, plan: bool) -> Planned | MadeAuthority:
        """See `Administration.renew`."""
        hierarchy = self._hierarchy(client)
        self._granted(client, lambda: _require_authorities(client, name))
        with self.turn:
            planned = hierarchy.plan_renewal(name, new_key=not same_key)
            self._granted(client, lambda: _require_authorities(client, planned.parent or name))
            if plan:
                return Planned(rows=planned.rows())
            made = hierarchy.renew(planned, self.keys)
        return MadeAuthority(name=name, certificate=made[0], links=made[1:])

    def cross_certify(self, client: Client, name: str, by: str, *, plan: bool) -> Planned | MadeAuthority:
        """See `Administration.cross_certify`."""
        self._granted(client, lambda: _require_authorities(client, name, by))
        hierarchy = self._hierarchy(client)
        if plan:
            subject, _ = hierarchy.plan_cross(name, by)
            return Planned(rows=(("subject", subject.subject), ("by", by)))
        with self.turn:
            return MadeAuthority(name=name, certificate=hierarchy.cross_certify(name, by, self.keys))

    def publish(self, client: Client, *, delta: bool, only_due: bool) -> tuple[PublishedLine, ...]:
        """See `Administration.publish`."""
        acting = replace(self.home, operator=client.principal)
        names = frozenset(name for name in acting.publications().names() if _sees(client, name))

        def some() -> None:
            if not names:
                raise refused("authority")

        self._granted(client, some)
        if delta:
            return publish_deltas(acting, self.keys, names)
        return acting.publish(self.keys, only_due=only_due, among=names)

    def _hierarchy(self, client: Client) -> Hierarchy:
        """Return the hierarchy as this client changes it: the trail names the client, not whoever started the service."""
        return Hierarchy(home=replace(self.home, operator=client.principal))

    def _granted(self, client: Client, require: Callable[[], None]) -> None:
        """Raise CA_CLIENT_GRANT, told in the trail, for what a client was not granted."""
        with denials_told(self.home.database, self.home.clock, client.principal):
            require()


def _sees(client: Client, name: str) -> bool:
    return client.grant.sees(client.grant.authorities, name)


def _require_authorities(client: Client, *names: str) -> None:
    if not all(_sees(client, name) for name in names):
        raise refused("authority")


def _list_json(head: CrlHead) -> dict[str, object]:
    return {
        "scope": head.scope,
        "kind": head.kind.value,
        "number": head.number,
        "base": head.base,
        "entries": head.entries,
        "this_update": time_text(head.this_update),
        "next_update": time_text(head.next_update),
        "sha256": head.sha256,
    }
