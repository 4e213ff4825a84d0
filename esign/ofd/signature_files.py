"""Which files of a package belong to signatures, by their names and by what leads to them (GB/T 33190-2016, signatures).

Whoever rewrites the list of signatures hides what it led to; the files stay behind unless he removes them too. They are
recognised here by the names every writer gives them, and where no signature at all is found by what is in them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.integrity_model import ENTRIES_NAME
from esign.ofd.limits import MAX_SIGNED_VALUE
from esign.ofd.model import UnverifiedOfdSignature
from trustkit.encoding import der
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from esign.ofd.model import Integrity, OfdDocument, OfdSignature
    from esign.ofd.package import Package

_NAMES: Final = frozenset(
    {"signatures.xml", "signature.xml", "signedvalue.dat", "signvalue.dat", "seal.esl", ENTRIES_NAME.lower()}
)
_MARKS: Final = tuple(
    word.encode(codec) for word in ("SignedInfo", "MaxSignId") for codec in ("utf-8", "utf-16-le", "utf-16-be")
)
_DESCRIBES: Final = tuple(
    ("SignedInfo".encode(codec), tuple(word.encode(codec) for word in ("SignedValue", "StampAnnot")))
    for codec in ("utf-8", "utf-16-le", "utf-16-be")
)
_PLAIN_INFO: Final = _DESCRIBES[0][0]
_SEQUENCE: Final = b"\x30"
_SEAL_HEADER: Final = b"\x02ES"  # the identifier every seal begins with (GM/T 0031-2014, SES_Header), and its length
_SEAL_BEGINS: Final = 256  # octets within which it stands; some thirty are usual
_SHORT: Final = 64  # a signature value alone has some 70 octets
_FOLDERS: Final = frozenset({"signs", "signatures"})


def looks_like_signature(file: str) -> bool:
    """Whether a file is called as those of signatures are."""
    folder, _, name = file.lower().rpartition("/")
    inside = not _FOLDERS.isdisjoint(folder.split("/"))
    return name in _NAMES or name.endswith(".esl") or (inside and name.endswith((".xml", ".dat")))


def signature_files(
    documents: tuple[OfdDocument, ...], signatures: tuple[OfdSignature, ...], integrity: Integrity
) -> frozenset[str]:
    """Return the files that lists of signatures lead to: the lists, descriptions, signed values and seals.

    With those of integrity protection, which is no document's signature (GM/T 0099-2020 annex D).
    """
    reached = {each.signature_list for each in documents if each.signature_list is not None}
    for each in signatures:
        if isinstance(each, UnverifiedOfdSignature):
            reached |= {each.file, each.value_file} | ({each.seal_file} if each.seal_file else set())
    if isinstance(integrity, TrustError):
        reached.add(ENTRIES_NAME)
    elif integrity is not None:
        reached |= integrity.own_names
    return frozenset(reached)


def unlisted_files(package: Package, reached: frozenset[str], *, signed: bool) -> tuple[str, ...]:
    """Return the files that belong to signatures, by their names or by what they show, and are none that lists lead to.

    Whether somebody's signature covers them changes nothing: the list is open to everybody, and readers find another description by it
    than the one it means here. Where nothing is `signed`, whatever reads as part of a signature counts.
    """
    left = tuple(file for file in package.names if file not in reached)
    found = tuple(file for file in left if looks_like_signature(file) or _shows_seal(package, file))
    return found if found or signed else tuple(file for file in left if _holds_signature(package, file))


def _shows_seal(package: Package, file: str) -> bool:
    """Whether readers can take a file for a description of a signature, for a seal or for what is signed with one."""
    try:
        octets = package.octets(file)
    except TrustError:
        return False  # told where everything is unpacked
    if octets[:1] == _SEQUENCE:
        return _SEAL_HEADER in octets[:_SEAL_BEGINS]
    if _PLAIN_INFO not in octets and b"\0" not in octets:
        return False  # the wide ones have that in them
    return any(info in octets and any(each in octets for each in more) for info, more in _DESCRIBES)


def _holds_signature(package: Package, file: str) -> bool:
    """Whether a file reads as a description of a signature, a list of them, or a signed value: its writer calls it as he likes."""
    try:
        if package.size(file) > MAX_SIGNED_VALUE:
            return False
        octets = package.octets(file)
        if octets[:1] == _SEQUENCE:
            return der.read_tlv(octets, 0, len(octets)).end == len(octets) and len(octets) > _SHORT
    except TrustError:
        return False
    return any(mark in octets for mark in _MARKS)
