"""The authority's publications as the store holds them: what the verifier's port and the HTTP routes hand out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.store import certificates, crls, status_lists

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.store.database import Database

CA_NAMES: Final = ("root", "issuing")
_PROFILES: Final = {"root": "root-ca", "issuing": "issuing-ca"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StorePublications:
    """Reads publications afresh at each call, so a revocation is seen by every process at once."""

    database: Database

    def certificates(self) -> tuple[bytes, ...]:
        """Return the CA certificates, root first, DER."""
        return tuple(der for name in CA_NAMES if (der := self.ca_certificate(name)) is not None)

    def ca_certificate(self, name: str) -> bytes | None:
        """Return the newest certificate of a CA by its name in the register, or None."""
        profile = _PROFILES.get(name)
        if profile is None:
            return None
        with self.database.reading() as unit:
            found = certificates.search(unit, profile=profile, state=certificates.CertificateState.ISSUED, limit=1)
        return found[0].der if found else None

    def crls(self) -> tuple[bytes, ...]:
        """Return the newest CRL of each CA, DER."""
        return tuple(der for name in CA_NAMES if (der := self.crl(name)) is not None)

    def crl(self, name: str) -> bytes | None:
        """Return the newest CRL of a CA by its name in the register, or None."""
        if name not in CA_NAMES:
            return None
        with self.database.reading() as unit:
            row = crls.find_latest(unit, name)
        return row.der if row is not None else None

    def status_token(self, uri: str) -> str | None:
        """Return the newest token of a status list, or None when the list is not ours."""
        with self.database.reading() as unit:
            row = status_lists.find_latest_token(unit, uri)
        return row.token if row is not None else None

    def files(self) -> Iterator[tuple[str, bytes]]:
        """Yield (file name, octets) of everything a relying party needs."""
        for name in CA_NAMES:
            if (certificate := self.ca_certificate(name)) is not None:
                yield f"{name}.cer", certificate
            if (crl := self.crl(name)) is not None:
                yield f"{name}.crl", crl
        with self.database.reading() as unit:
            lists = status_lists.list_all(unit)
        for number, status_list in enumerate(lists, start=1):
            if (token := self.status_token(status_list.uri)) is not None:
                yield f"status-list-{number}.jwt", token.encode("ascii")
