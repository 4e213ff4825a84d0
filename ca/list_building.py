"""Making one revocation list: read from the store in pages, joined, signed once, checked as a relying party would.

    draft = take_number(database, name)                       # durable before anything is signed
    made = builder.build(read_entries(…), …)

Nothing here holds a lock or a writing transaction while entries are read or the key is used.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from trustkit.errors import ErrorCode, TrustError
from trustkit.store import revocations
from trustkit.store.crls import CrlHead, ListKind
from trustkit.x509.crl import parse_crl, verify_crl
from trustkit.x509.crl_build import CrlSpec, assemble_crl, build_tbs_crl
from trustkit.x509.crl_extensions import expired_certs_on_crl, freshest_crl, issuing_distribution_point

if TYPE_CHECKING:
    from ca.list_scope import ListScope
    from trustkit.custody.port import Signer
    from trustkit.store.revocations import Selection
    from trustkit.store.unit_of_work import ReadUnit
    from trustkit.x509.certificate import Certificate

_SECOND: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Entries:
    """The encoded entries of one list, and the newest change of the snapshot they were read in."""

    chunks: tuple[bytes, ...]
    count: int
    change: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeList:
    """A signed list that was read back and verified."""

    head: CrlHead
    der: bytes


def read_entries(unit: ReadUnit, issuer: str, selection: Selection) -> Entries:
    """Return what a list has to say, from one snapshot."""
    change = revocations.last_change(unit, issuer)
    chunks: list[bytes] = []
    count = 0
    for page in revocations.pages(unit, issuer, selection):
        chunks.append(page.octets)
        count += page.entries
    return Entries(chunks=tuple(chunks), count=count, change=change)


@dataclass(frozen=True, slots=True, kw_only=True)
class ListBuilder:
    """One CA's key and what its lists say beside their entries.

    Attributes:
        lifetime: from thisUpdate to nextUpdate.
        base_url: public URL the lists are found under.
        deltas: whether complete lists point to deltas (freshestCRL).
        keep_expired: whether revoked certificates stay listed after their expiry, and the list says so.
    """

    name: str
    signer: Signer
    certificate: Certificate
    lifetime: timedelta
    base_url: str
    deltas: bool
    keep_expired: bool

    def build(
        self, entries: Entries, *, scope: ListScope, number: int, base: int | None, at: datetime, latest: CrlHead | None
    ) -> MadeList:
        """Return the signed list, a delta when it has a `base`; `latest` is the list it follows.

        Raises:
            TrustError: SIGNING_FAILED; SIGNATURE_WRONG, CRL_SCOPE, CERTIFICATE_PURPOSE when the key is not that of the
                certificate or must not sign lists; INPUT_TOO_LARGE for more entries than one list may hold.
        """
        this_update = at.replace(microsecond=0)
        if latest is not None:  # times are whole seconds: a later list must not look as old as the one it replaces
            this_update = max(this_update, latest.this_update + _SECOND)
        next_update = this_update + self.lifetime
        suite = self.signer.suite
        tbs = build_tbs_crl(
            CrlSpec(
                suite=suite,
                issuer_der=self.certificate.subject_der,
                authority_key_id=self.certificate.public_key.identifier,
                number=number,
                this_update=this_update,
                next_update=next_update,
                chunks=entries.chunks,
                base=base,
                extensions=self._extensions(scope, delta=base is not None),
            )
        )
        der = assemble_crl(tbs, suite, self.signer.sign(tbs))
        found = parse_crl(der)
        if found.tbs != tbs:
            raise TrustError(ErrorCode.CA_NOT_COMPARED, "the list read back is not what was signed")
        verify_crl(found, self.certificate)
        if found.entry_count != entries.count:  # a row damaged in the store would make a list that nobody can use
            raise TrustError(ErrorCode.CA_NOT_COMPARED, "the entries read back are not those of the register")
        head = CrlHead(
            issuer=self.name,
            scope=scope.text,
            kind=ListKind.FULL if base is None else ListKind.DELTA,
            number=number,
            base=base,
            change=entries.change,
            entries=entries.count,
            this_update=this_update,
            next_update=next_update,
            size=len(der),
            sha256=hashlib.sha256(der).hexdigest(),
        )
        return MadeList(head=head, der=der)

    def _extensions(self, scope: ListScope, *, delta: bool) -> tuple[bytes, ...]:
        found = []
        if not scope.whole:  # RFC 5280 5.2.5: the same point in the complete list, its deltas and the certificates
            found.append(issuing_distribution_point(scope.url(self.base_url, self.name)))
        if self.deltas and not delta:  # 5.2.6: never in a delta
            found.append(freshest_crl((scope.url(self.base_url, self.name, delta=True),)))
        if self.keep_expired:
            found.append(expired_certs_on_crl(self.certificate.not_before))
        return tuple(found)
