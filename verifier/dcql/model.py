"""A query for credentials (OpenID4VP 1.0 clause 6), of the one format that is judged here: SD-JWT VC."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, TypeAlias

QueryPath: TypeAlias = tuple[str | int | None, ...]  # clause 7: keys, places from 0 in arrays, None for all places
FORMAT: Final = "dc+sd-jwt"  # appendix B.3.2
MAX_QUERY: Final = 64 * 1024  # octets of a query as JSON text
MAX_CREDENTIALS: Final = 20  # as many as files of one matter
MAX_CLAIMS: Final = 64  # a licence type has at most so many fields
MAX_SETS: Final = 20  # of credentials, options of one, and sets of claims
MAX_VALUES: Final = 64
MAX_PATH: Final = 16  # as deep as a credential may be
MAX_TEXT: Final = 2048  # characters of a type, a key or a value
MAX_ID: Final = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimQuery:
    """One claim that is asked for (clause 6.3); `values` are those that do, any where there are none."""

    id: str
    path: QueryPath
    values: tuple[str | int | bool, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialQuery:
    """One credential that is asked for (clause 6.1).

    Attributes:
        types: `vct` that do, any where there are none.
        authorities: identifiers of issuers' authorities' keys (`aki`, clause 6.1.1.1), any where there are none.
        claim_sets: ids of claims, each set enough by itself; all claims where there are none.
        multiple: several may be shown.
        bound: its holder has to prove the key it was issued to.
    """

    id: str
    types: tuple[str, ...] = ()
    authorities: frozenset[bytes] = frozenset()
    claims: tuple[ClaimQuery, ...] = ()
    claim_sets: tuple[tuple[str, ...], ...] = ()
    multiple: bool = False
    bound: bool = True

    @property
    def options(self) -> tuple[tuple[ClaimQuery, ...], ...]:
        """Sets of claims, each of which is enough, the one the asker likes best first (clause 6.4.1)."""
        if not self.claim_sets:
            return (self.claims,)
        named = {each.id: each for each in self.claims}
        return tuple(tuple(named[name] for name in names) for names in self.claim_sets)


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSet:
    """Ids of credentials, each option enough by itself (clause 6.2)."""

    options: tuple[tuple[str, ...], ...]
    required: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class DcqlQuery:
    """What is asked of a wallet. Without `sets` every credential is needed (clause 6.4.2)."""

    credentials: tuple[CredentialQuery, ...]
    sets: tuple[CredentialSet, ...] = ()

    @property
    def by_id(self) -> dict[str, CredentialQuery]:
        """Queries of credentials by their ids."""
        return {each.id: each for each in self.credentials}

    @property
    def needed(self) -> tuple[CredentialSet, ...]:
        """The sets that have to be satisfied; without any, the one of all credentials."""
        if self.sets:
            return tuple(each for each in self.sets if each.required)
        return (CredentialSet(options=(tuple(each.id for each in self.credentials),)),)
