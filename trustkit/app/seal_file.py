"""An electronic seal out of a file, whoever made it: what it says of itself. Nothing is verified here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from esign.seal.picture import read_picture
from esign.seal.picture_kind import PictureKind, picture_facts
from esign.seal.read import parse_seal, parse_seal_signature
from esign.seal.standing import info_digest
from trustkit.app.nested_picture import nested_png
from trustkit.app.rows import time_text
from trustkit.errors import TrustError
from trustkit.store.certificates import serial_text
from trustkit.x509.certificate import parse_certificate
from verifier.format import Format
from verifier.submission import identify

if TYPE_CHECKING:
    from collections.abc import Callable

    from esign.seal.model import SealPicture, UnverifiedSeal

_EDITIONS: Final = {1: "GM/T 0031-2014", 4: "GB/T 38540-2020", 5: "GM/T 0031-2025"}
_TYPES: Final = {1: "unit", 2: "person"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SealShown:
    """A seal as it is shown; `standing` is what the home's registry says of it, empty for one it does not know."""

    seal: UnverifiedSeal
    standing: str = ""

    def to_json(self) -> dict[str, object]:
        """Return the JSON object of ``--format json``."""
        seal = self.seal
        return {
            "identifier": seal.identifier,
            "name": seal.name,
            "type": seal.kind,
            "vendor": seal.vendor,
            "edition": int(seal.version),
            "created_at": time_text(seal.created_at),
            "valid_from": time_text(seal.valid_from),
            "valid_until": time_text(seal.valid_until),
            "maker": _subject(seal.maker_certificate),
            "listed": [_listed(each) for each in seal.certificates],
            "listed_digests": [{"type": each.type, "value": each.value.hex()} for each in seal.certificate_digests],
            "picture": {
                "type": seal.picture.type,
                "octets": len(seal.picture.data),
                "width_mm": seal.picture.width,
                "height_mm": seal.picture.height,
            },
            "extensions": [{"oid": each.oid, "critical": each.critical} for each in seal.extensions],
            "notes": list(seal.notes),
            "registry": self.standing or None,
            "info_sm3": info_digest(seal),
        }

    def rows(self, told: Callable[..., str], word: Callable[[str], str]) -> tuple[tuple[str, str], ...]:
        """Return what a person reads, in the sentences that `told` has and the words that `word` gives."""
        seal, picture = self.seal, self.seal.picture
        sides = {"width": str(picture.width), "height": str(picture.height)}
        shape = told("picture", type=picture.type, octets=str(len(picture.data)), **sides)
        listed = [_listed(each) for each in seal.certificates]
        return (
            ("identifier", seal.identifier),
            ("name", seal.name),
            ("type", f"{seal.kind} {word(_TYPES.get(seal.kind, ''))}".strip()),
            ("edition", _EDITIONS[int(seal.version)]),
            ("vendor", seal.vendor),
            ("created", time_text(seal.created_at)),
            ("valid from", time_text(seal.valid_from)),
            ("valid until", time_text(seal.valid_until)),
            ("maker", _subject(seal.maker_certificate)),
            *(("listed", f"{each['subject']} ({each['serial']})") for each in listed),
            *(("listed", f"{each.type}:{each.value.hex()}") for each in seal.certificate_digests),
            ("picture", shape),
            *(
                ("extension", f"{each.oid} {word('critical') if each.critical else ''}".strip())
                for each in seal.extensions
            ),
            *(("note", each) for each in seal.notes),
            *((("registry", " ".join(word(each) for each in self.standing.split())),) if self.standing else ()),
            ("digest", f"sm3:{info_digest(seal)}"),
        )


def read_seal_file(data: bytes) -> UnverifiedSeal:
    """Return the seal in a file, or the one inside a seal signature. Raise SEAL_MALFORMED, and as `parse_seal`."""
    form = identify(data)
    if form is Format.SEAL_SIGNATURE:
        return parse_seal_signature(data).seal
    return parse_seal(data)


def picture_png(picture: SealPicture) -> bytes:
    """Return a seal's picture as a PNG: as it is where it is one, drawn where it is a nested OFD.

    Raises:
        TrustError: SEAL_PICTURE, as `read_picture`; what drawing an OFD raises.
    """
    read = read_picture(picture, nested_png)
    return picture.data if picture_facts(picture.data).kind is PictureKind.PNG else read.png


def _listed(der: bytes) -> dict[str, str]:
    try:
        certificate = parse_certificate(der)
    except TrustError as error:
        return {"subject": f"unreadable: {error.code.value}", "serial": ""}
    return {"subject": certificate.subject, "serial": serial_text(certificate.serial)}


def _subject(der: bytes) -> str:
    return _listed(der)["subject"]
