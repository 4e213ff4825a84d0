"""Evidence about seals: what the home's own registry tells of those it made. A seal it does not know is simply not spoken of."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from esign.ofd.model import UnverifiedOfd, UnverifiedOfdSignature
from esign.pdf.model import UnverifiedPdf
from esign.seal.model import UnverifiedSeal, UnverifiedSealSignature
from esign.seal.read import parse_seal_signature
from esign.seal.standing import SealHistory, info_digest
from trustkit.errors import ErrorCode, TrustError
from verifier.material import Evidence, Problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

MAX_SEALS: Final = 200  # of one file that the register knows; what else a file holds is asked about and not kept


class SealRegister(Protocol):
    """The home authority's register of the seals it made."""

    def history(self, info_sm3: str) -> SealHistory | None:
        """Return what became of a seal, by the digest of what its maker signed, or None. Raise where the register is not believed."""
        ...


def with_seals(evidence: Evidence, document: object, register: SealRegister | None) -> Evidence:
    """Return evidence that tells of the seals in a document, as far as the register knows them."""
    if register is None:
        return evidence
    known: dict[str, SealHistory | None] = {}
    problems: list[Problem] = []
    for seal in seals_in(document):
        key = info_digest(seal)
        if key in known:
            continue
        if len(known) == MAX_SEALS:
            # what was not looked up is not believed to be in force
            told = Problem(
                source="the seal registry", code=ErrorCode.EVIDENCE_TOO_LARGE, detail="more seals than are looked up"
            )
            problems.append(told)
            known.update({info_digest(each): None for each in seals_in(document) if info_digest(each) not in known})
            break
        try:
            history = register.history(key)
        except TrustError as error:
            problems.append(Problem(source="the seal registry", code=error.code, detail=error.detail))
            known[key] = None
        else:
            if history is not None:
                known[key] = history
    return replace(evidence, seals=known, problems=(*evidence.problems, *problems)) if known else evidence


def seals_in(document: object) -> Iterator[UnverifiedSeal]:
    """Yield the seals of a document that was read."""
    match document:
        case UnverifiedSeal():
            yield document
        case UnverifiedSealSignature():
            yield document.seal
        case UnverifiedPdf():
            yield from _readable(partial(parse_seal_signature, each.contents) for each in document.signatures)
        case UnverifiedOfd():
            yield from _readable(
                each.seal_signature for each in document.signatures if isinstance(each, UnverifiedOfdSignature)
            )
        case _:
            return


def _readable(signatures: Iterable[Callable[[], UnverifiedSealSignature]]) -> Iterator[UnverifiedSeal]:
    for read in signatures:
        try:
            yield read().seal
        except TrustError:
            continue
