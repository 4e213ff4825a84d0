from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from esign.ofd.archive_write import pack_files
from esign.ofd.integrity_model import ENTRIES_NAME, SIGNED_VALUE_NAME
from esign.ofd.integrity_read import read_integrity
from esign.ofd.integrity_sign import protect_package
from esign.ofd.integrity_verify import VerifiedIntegrity, verify_integrity
from esign.ofd.package import open_package
from tests.support.ofd_attacks.documents import PAGE, licence, root
from tests.support.ofd_attacks.signing import token
from tests.support.pki import PkiWorld
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.error_family import Code

Files = dict[str, bytes]


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def protected(world: PkiWorld, data: bytes | None = None, *, stamped: bool = False) -> bytes:
    return protect_package(
        pack_files(licence()) if data is None else data,
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=(world.issuing.certificate,),
        at=world.START,
        timestamp=(lambda value: token(world, value)) if stamped else None,
    )


def parts(data: bytes) -> Files:
    package = open_package(data)
    return {name: package.octets(name) for name in package.names}


def verified(data: bytes) -> VerifiedIntegrity:
    package = open_package(data)
    found = read_integrity(package)
    assert found is not None
    return verify_integrity(package, found)


def test_the_files_are_listed_and_keep_their_octets_and_order(world: PkiWorld) -> None:
    data = protected(world, stamped=True)
    files = parts(data)
    assert files.pop(ENTRIES_NAME).startswith(b"<?xml version='1.0' encoding='UTF-8'?>\n<ofd:DocEntries ")
    files.pop(SIGNED_VALUE_NAME)
    assert list(files.items()) == list(licence().items())
    found = verified(data)
    (signer,) = found.signers
    assert (found.files, signer.certificate) == (len(files), world.signer.certificate)
    assert len(signer.timestamp_tokens) == 1


def test_a_package_without_a_list_has_no_protection() -> None:
    assert read_integrity(open_package(pack_files(licence()))) is None


def test_protecting_anew_replaces_the_list(world: PkiWorld) -> None:
    once = protected(world)
    more = pack_files({**parts(once), "Doc_0/Res/new.bin": b"1"})
    assert verified(protected(world, more)).files == len(licence()) + 1


def test_what_a_file_holds_is_not_protected(world: PkiWorld) -> None:
    # The weakness of the standard's protection, pinned so that nobody takes it for more.
    assert verified(pack_files({**parts(protected(world)), PAGE: b"<x/>"})).files == len(licence())


def test_nobody_else_constructs_the_verified_type() -> None:
    with pytest.raises(TypeError, match="verify_integrity"):
        VerifiedIntegrity(signers=(), files=0, crls=(), made_here=object())


def _add(files: Files) -> Files:
    return {**files, "Doc_0/Res/payload.bin": b"MZ"}


def _add_case(files: Files) -> Files:
    return {**files, "Doc_0/Pages/Page_0/content2.xml": b""}


def _remove(files: Files) -> Files:
    return {name: octets for name, octets in files.items() if name != PAGE}


def _entries(old: bytes, new: bytes) -> Callable[[Files], Files]:
    def change(files: Files) -> Files:
        assert old in files[ENTRIES_NAME]
        return {**files, ENTRIES_NAME: files[ENTRIES_NAME].replace(old, new)}

    return change


def _value(octets: bytes) -> Callable[[Files], Files]:
    return lambda files: {**files, SIGNED_VALUE_NAME: octets}


_LOCATION = b"<ofd:SignedValueLoc>/signedvalue.dat</ofd:SignedValueLoc>"
_PAGE_LINE = b'FileLoc="/Doc_0/Pages/Page_0/Content.xml"'

REFUSALS: list[tuple[str, Callable[[Files], Files], Code]] = [
    ("file added", _add, ErrorCode.OFD_FILE_SET),
    ("file of another name added", _add_case, ErrorCode.OFD_FILE_SET),
    ("file taken out", _remove, ErrorCode.OFD_FILE_SET),
    ("list extended", lambda files: _add(_entries(b"</ofd:FileList>", b'<ofd:File ID="99" FileLoc="/Doc_0/Res/payload.bin"/></ofd:FileList>')(files)), ErrorCode.CMS_DIGEST_MISMATCH),
    ("list shortened", _entries(_PAGE_LINE, b'FileLoc="/Doc_0/x"'), ErrorCode.CMS_DIGEST_MISMATCH),
    ("file listed twice", _entries(b"</ofd:FileList>", b'<ofd:File ID="99" FileLoc="/OFD.xml"/></ofd:FileList>'), ErrorCode.OFD_MALFORMED),
    ("path out of the package", _entries(_PAGE_LINE, b'FileLoc="/../etc/passwd"'), ErrorCode.OFD_PATH),
    ("path empty", _entries(_PAGE_LINE, b'FileLoc=""'), ErrorCode.OFD_PATH),
    ("no list", _entries(b"FileList>", b"FileLust>"), ErrorCode.OFD_MALFORMED),
    ("no place of the signature", _entries(_LOCATION, b""), ErrorCode.OFD_MALFORMED),
    ("two places of the signature", _entries(_LOCATION, _LOCATION * 2), ErrorCode.OFD_XML),
    ("signature elsewhere", _entries(b"/signedvalue.dat", b"/nothing.dat"), ErrorCode.OFD_MISSING),
    ("signature in the list itself", _entries(b"/signedvalue.dat", b"/OFDEntries.xml"), ErrorCode.OFD_MALFORMED),
    ("another root", lambda files: {**files, ENTRIES_NAME: root("Other", "")}, ErrorCode.OFD_MALFORMED),
    ("entity", lambda files: {**files, ENTRIES_NAME: b'<!DOCTYPE a [<!ENTITY x "y">]><DocEntries/>'}, ErrorCode.OFD_XML),
    ("signature is junk", _value(b"junk"), ErrorCode.DER_MALFORMED),
    ("signature empty", _value(b""), ErrorCode.INPUT_EMPTY),
]  # fmt: skip


@pytest.mark.parametrize(("change", "code"), [row[1:] for row in REFUSALS], ids=[row[0] for row in REFUSALS])
def test_refusals(world: PkiWorld, change: Callable[[Files], Files], code: Code) -> None:
    data = pack_files(change(parts(protected(world))))
    with pytest.raises(TrustError) as caught:
        verified(data)
    assert caught.value.code is code


def _message(world: PkiWorld, content: bytes | None, **words: object) -> bytes:
    return sign_message(
        **{
            "content": content,
            "signer": world.signer.signer,
            "certificate": world.signer.certificate,
            "dialect": Dialect.GBT35275,
            "detached": False,
            "attributes": None,
            **words,
        }  # type: ignore[arg-type]
    )


def test_the_three_ways_of_signing_a_digest(world: PkiWorld) -> None:
    files = parts(protected(world))
    entries = files[ENTRIES_NAME]
    hashed = digest(DigestAlgorithm.SM3, entries)
    ways = (
        _message(world, hashed),
        _message(world, entries, detached=True, attributes=SignedAttributes(signing_time=world.START)),
        _message(world, encode_base64(hashed).encode()),
    )
    for way in ways:
        assert (
            verified(pack_files({**files, SIGNED_VALUE_NAME: way})).signers[0].certificate == world.signer.certificate
        )


@pytest.mark.parametrize("content", [b"x" * 32, b"x", b"", encode_base64(b"x" * 32).encode()])
def test_a_digest_of_something_else_is_refused(world: PkiWorld, content: bytes) -> None:
    data = pack_files({**parts(protected(world)), SIGNED_VALUE_NAME: _message(world, content)})
    with pytest.raises(TrustError) as caught:
        verified(data)
    assert caught.value.code is ErrorCode.CMS_DIGEST_MISMATCH


def test_the_signature_over_another_list_is_refused(world: PkiWorld) -> None:
    other = protect_package(
        pack_files({"OFD.xml": b"<x/>"}),
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        at=world.START + timedelta(days=1),
    )
    data = pack_files({**parts(protected(world)), SIGNED_VALUE_NAME: parts(other)[SIGNED_VALUE_NAME]})
    with pytest.raises(TrustError) as caught:
        verified(data)
    assert caught.value.code is ErrorCode.CMS_DIGEST_MISMATCH
