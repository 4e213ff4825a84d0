"""Seals and signatures of others, out of their time, or of another document (GM/T 0031, GB/T 38540)."""

from __future__ import annotations

import base64
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.seal.model import SealVersion
from tests.support.ofd_attacks import documents as d
from tests.support.ofd_attacks import zips
from tests.support.ofd_attacks.contents import becomes
from tests.support.ofd_attacks.lists import ONE, TWO
from tests.support.ofd_attacks.model import Row
from tests.support.ofd_attacks.signing import Order, token
from tests.support.ofd_attacks.verdicts import (
    ALGORITHM,
    ALGORITHM_UNKNOWN,
    COVERED,
    DIGEST,
    DIGEST_SIGNED,
    EXPIRED_SIGNER,
    MAKER_EXPIRED,
    MAKER_PURPOSE,
    MAKER_REVOKED,
    MAKER_UNVOUCHED,
    NO_ANCHOR,
    NO_LISTS,
    PASSED,
    PROPERTY,
    PURPOSE,
    REVOKED,
    SEAL,
    SEAL_DIFFERS,
    SEAL_MALFORMED,
    SEAL_SIGNER,
    SEAL_VALIDITY,
    SPREAD,
    TO_COME,
)
from tests.support.ses import PICTURE, make_seal
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding import der_write as write

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from tests.support.ofd_attacks.library import Library

DAY: Final = timedelta(days=1)


def _seal(**changes: object) -> Callable[[Library], bytes]:
    """Return a licence sealed with another seal of the signer."""
    return lambda library: library.resealed(Order(seal=make_seal(library.world, **changes)))  # type: ignore[arg-type]


def _resealed(**changes: object) -> Callable[[Library], bytes]:
    """Return a licence sealed with other words in the signature."""
    return lambda library: library.resealed(Order(**changes))  # type: ignore[arg-type]


def _listing(name: str, algorithm: DigestAlgorithm | None) -> Callable[[Library], bytes]:
    """Return a licence whose seal lists the signer by a digest so called, or by 32 octets that are none."""

    def build(library: Library) -> bytes:
        own = library.world.signer.der
        value = bytes(range(32)) if algorithm is None else digest(algorithm, own, allow_weak=True)
        seal = make_seal(library.world, digest_entries=((name, value),))
        return library.resealed(Order(seal=seal))

    return build


def _period(first: timedelta, last: timedelta) -> Callable[[Library], bytes]:
    def build(library: Library) -> bytes:
        now: datetime = library.world.START
        return library.resealed(Order(seal=make_seal(library.world, valid_from=now + first, valid_until=now + last)))

    return build


def _by(member: str) -> Callable[[Library], bytes]:
    """Return a licence sealed by another member of the world, in whose name the seal is made."""
    return lambda library: library.resealed(Order(signer=getattr(library.world, member)))


def _not_listed(library: Library) -> bytes:
    return library.resealed(Order(seal=library.genuine_seal, signer=library.second))


def _stranger_maker(library: Library) -> bytes:
    seal = make_seal(library.world, maker=library.stranger.seal_maker)
    return library.resealed(Order(seal=seal))


def _stranger(library: Library) -> bytes:
    """Everything right, in a world of its own."""
    own = library.stranger.signer
    seal = make_seal(library.stranger, users=(own.der,))
    return library.resealed(Order(seal=seal, signer=own))


def _seal_beside_swapped(library: Library) -> bytes:
    """The seal that lies beside is of another picture, and no Reference holds it."""
    covered = tuple(d.licence())
    twin = library.genuine_seal.replace(PICTURE, PICTURE[:-1] + b"L")
    return library.resealed(Order(seal=library.genuine_seal, twin=twin, covered=covered))


def _transplanted(library: Library) -> bytes:
    """The signature of another licence, whole, in this one."""
    files, other = library.parts("sealed"), library.parts("other")
    return zips.pack({**files, **{name: octets for name, octets in other.items() if name.startswith(ONE)}})


def _value_transplanted(library: Library) -> bytes:
    """Only the signed value of another licence."""
    files, other = library.parts("sealed"), library.parts("other")
    name = f"{ONE}SignedValue.dat"
    return zips.pack({**files, name: other[name]})


def _values_swapped(library: Library) -> bytes:
    files = library.parts("twice")
    first, second = f"{ONE}SignedValue.dat", f"{TWO}SignedValue.dat"
    return zips.pack({**files, first: files[second], second: files[first]})


def _seal_in_signature_bent(library: Library) -> bytes:
    """The picture inside the seal inside the signature is another one of the same length."""
    name = f"{ONE}SignedValue.dat"
    files = library.parts("sealed")
    twin = f"{ONE}Seal.esl"
    swapped = PICTURE[:-1] + b"L"
    return zips.pack(
        {**files, name: files[name].replace(PICTURE, swapped), twin: files[twin].replace(PICTURE, swapped)}
    )


def _stamp_of_other(library: Library) -> bytes:
    """A genuine time stamp, over something else."""
    return library.resealed(Order(stamp=token(library.world, b"other octets")))


def _stamp_before_seal(library: Library) -> bytes:
    return library.resealed(Order(at=library.world.START - 20 * DAY))


def _made_by(member: str) -> Callable[[Library], bytes]:
    """Return a licence whose seal was made by another member of the world."""
    return lambda library: library.resealed(Order(seal=make_seal(library.world, maker=getattr(library.world, member))))


def _made_by_authority(library: Library) -> bytes:
    """The seal is made by an authority that may sign more than certificates, as one outside sample is."""
    world = library.world
    maker = world.issue("制章机构", issuer=world.root, ca=True, usage=("keyCertSign", "cRLSign", "digitalSignature"))
    return library.resealed(Order(seal=make_seal(world, maker=maker)))


def _signed_as(content: Callable[[bytes], bytes | None], *, attributes: bool = False) -> Callable[[Library], bytes]:
    """Return a licence signed by a message whose content is made of Signature.xml in another way than usual."""

    def build(library: Library) -> bytes:
        files = library.parts("signed")
        world, octets = library.world, files[f"{ONE}Signature.xml"]
        held = content(octets)
        files[f"{ONE}SignedValue.dat"] = sign_message(
            content=octets if held is None else held,
            signer=world.signer.signer,
            certificate=world.signer.certificate,
            chain=(world.issuing.certificate,),
            dialect=Dialect.GBT35275,
            detached=held is None,
            attributes=SignedAttributes(signing_time=world.START) if attributes else None,
        )
        return zips.pack(files)

    return build


def _stamped_by_a_stranger(library: Library) -> bytes:
    """A time stamp of an authority nobody here trusts, over the very signature."""
    order = Order(stamp=False, stamping=lambda value: token(library.stranger, value))
    return library.resealed(order)


def _digest_list_of_other(library: Library) -> bytes:
    """A seal that lists the digest of another's certificate."""
    return library.resealed(Order(seal=make_seal(library.world, users=(library.second.der,), digests=True)))


def _sm3(octets: bytes) -> bytes:
    return digest(DigestAlgorithm.SM3, octets)


def _shown(*annotations: str, later: bool = True) -> Callable[[Library], bytes]:
    """Return the sealed licence under a second signer's seal, shown as he likes; or one seal shown so."""
    places = '"/><ofd:StampAnnot '.join(each.removesuffix('"') for each in annotations)

    def build(library: Library) -> bytes:
        if not later:
            return library.resealed(Order(annotation=places + '"'))
        order = Order(number=1, signer=library.second, annotation=places + '"')
        return zips.pack(library.sign(library.parts("sealed"), order))

    return build


def _tiled(count: int) -> tuple[str, ...]:
    return tuple(
        f'ID="{each}" PageRef="11" Boundary="{each * 40 % 200} {each // 5 * 40} 40 40"' for each in range(count)
    )


def _claiming(time: str) -> Callable[[Library], bytes]:
    """Return a licence signed without a time stamp by somebody who names this time."""
    order = Order(kind="Sign", stamp=False, bend=lambda octets: octets.replace(b"20261201000000Z", time.encode()))
    return lambda library: library.resealed(order)


def _shown_many_times(signatures: int) -> Callable[[Library], bytes]:
    """Return the sealed licence under as many signatures of a second signer, each showing its seal twice on one page."""

    def build(library: Library) -> bytes:
        files = library.parts("sealed")
        places = '"/><ofd:StampAnnot '.join(each.removesuffix('"') for each in _tiled(2)) + '"'
        for number in range(1, signatures + 1):
            files = library.sign(files, Order(number=number, signer=library.second, annotation=places))
        return zips.pack(files)

    return build


def _drawn(boundary: str) -> bytes:
    """Return a document of one object for a seal's picture; what it says of pages without an area is A4, as in seals in use."""
    page = d.page(d.text(21, "印", at=boundary), template=False)
    own = {d.ENTRY: d.entry(d.body(signed=False)), d.DOCUMENT: d.document(pages=1), d.PAGE: page}
    shared = {name: octets for name, octets in d.licence().items() if name not in {d.TEMPLATE, d.LAST_PAGE}}
    return zips.pack({**shared, d.ANNOTATION: d.root("PageAnnot", ""), **own})


def _shown_of(picture: bytes, sides: tuple[int, int]) -> Callable[[Library], bytes]:
    """Return the sealed licence under a second signer's seal with this picture, called a document, shown in its size."""

    def build(library: Library) -> bytes:
        users = (library.second.der,)
        seal = make_seal(library.world, users=users, picture=picture, picture_type=b"ofd", sides=sides)
        place = f'ID="1" PageRef="11" Boundary="0 0 {sides[0]} {sides[1]}"'
        order = Order(number=1, signer=library.second, seal=seal, annotation=place)
        return zips.pack(library.sign(library.parts("sealed"), order))

    return build


ROWS: Final = (
    Row(
        "seal-file-of-another-seal",
        "sealed",
        lambda library: zips.pack({**library.parts("sealed"), f"{ONE}Seal.esl": make_seal(library.world)}),
        DIGEST,
    ),
    Row(
        "seal-file-picture-swapped",
        "sealed",
        becomes(f"{ONE}Seal.esl", lambda octets: octets.replace(PICTURE, PICTURE[:-1] + b"L")),
        DIGEST,
    ),
    Row("seal-file-unlisted-and-swapped", "sealed", _seal_beside_swapped, SEAL_DIFFERS),
    Row("seal-file-is-junk", "sealed", becomes(f"{ONE}Seal.esl", b"junk"), DIGEST),
    Row("seal-picture-swapped-everywhere", "sealed", _seal_in_signature_bent, DIGEST),
    Row("seal-expired-at-signing", "sealed", _period(-9 * DAY, -DAY), SEAL_VALIDITY),
    Row("seal-not-yet-valid", "sealed", _period(DAY, 9 * DAY), SEAL_VALIDITY),
    Row("seal-signed-before-it", "sealed", _stamp_before_seal, SEAL_VALIDITY),
    Row("seal-lists-another", "sealed", _not_listed, SEAL_SIGNER),
    Row("seal-lists-the-digest-of-another", "sealed", _digest_list_of_other, SEAL_SIGNER),
    Row("seal-lists-nobody", "sealed", _seal(users=()), SEAL_MALFORMED),
    Row("seal-by-an-unknown-maker", "sealed", _stranger_maker, NO_ANCHOR),
    Row("seal-and-signer-of-another-world", "sealed", _stranger, NO_ANCHOR),
    Row("seal-shown-over-the-page", "sealed", _shown('ID="1" PageRef="11" Boundary="0 0 210 297"'), SPREAD),
    Row("seal-shown-as-tiles", "sealed", _shown(*_tiled(35)), SPREAD),
    Row("seal-shown-nowhere-that-is-read", "sealed", _shown('ID="1" PageRef="11" Boundary="0 0 2e1 1e400"'), SPREAD),
    Row(
        "seal-own-shown-over-the-page",
        "sealed",
        _shown('ID="1" PageRef="11" Boundary="0 0 210 297"', later=False),
        PASSED,  # he signed the place himself, and nobody else's page lies under it
    ),
    Row("seal-shown-on-a-page-by-sign", "sealed", _shown('ID="1" PageRef="+11" Boundary="0 0 40 40"'), SPREAD),
    Row(
        "seal-shown-on-a-page-in-wide-digits",
        "sealed",
        _shown('ID="1" PageRef="\uff11\uff11" Boundary="0 0 40 40"'),
        SPREAD,
    ),
    Row("seal-shown-by-many-signatures", "sealed", _shown_many_times(6), SPREAD),
    Row("seal-shown-by-two-signatures", "sealed", _shown_many_times(1), PASSED),
    Row("seal-as-large-as-the-page", "sealed", _shown_of(PICTURE, (210, 297)), SPREAD),
    Row("seal-whose-document-draws-beyond-it", "sealed", _shown_of(_drawn("0 0 210 297"), (40, 40)), SPREAD),
    Row("seal-called-a-document-that-is-none", "sealed", _shown_of(PICTURE, (40, 40)), SPREAD),
    Row("seal-whose-document-stays-within-it", "sealed", _shown_of(_drawn("0 0 40 40"), (40, 40)), COVERED),
    Row("seal-shown-twice-beside-another", "sealed", _shown(*_tiled(2)), PASSED),
    Row("seal-made-by-its-user", "sealed", _made_by("signer"), MAKER_UNVOUCHED),
    Row("seal-made-by-a-colleague", "sealed", _made_by("status_signer"), MAKER_UNVOUCHED),
    Row("seal-made-by-a-status-service", "sealed", _made_by("status_service"), MAKER_PURPOSE),
    Row("seal-made-by-an-authority", "sealed", _made_by_authority, PASSED),
    Row("signer-is-a-maker-of-seals", "sealed", _by("seal_maker"), PURPOSE),
    Row("seal-signature-over-nothing", "sealed", _seal(signed_octets=b""), SEAL),
    Row(
        "seal-of-one-edition-signed-as-another",
        "sealed",
        lambda library: library.resealed(Order(seal=make_seal(library.world), version=SealVersion.V5)),
        PASSED,
    ),
    Row("seal-list-by-digests", "sealed", _seal(digests=True), PASSED),
    Row("signer-revoked", "sealed", _by("revoked"), REVOKED),
    Row("signer-expired", "sealed", _by("expired"), EXPIRED_SIGNER),
    Row("signer-may-only-encrypt", "sealed", _by("encryption"), PURPOSE),
    Row("signer-is-a-stamping-service", "sealed", _by("tsa"), PURPOSE),
    Row("signer-without-lists", "sealed", lambda library: library.sealed + b"", NO_LISTS, alone=True),
    Row("signature-of-another-licence", "sealed", _transplanted, DIGEST),
    Row("signed-value-of-another-licence", "sealed", _value_transplanted, SEAL_DIFFERS),
    Row("signed-values-swapped", "twice", _values_swapped, PROPERTY),
    Row("signed-property-of-another-file", "sealed", _resealed(property_info=f"/{d.PAGE}"), PROPERTY),
    Row(
        "signed-property-of-another-file-by-backslash",
        "sealed",
        _resealed(property_info="Doc_0\\Document.xml"),
        PROPERTY,
    ),
    *(
        Row(f"signed-property-is-{name}", "sealed", _resealed(property_info=told), PASSED)
        for name, told in (
            ("a-date", "2026/12/01"),
            ("an-address", "http://example.test/licence"),
            ("a-type", "application/ofd"),
            ("a-file-elsewhere", "licence.xml"),
            ("by-backslash", "Doc_0\\Signs\\Sign_0\\Signature.xml"),
        )
    ),
    *(
        Row(f"signed-time-{name}", "sealed", _resealed(time_info=write.tlv(0x18, told)), PASSED)
        for name, told in (("of-fraction", b"20261201000000.000Z"), ("of-zone", b"20261201080000+0800"))
    ),
    Row("signed-in-times-to-come", "signed", _claiming("20281201000000Z"), TO_COME),
    Row("signed-in-local-time", "signed", _claiming("20261201080000Z"), PASSED),
    Row("seal-lists-by-sha-256", "sealed", _listing("SHA-256", DigestAlgorithm.SHA256), PASSED),
    Row("seal-lists-by-a-word-of-its-own", "sealed", _listing("certificate digest", DigestAlgorithm.SM3), PASSED),
    Row("seal-lists-by-an-unknown-digest", "sealed", _listing("BLAKE2", None), ALGORITHM_UNKNOWN),
    Row("seal-lists-by-md5", "sealed", _listing("MD5", DigestAlgorithm.MD5), ALGORITHM),
    Row("seal-lists-another-by-sha-256", "sealed", _listing("SHA256", None), SEAL_SIGNER),
    Row("stamp-is-junk", "sealed", lambda library: library.resealed(Order(stamp=b"\x30\x03\x02\x01\x01")), PASSED),
    Row("stamp-of-something-else", "sealed", _stamp_of_other, PASSED),
    Row(
        "sign-by-a-revoked-signer",
        "signed",
        lambda library: library.resealed(Order(kind="Sign", signer=library.world.revoked)),
        REVOKED,
    ),
    Row("seal-by-a-revoked-maker", "sealed", _made_by("revoked"), MAKER_REVOKED),
    Row("seal-by-an-expired-maker", "sealed", _made_by("expired"), MAKER_EXPIRED),
    Row("seal-by-a-maker-that-may-only-encrypt", "sealed", _made_by("encryption"), MAKER_PURPOSE),
    Row("stamp-by-a-stranger", "sealed", _stamped_by_a_stranger, PASSED),
    Row("sign-part-detached", "signed", _signed_as(lambda _: None, attributes=True), PASSED),
    Row("sign-digest-in-base64", "signed", _signed_as(lambda octets: base64.b64encode(_sm3(octets))), PASSED),
    Row("sign-digest-of-something-else", "signed", _signed_as(lambda octets: _sm3(octets + b" ")), DIGEST_SIGNED),
    Row("sign-digest-twice", "signed", _signed_as(lambda octets: _sm3(_sm3(octets))), DIGEST_SIGNED),
    Row(
        "sign-by-a-stranger",
        "signed",
        lambda library: library.resealed(Order(kind="Sign", signer=library.stranger.signer)),
        NO_ANCHOR,
    ),
)
