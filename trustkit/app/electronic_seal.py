"""Which electronic seal is signed with: one in a file, one of the home's registry, or the one there that its certificate may use."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Final

from esign.seal.read import MAX_SEAL_OCTETS, parse_seal
from esign.seal.registry import get_made
from esign.seal.standing import NUMBER
from esign.seal.verify import require_listed, verify_seal
from trustkit.app.files import read_input
from trustkit.app.store_seals import StoreSeals, require_seal_usable
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import seals
from trustkit.store.seals import SealState

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from esign.seal.model import UnverifiedSeal
    from esign.seal.verify import IntactSeal
    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate

LICENCE: Final = "licence"  # the kind of policies/seals.toml that licences are sealed with
_PAGE: Final = 100
_MOST: Final = 1_000  # seals in force that are looked through


def electronic_seal(
    home: OpenedHome | None, word: str | None, certificate: Certificate, at: datetime, *, kind: str | None = None
) -> bytes:
    """Return a seal (SESeal, DER) that may be used now: `word` is a file or a number of the registry; None finds the newest that fits.

    Of those that fit, one of `kind` comes before the others.

    Raises:
        TrustError: SEAL_NONE_FITS, SEAL_MISSING for a number that is none; SEAL_NOT_IN_FORCE for one that the home's registry says is not to be used;
            SEAL_SIGNER for one that does not list the certificate; INPUT_* and SEAL_MALFORMED for a file that is no seal.
    """
    if word is None:
        return _own(home, certificate, at, kind)
    if NUMBER.fullmatch(word) and not Path(word).exists():
        if home is None:
            raise TrustError(ErrorCode.SEAL_MISSING, "there is no home whose registry could know it", seal=word)
        with home.database.reading() as unit:
            octets = seals.get_document(unit, get_made(unit, word).number)
        seal = parse_seal(octets)
    else:
        octets, seal = _in_file(Path(word))
    require_listed(seal, certificate.der)
    require_seal_usable(None if home is None else StoreSeals(database=home.database), seal, at)
    return octets


def ordered_seals(
    home: OpenedHome | None, words: Iterable[str | None], certificates: Iterable[Certificate], at: datetime
) -> tuple[IntactSeal, ...]:
    """Return the seals that are signed with in turn, each for its certificate, their makers' signatures verified.

    What they carry is judged with what they sign, so a file that is to be judged by itself needs what shows them good, too.

    Raises:
        TrustError: as `electronic_seal` and `esign.seal.verify.verify_seal`.
    """
    pairs = zip(words, certificates, strict=False)
    return tuple(verify_seal(parse_seal(electronic_seal(home, word, each, at))) for word, each in pairs)


def _in_file(path: Path) -> tuple[bytes, UnverifiedSeal]:
    """Return the octets of a file, and the seal they are. A refusal says that it is about the seal: what is signed is a file, too."""
    octets = read_input(path, limit=MAX_SEAL_OCTETS)
    try:
        return octets, parse_seal(octets)
    except TrustError as error:
        told = f"--esl names no electronic seal: {error.detail}"
        raise TrustError(ErrorCode.SEAL_MALFORMED, told, **{**error.facts, "file": path.name}) from error


def _own(home: OpenedHome | None, certificate: Certificate, at: datetime, kind: str | None) -> bytes:
    if home is None:
        raise TrustError(ErrorCode.SEAL_NONE_FITS, "no electronic seal was named")
    register, after, seen = StoreSeals(database=home.database), None, 0
    other: bytes | None = None
    while seen < _MOST:
        with home.database.reading() as unit:
            rows = seals.search(unit, state=SealState.IN_FORCE, after=after, limit=_PAGE)
            documents = [seals.get_document(unit, row.number) for row in rows]
        for row, octets in zip(rows, documents, strict=True):
            try:
                seal = parse_seal(octets)
                require_listed(seal, certificate.der)
                require_seal_usable(register, seal, at)
            except TrustError:
                continue
            if kind is None or row.kind == kind:
                return octets
            other = other or octets
        if len(rows) < _PAGE:
            break
        after, seen = rows[-1].number, seen + len(rows)
    if other is None:
        raise TrustError(ErrorCode.SEAL_NONE_FITS, "no seal in force lists this certificate")
    return other
