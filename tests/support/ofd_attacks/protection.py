"""Attacks on the list of files and on encryption (GM/T 0099-2020): what is smuggled in, taken out, or put over what was sealed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.ofd.encryption_model import ENCRYPTIONS_NAME
from esign.ofd.integrity_model import ENTRIES_NAME, SIGNED_VALUE_NAME
from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.containers import FORGED
from tests.support.ofd_attacks.contents import added, becomes, without
from tests.support.ofd_attacks.library import unpacked
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.verdicts import (
    DIGEST,
    DIGEST_SIGNED,
    ENCRYPTED,
    FILE_SET,
    MISSING,
    NOT_SIGNED,
    UNREACHED,
)

if TYPE_CHECKING:
    from tests.support.ofd_attacks.library import Library


def _list_of_another(library: Library) -> bytes:
    """List and signature of a package with other files."""
    files, other = library.parts("listed"), library.parts("listed_alone")
    return zips.pack({**files, **{name: other[name] for name in (ENTRIES_NAME, SIGNED_VALUE_NAME)}})


def _encrypted_over(library: Library) -> bytes:
    """Words that make a reader of encrypted packages look for other contents than the sealed ones."""
    act = d.element(
        "EncryptInfo", d.element("DecryptSeedLoc", "/a.dat") + d.element("EntriesMapLoc", "/b.dat"), 'ID="1"'
    )
    more = {ENCRYPTIONS_NAME: d.root("Encryptions", act), "a.dat": b"", "b.dat": b""}
    return zips.pack({**library.parts("sealed"), **more})


def _encrypted_beside(library: Library) -> bytes:
    """Another document encrypted to whoever reads, told of by a name that is the standard's where case does not count."""
    act = unpacked(library.encrypted)
    act[ENCRYPTIONS_NAME.lower()] = act.pop(ENCRYPTIONS_NAME)
    return zips.pack({**act, **library.parts("sealed")})


ROWS: Final = (
    Row("listed-file-smuggled-in", "listed", added({"Doc_0/Res/payload.bin": b"MZ"}, "listed"), FILE_SET),
    Row("listed-page-smuggled-in", "listed", added({"Doc_0/Pages/Page_2/Content.xml": FORGED}, "listed"), FILE_SET),
    Row("listed-file-taken-out", "listed", without(d.ATTACHMENT, "listed"), DIGEST),
    Row("listed-page-replaced", "listed", becomes(d.PAGE, FORGED, "listed"), DIGEST),
    Row("listed-list-lost", "listed", without(ENTRIES_NAME, "listed"), UNREACHED),
    Row("listed-signature-lost", "listed", without(SIGNED_VALUE_NAME, "listed"), MISSING),
    Row("listed-list-of-another-package", "listed", _list_of_another, FILE_SET),
    Row(
        "listed-list-extended",
        "listed",
        becomes(
            ENTRIES_NAME,
            lambda octets: octets.replace(b"</ofd:FileList>", b'<ofd:File ID="99" FileLoc="/x.bin"/></ofd:FileList>'),
            "listed",
            {"x.bin": b"MZ"},
        ),
        DIGEST_SIGNED,
    ),
    Row("listed-nothing-signed-but-the-list", "listed", lambda library: library.listed_alone, NOT_SIGNED),
    Row("encrypted-words-over-a-sealed-package", "sealed", _encrypted_over, ENCRYPTED),
    Row("encrypted-beside-in-another-case", "sealed", _encrypted_beside, ENCRYPTED),
    Row("encrypted-whole", "sealed", lambda library: library.encrypted, ENCRYPTED),
)
