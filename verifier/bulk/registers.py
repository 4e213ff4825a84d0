"""A home's registers as they were when a snapshot was taken: the ports of a verifier over values at hand."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.errors import TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from esign.credential.type_metadata import TypeMetadata
    from esign.seal.standing import SealHistory
    from esign.trustlist.verify import VerifiedTrustList


@dataclass(frozen=True, slots=True, kw_only=True)
class Registers:
    """`Publications`, `SealRegister`, `KnownTypes` and `KnownIssuers` of a `verifier.service` in one."""

    ca_certificates: tuple[bytes, ...]
    lists: tuple[bytes, ...]
    tokens: Mapping[str, str]
    kinds: Mapping[str, TypeMetadata]
    issuers: tuple[VerifiedTrustList | TrustError, ...]
    histories: Mapping[str, SealHistory | TrustError]

    def certificates(self) -> tuple[bytes, ...]:
        """Return the CA certificates, DER."""
        return self.ca_certificates

    def crls(self) -> tuple[bytes, ...]:
        """Return the revocation lists, DER."""
        return self.lists

    def status_token(self, uri: str) -> str | None:
        """Return the token of a status list, None for one that is not the home's."""
        return self.tokens.get(uri)

    def history(self, info_sm3: str) -> SealHistory | None:
        """Return the history of a seal, None for one the register does not know. Raise what the register refused it with."""
        found = self.histories.get(info_sm3)
        if isinstance(found, TrustError):
            raise TrustError(found.code, found.detail)
        return found

    def find(self, vct: str) -> TypeMetadata | None:
        """Return the metadata of a type of credentials, None for one that is not the home's."""
        return self.kinds.get(vct)

    def trust_lists(self) -> Iterator[VerifiedTrustList | TrustError]:
        """Yield the trust lists, or why one cannot be used."""
        return iter(self.issuers)
