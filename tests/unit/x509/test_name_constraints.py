"""Name constraints: directory and DNS names by subtree, and never passed over (RFC 5280 4.2.1.10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.pki import CA_USAGE, Member, PkiWorld
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509 import oids
from trustkit.x509.name import Name
from trustkit.x509.path import validate_path
from trustkit.x509.purpose import Purpose

if TYPE_CHECKING:
    from trustkit.x509.path import ValidatedPath

EMAIL, URI, IP = 1, 6, 7


def subtree(form: int, value: bytes) -> bytes:
    return w.sequence(w.explicit(form, value) if form == 4 else w.tlv(0x80 | form, value))


def dn(**fields: str) -> bytes:
    """Return a subtree of names that begin so; the builder wants a common name, which is cut off here."""
    built = Name.build(common_name="x", **fields)
    body = built[2 : -len(w.set_of(w.sequence(w.oid(oids.COMMON_NAME), w.utf8_string("x"))))]
    return subtree(4, w.sequence(body))


def dns(name: str) -> bytes:
    return subtree(2, name.encode())


def constraints(*, permitted: tuple[bytes, ...] = (), excluded: tuple[bytes, ...] = ()) -> bytes:
    parts = [w.tlv(0xA0, b"".join(permitted))] if permitted else []
    parts += [w.tlv(0xA1, b"".join(excluded))] if excluded else []
    return ext.extension(oids.NAME_CONSTRAINTS, w.sequence(*parts), critical=True)


def constrained(world: PkiWorld, extension: bytes) -> Member:
    return world.issue("受限CA", issuer=world.root, ca=True, usage=CA_USAGE, more_extensions=(extension,))


def judge(world: PkiWorld, leaf: Member, *authorities: Member) -> ValidatedPath:
    return validate_path(
        leaf.certificate,
        anchors=world.anchors,
        pool=tuple(member.certificate for member in authorities),
        at=world.START,
        purpose=Purpose.DOCUMENT_SIGNING,
    )


def alternative(form: int, value: bytes) -> bytes:
    return ext.extension(oids.SUBJECT_ALT_NAME, w.sequence(subtree(form, value)[2:]))


def leaf_names(*names: str) -> tuple[bytes, ...]:
    return (ext.subject_alternative_names(dns=names),) if names else ()


HERE = "示例市政务服务管理局"
ROWS: list[tuple[str, bytes, tuple[bytes, ...], bool]] = [
    ("own organisation", constraints(permitted=(dn(country="CN", organisation=HERE),)), (), True),
    ("own country", constraints(permitted=(dn(country="CN"),)), (), True),
    ("one of two", constraints(permitted=(dn(country="DE"), dn(country="CN"))), (), True),
    ("another country", constraints(permitted=(dn(country="DE"),)), (), False),
    ("another organisation", constraints(permitted=(dn(country="CN", organisation="别处"),)), (), False),
    ("excluded country", constraints(excluded=(dn(country="CN"),)), (), False),
    ("excluded elsewhere", constraints(excluded=(dn(country="DE"),)), (), True),
    ("excluded within permitted",
     constraints(permitted=(dn(country="CN"),), excluded=(dn(country="CN", organisation=HERE),)), (), False),
    ("unreadable permitted name", constraints(permitted=(subtree(4, b"xx"),)), (), False),
    ("unreadable excluded name", constraints(excluded=(subtree(4, b"xx"),)), (), False),
    ("DNS, none in the leaf", constraints(permitted=(dns("gov.example"),)), (), True),
    ("DNS inside", constraints(permitted=(dns("gov.example"),)), leaf_names("a.GOV.example", "gov.example"), True),
    ("DNS outside", constraints(permitted=(dns("gov.example"),)), leaf_names("agov.example"), False),
    ("DNS one of two outside", constraints(permitted=(dns("gov.example"),)), leaf_names("gov.example", "x.test"), False),
    ("DNS with a leading dot", constraints(permitted=(dns(".gov.example"),)), leaf_names("gov.example"), False),
    ("DNS below a leading dot", constraints(permitted=(dns(".gov.example"),)), leaf_names("a.gov.example"), True),
    ("DNS everything", constraints(permitted=(dns(""),)), leaf_names("x.test"), True),
    ("DNS nothing", constraints(excluded=(dns(""),)), leaf_names("x.test"), False),
    ("DNS excluded", constraints(excluded=(dns("gov.example"),)), leaf_names("a.gov.example"), False),
    ("DNS wildcard under an exclusion", constraints(excluded=(dns("a.gov.example"),)), leaf_names("*.gov.example"), False),
    ("DNS wildcard inside", constraints(permitted=(dns("gov.example"),)), leaf_names("*.gov.example"), True),
    ("e-mail constrained, none in the leaf", constraints(permitted=(subtree(EMAIL, b"gov.example"),)), (), True),
    ("e-mail constrained, one in the leaf", constraints(permitted=(subtree(EMAIL, b"gov.example"),)),
     (alternative(EMAIL, b"a@gov.example"),), False),
    ("URI excluded, one in the leaf", constraints(excluded=(subtree(URI, b"x"),)), (alternative(URI, b"urn:y"),), False),
    ("URI not constrained", constraints(permitted=(dns("x"),)), (alternative(URI, b"urn:y"),), True),
    ("address constrained", constraints(permitted=(subtree(IP, b"\x0a" * 8),)), (alternative(IP, b"\x0a" * 4),), False),
    ("directory name in SAN outside", constraints(permitted=(dn(country="CN"),)),
     (alternative(4, Name.build(country="DE", common_name="x")),), False),
    ("unreadable SAN", constraints(permitted=(dn(country="CN"),)), (ext.extension(oids.SUBJECT_ALT_NAME, b"x"),), False),
    ("minimum", ext.extension(oids.NAME_CONSTRAINTS,
     w.sequence(w.tlv(0xA0, w.sequence(w.tlv(0x82, b""), w.tlv(0x80, b"\x01")))), critical=True), (), False),
    ("unknown part", ext.extension(oids.NAME_CONSTRAINTS, w.sequence(w.tlv(0xA2, b"")), critical=True), (), False),
    ("permitted twice", ext.extension(oids.NAME_CONSTRAINTS, w.sequence(w.tlv(0xA0, b"") * 2), critical=True), (), False),
    ("tail", ext.extension(oids.NAME_CONSTRAINTS, w.sequence() + b"\x00", critical=True), (), False),
    ("no name form", ext.extension(oids.NAME_CONSTRAINTS, w.sequence(w.tlv(0xA0, w.sequence(w.null()))), critical=True),
     (), False),
    ("not critical and violated", ext.extension(oids.NAME_CONSTRAINTS, w.sequence(w.tlv(0xA0, dn(country="DE")))), (), False),
    ("a subject without a name", constraints(permitted=(dn(country="DE"),)), (w.sequence(),), True),
    ("501 subtrees", constraints(excluded=(dns("x"),) * 501), (), False),
]  # fmt: skip


@pytest.mark.parametrize(("extension", "names", "allowed"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_table(world: PkiWorld, extension: bytes, names: tuple[bytes, ...], *, allowed: bool) -> None:
    middle = constrained(world, extension)
    nameless = names == (w.sequence(),)
    leaf = world.issue(
        "叶", issuer=middle, more_extensions=() if nameless else names, subject_der=names[0] if nameless else None
    )
    if allowed:
        assert judge(world, leaf, middle).anchor == world.root.certificate
        return
    with pytest.raises(TrustError) as caught:
        judge(world, leaf, middle)
    assert caught.value.code is ErrorCode.PATH_NAME_CONSTRAINTS


def test_e_mail_in_the_subject_counts(world: PkiWorld) -> None:
    middle = constrained(world, constraints(permitted=(subtree(EMAIL, b"gov.example"),)))
    subject = w.sequence(w.set_of(w.sequence(w.oid(oids.EMAIL_ADDRESS), w.ia5_string("a@x.test"))))
    with pytest.raises(TrustError) as caught:
        judge(world, world.issue("x", issuer=middle, subject_der=subject), middle)
    assert caught.value.code is ErrorCode.PATH_NAME_CONSTRAINTS


def test_constraints_add_up_along_the_path(world: PkiWorld) -> None:
    upper = constrained(world, constraints(permitted=(dn(country="CN"),)))
    lower = world.issue(
        "再限CA", issuer=upper, ca=True, usage=CA_USAGE,
        more_extensions=(constraints(permitted=(dn(country="DE"),)),),
    )  # fmt: skip
    german = world.issue("x", issuer=lower, subject_der=Name.build(country="DE", common_name="x"))
    chinese = world.issue("x", issuer=lower)
    for leaf in (german, chinese):
        with pytest.raises(TrustError) as caught:
            judge(world, leaf, upper, lower)
        assert caught.value.code is ErrorCode.PATH_NAME_CONSTRAINTS


def test_a_self_issued_authority_is_exempt_and_a_self_issued_leaf_is_not(world: PkiWorld) -> None:
    upper = constrained(world, constraints(permitted=(dn(country="DE"),)))
    name = upper.certificate.subject_der
    new_key = world.issue("x", issuer=upper, subject_der=name, ca=True, usage=CA_USAGE)
    leaf = world.issue("x", issuer=new_key, subject_der=Name.build(country="DE", common_name="x"))
    judge(world, leaf, upper, new_key)
    with pytest.raises(TrustError):
        judge(world, world.issue("x", issuer=upper, subject_der=name), upper)


def test_comparisons_are_limited(world: PkiWorld) -> None:
    middle = constrained(world, constraints(excluded=(dns("x"),) * 400))
    leaf = world.issue("叶", issuer=middle, more_extensions=leaf_names(*(f"a{n}.test" for n in range(200))))
    with pytest.raises(TrustError) as caught:
        judge(world, leaf, middle)
    assert caught.value.code is ErrorCode.PATH_LIMIT
