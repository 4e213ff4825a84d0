"""The authority's publications as the store holds them: what the verifier's port and the HTTP routes hand out."""

from __future__ import annotations

from collections import Counter, OrderedDict
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Final

from ca.list_scope import ListScope, scopes_of
from trustkit.store import authorities, certificates, crls, revocations, status_lists
from trustkit.store.crls import WHOLE, ListKind
from trustkit.store.licence_copies import SUITE as COPIES
from trustkit.x509.certificate import seen_certificate

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from trustkit.store.crls import CrlHead
    from trustkit.store.database import Database
    from trustkit.store.unit_of_work import ReadUnit
    from trustkit.x509.certificate import Certificate

CACHED_OCTETS: Final = (
    256 * 1024 * 1024
)  # of lists kept in the memory of one process; a list of a million has 55 million

# Certificates of one authority, and of one responder, that are looked at, newest first: a key outlives fewer than these.
MOST_RENEWALS: Final = 100
_KINDS: Final = {None: "status-list", COPIES: "copy-status"}  # names of files; those of credentials are of their suite


class ListCache:
    """Lists read from the store, by what is known of them; the least lately used go first. Safe to share."""

    def __init__(self, limit: int = CACHED_OCTETS) -> None:
        self._limit = limit
        self._kept: OrderedDict[str, bytes] = OrderedDict()
        self._octets = 0
        self._lock = Lock()

    def find(self, head: CrlHead) -> bytes | None:
        """Return the DER of a list, or None when it is not kept."""
        with self._lock:
            found = self._kept.get(head.sha256)
            if found is not None:
                self._kept.move_to_end(head.sha256)
            return found

    def keep(self, head: CrlHead, der: bytes) -> None:
        """Keep the DER of a list, unless it alone is above the limit."""
        with self._lock:
            if head.sha256 in self._kept or len(der) > self._limit:
                return
            self._kept[head.sha256] = der
            self._octets += len(der)
            while self._octets > self._limit:
                _, dropped = self._kept.popitem(last=False)
                self._octets -= len(dropped)


def _scope_named(unit: ReadUnit, authority: str, certificate: Certificate) -> str:
    """Return the scope of the list whose place a certificate names; that of all certificates where it names no part."""
    for text in crls.scopes(unit, authority):
        scope = ListScope.parse(text)
        if not scope.whole and any(url.endswith(scope.path(authority)) for url in certificate.crl_urls):
            return text
    return WHOLE


def _telling(unit: ReadUnit, name: str) -> tuple[CrlHead, ...]:
    whole = [crls.find_head(unit, name, kind=kind) for kind in ListKind]
    found = [head for head in whole if head is not None]
    told = max((head.change for head in found), default=0)
    if revocations.last_change(unit, name) > told:  # a long list is made on its schedule; those of parts at once
        parts = (text for text in crls.scopes(unit, name) if text != WHOLE)
        heads = [crls.find_head(unit, name, scope=text, kind=kind) for text in parts for kind in ListKind]
        scopes = {head.scope for head in heads if head is not None and head.change > told}
        found += [head for head in heads if head is not None and head.scope in scopes]
    return tuple(found)


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePublications:
    """Reads publications afresh at each call, so a revocation is seen by every process at once."""

    database: Database
    cache: ListCache = field(default_factory=ListCache)

    def names(self) -> tuple[str, ...]:
        """Return the names of the authorities that have a certificate, in the order they were made, root first."""
        with self.database.reading() as unit:
            return authorities.certified(unit)

    def certificates(self) -> tuple[bytes, ...]:
        """Return the CA certificates, root first, DER; of each key an authority has had the newest, its present key's first."""
        with self.database.reading() as unit:
            known = authorities.ca_certificates(unit)
        found: dict[tuple[str, bytes], bytes] = {}
        for name, der in known:
            found.setdefault((name, seen_certificate(der).spki), der)
        return tuple(found.values())

    def ca_certificate(self, name: str) -> bytes | None:
        """Return the newest certificate of a CA by its name in the register, or None."""
        with self.database.reading() as unit:
            found = certificates.search(
                unit, authority=name, role="ca", state=certificates.CertificateState.ISSUED, limit=1
            )
        return found[0].der if found else None

    def crls(self) -> tuple[bytes, ...]:
        """Return the lists that together tell the newest of each CA, DER: complete, delta, and of parts that know more."""
        with self.database.reading() as unit:
            heads = [head for name in authorities.certified(unit) for head in _telling(unit, name)]
        return tuple(der for head in heads if (der := self.crl_octets(head)) is not None)

    def crls_about(self, wanted: Iterable[Certificate]) -> tuple[bytes, ...]:
        """Return the lists that tell of some certificates of this home, DER, each once, for a file that carries its evidence.

        Of a divided authority that is the part a certificate names (RFC 5280 5.2.5), which stays short when the list of all
        certificates has become long; and with each complete list its delta, where that knows more.
        """
        heads: dict[str, CrlHead] = {}
        with self.database.reading() as unit:
            for certificate in wanted:
                row = certificates.find(unit, certificates.serial_text(certificate.serial))
                scope = WHOLE if row is None else _scope_named(unit, row.issuer, certificate)
                found = None if row is None else crls.find_head(unit, row.issuer, scope=scope)
                if row is None or found is None:
                    continue
                heads[found.sha256] = found
                delta = crls.find_head(unit, row.issuer, scope=scope, kind=ListKind.DELTA)
                if delta is not None and delta.change > found.change:
                    heads[delta.sha256] = delta
        return tuple(der for head in heads.values() if (der := self.crl_octets(head)) is not None)

    def crl(self, name: str) -> bytes | None:
        """Return the newest complete CRL of a CA by its name in the register, or None."""
        head = self.crl_head(name)
        return self.crl_octets(head) if head is not None else None

    def crl_head(self, name: str, *, scope: str = WHOLE, kind: ListKind = ListKind.FULL) -> CrlHead | None:
        """Return what is known of the newest CRL of a CA, scope and kind without reading it, or None."""
        if name not in self.names():
            return None
        with self.database.reading() as unit:
            return crls.find_head(unit, name, scope=scope, kind=kind)

    def crl_octets(self, head: CrlHead) -> bytes | None:
        """Return the DER of a CRL, from memory when it was read before."""
        der = self.cache.find(head)
        if der is None:
            with self.database.reading() as unit:
                der = crls.find_der(unit, head)
            if der is not None:
                self.cache.keep(head, der)
        return der

    def status_token(self, uri: str) -> str | None:
        """Return the newest token of a status list, or None when the list is not ours."""
        with self.database.reading() as unit:
            row = status_lists.find_latest_token(unit, uri)
        return row.token if row is not None else None

    def status_cwt(self, uri: str) -> bytes | None:
        """Return the newest token of a status list as CWT, or None when the list is not ours or was signed before there were any."""
        with self.database.reading() as unit:
            row = status_lists.find_latest_token(unit, uri)
        return row.cwt if row is not None else None

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield (file name, octets) of everything a relying party needs."""
        for name in self.names():
            if (certificate := self.ca_certificate(name)) is not None:
                yield f"{name}.cer", certificate
            yield from self._list_files(name)
        with self.database.reading() as unit:
            lists = status_lists.list_all(unit)
        numbers: Counter[str] = Counter()
        for status_list in lists:
            kind = _KINDS.get(status_list.suite, f"credential-status-{status_list.suite}")
            numbers[kind] += 1
            if (token := self.status_token(status_list.uri)) is not None:
                yield f"{kind}-{numbers[kind]}.jwt", token.encode("ascii")
            if (cwt := self.status_cwt(status_list.uri)) is not None:
                yield f"{kind}-{numbers[kind]}.cwt", cwt

    def _list_files(self, name: str) -> Iterator[tuple[str, bytes]]:
        with self.database.reading() as unit:
            counts = {ListScope.parse(text).partitions for text in crls.scopes(unit, name)}
        for scope in (scope for count in sorted(counts) for scope in scopes_of(count)):
            for kind in ListKind:
                head = self.crl_head(name, scope=scope.text, kind=kind)
                if head is not None and (der := self.crl_octets(head)) is not None:
                    part = "" if scope.whole else f"-{scope.text}"
                    yield f"{name}{part}{'-delta' if kind is ListKind.DELTA else ''}.crl", der
