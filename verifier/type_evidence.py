"""Evidence about types of credentials: what the home itself publishes of those it issues. Of others nothing is known, and nothing fetched."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from esign.credential.model import UnverifiedSdJwt
from trustkit.errors import TrustError
from trustkit.jose.claims import read_claims
from verifier.material import Evidence, Problem

if TYPE_CHECKING:
    from esign.credential.type_metadata import TypeMetadata


class KnownTypes(Protocol):
    """The types of credentials somebody has metadata of."""

    def find(self, vct: str) -> TypeMetadata | None:
        """Return the metadata of a type, or None. Raise where they cannot be read."""
        ...


def with_types(evidence: Evidence, document: object, known: KnownTypes | None) -> Evidence:
    """Return evidence that tells of the type a credential names, as far as it is known."""
    if known is None or not isinstance(document, UnverifiedSdJwt):
        return evidence
    try:
        found = known.find(read_claims(document.jws.payload).text("vct"))
    except TrustError as error:
        told = Problem(source="the types of credentials", code=error.code, detail=error.detail)
        return replace(evidence, problems=(*evidence.problems, told))
    return evidence if found is None else replace(evidence, types=(found,))
