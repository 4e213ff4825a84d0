"""Name constraints: directory and DNS names by subtree, and never passed over (RFC 5280 4.2.1.10)."""

from __future__ import annotations

from ipaddress import ip_address
from typing import TYPE_CHECKING

import pytest

from tests.support.alternative_names import subject_alternative_names
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
    return (subject_alternative_names(dns=names),) if names else ()


def mail(text: str) -> tuple[bytes, ...]:
    return (alternative(EMAIL, text.encode()),)


def uri(text: str) -> tuple[bytes, ...]:
    return (alternative(URI, text.encode()),)


def address(text: str) -> tuple[bytes, ...]:
    return (alternative(IP, ip_address(text).packed),)


def network(base: str, mask: str) -> bytes:
    return subtree(IP, ip_address(base).packed + ip_address(mask).packed)


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
    ("DNS wildcard beside an exclusion", constraints(excluded=(dns("a.gov.example"),)), leaf_names("*.x.example"), True),
    ("DNS wildcard above an exclusion", constraints(excluded=(dns("b.a.gov.example"),)), leaf_names("*.gov.example"), True),
    ("DNS wildcard in the middle", constraints(permitted=(dns("gov.example"),)), leaf_names("a.*.gov.example"), False),
    ("DNS wildcard in part of a label", constraints(excluded=(dns("x"),)), leaf_names("f*.gov.example"), False),
    ("DNS name with a trailing dot", constraints(permitted=(dns("gov.example"),)), leaf_names("gov.example."), True),
    ("DNS name with an empty label", constraints(permitted=(dns("gov.example"),)), leaf_names("a..gov.example"), False),
    ("DNS name too long", constraints(permitted=(dns("gov.example"),)), leaf_names("a." * 130 + "gov.example"), False),
    ("DNS subtree unreadable", constraints(excluded=(dns("a b"),)), (), False),
    ("directory names fold case and blanks", constraints(permitted=(dn(organisation="Gov  of X"),)),
     (w.sequence(w.set_of(w.sequence(w.oid(oids.ORGANISATION), w.printable_string("gov OF   x")))),), True),
    ("e-mail constrained, none in the leaf", constraints(permitted=(subtree(EMAIL, b"gov.example"),)), (), True),
    ("e-mail at the host", constraints(permitted=(subtree(EMAIL, b"gov.example"),)), mail("a@GOV.example"), True),
    ("e-mail below the host", constraints(permitted=(subtree(EMAIL, b"gov.example"),)), mail("a@x.gov.example"), False),
    ("e-mail below the domain", constraints(permitted=(subtree(EMAIL, b".gov.example"),)), mail("a@x.gov.example"), True),
    ("e-mail at the domain", constraints(permitted=(subtree(EMAIL, b".gov.example"),)), mail("a@gov.example"), False),
    ("e-mail of the mailbox", constraints(permitted=(subtree(EMAIL, b"a@gov.example"),)), mail("a@Gov.example"), True),
    ("e-mail of another mailbox", constraints(permitted=(subtree(EMAIL, b"a@gov.example"),)), mail("A@gov.example"), False),
    ("e-mail all excluded", constraints(excluded=(subtree(EMAIL, b""),)), mail("a@x"), False),
    ("e-mail excluded host", constraints(excluded=(subtree(EMAIL, b"gov.example"),)), mail("a@gov.example"), False),
    ("e-mail excluded elsewhere", constraints(excluded=(subtree(EMAIL, b"gov.example"),)), mail("a@x.test"), True),
    ("e-mail without a host", constraints(excluded=(subtree(EMAIL, b"gov.example"),)), mail("a"), False),
    ("e-mail with two hosts", constraints(excluded=(subtree(EMAIL, b"gov.example"),)), mail("a@gov.example@x"), False),
    ("e-mail subtree unreadable", constraints(excluded=(subtree(EMAIL, b"@gov.example"),)), (), False),
    ("URI at the host", constraints(permitted=(subtree(URI, b"gov.example"),)), uri("https://u@gov.EXAMPLE:8/x@y"), True),
    ("URI below the host", constraints(permitted=(subtree(URI, b"gov.example"),)), uri("https://a.gov.example/"), False),
    ("URI below the domain", constraints(permitted=(subtree(URI, b".gov.example"),)), uri("ldap://a.gov.example"), True),
    ("URI excluded", constraints(excluded=(subtree(URI, b".gov.example"),)), uri("https://a.gov.example?x"), False),
    ("URI excluded elsewhere", constraints(excluded=(subtree(URI, b"x"),)), uri("https://y/"), True),
    ("URI without a host", constraints(excluded=(subtree(URI, b"x"),)), uri("urn:y"), False),
    ("URI with an address", constraints(excluded=(subtree(URI, b"x"),)), uri("http://127.0.0.1/"), False),
    ("URI with an address of version 6", constraints(excluded=(subtree(URI, b"x"),)), uri("http://[::1]/"), False),
    ("URI with a broken address", constraints(excluded=(subtree(URI, b"x"),)), uri("http://[::1/"), False),
    ("URI that is none", constraints(excluded=(subtree(URI, b"x"),)), (alternative(URI, b"http://\xff/"),), False),
    ("URI not constrained", constraints(permitted=(dns("x"),)), (alternative(URI, b"urn:y"),), True),
    ("address inside", constraints(permitted=(network("10.1.0.0", "255.255.0.0"),)), address("10.1.2.3"), True),
    ("address outside", constraints(permitted=(network("10.1.0.0", "255.255.0.0"),)), address("10.2.2.3"), False),
    ("address in one of two", constraints(permitted=(network("10.1.0.0", "255.255.0.0"), network("10.2.0.0", "255.255.255.0"))),
     address("10.2.0.3"), True),
    ("address excluded", constraints(excluded=(network("10.0.0.0", "255.0.0.0"),)), address("10.2.2.3"), False),
    ("address of all excluded", constraints(excluded=(subtree(IP, bytes(8)),)), address("10.2.2.3"), False),
    ("address of version 6 inside", constraints(permitted=(network("2001:db8::", "ffff:ffff::"),)), address("2001:db8::1"), True),
    ("address of version 6 outside", constraints(permitted=(network("2001:db8::", "ffff:ffff::"),)), address("2001:db9::1"), False),
    ("address of another version", constraints(permitted=(network("10.0.0.0", "255.0.0.0"),)), address("2001:db8::1"), False),
    ("address of another version not excluded", constraints(excluded=(network("::", "::"),)), address("10.0.0.1"), True),
    ("address of five octets", constraints(excluded=(network("::", "::"),)), (alternative(IP, b"\x0a" * 5),), False),
    ("network with a gap in its mask", constraints(excluded=(network("10.0.0.0", "255.0.255.0"),)), (), False),
    ("network of odd length", constraints(excluded=(subtree(IP, b"\x0a" * 9),)), (), False),
    ("network of odd size", constraints(excluded=(subtree(IP, b"\xff" * 10),)), (), False),
    ("a form that is not interpreted", constraints(excluded=(subtree(8, b"\x2a"),)), (alternative(8, b"\x2a"),), False),
    ("a form that is not interpreted, none in the leaf", constraints(excluded=(subtree(8, b"\x2a"),)), (), True),
    ("directory name in SAN outside", constraints(permitted=(dn(country="CN"),)),
     (alternative(4, Name.build(country="DE", common_name="x")),), False),
    ("unreadable SAN", constraints(permitted=(dn(country="CN"),)), (ext.extension(oids.SUBJECT_ALT_NAME, b"x"),), False),
    ("minimum zero written out", ext.extension(oids.NAME_CONSTRAINTS,
     w.sequence(w.tlv(0xA0, w.sequence(w.tlv(0x82, b""), w.tlv(0x80, b"\x00")))), critical=True), (), True),
    ("maximum", ext.extension(oids.NAME_CONSTRAINTS,
     w.sequence(w.tlv(0xA0, w.sequence(w.tlv(0x82, b""), w.tlv(0x81, b"\x09")))), critical=True), (), False),
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


def is_name(octets: bytes) -> bool:
    """Tell whether the row gives a whole subject and no extension: extensions begin with an identifier."""
    return octets[2:3] != b"\x06"


@pytest.mark.parametrize(("extension", "names", "allowed"), [r[1:] for r in ROWS], ids=[r[0] for r in ROWS])
def test_table(world: PkiWorld, extension: bytes, names: tuple[bytes, ...], *, allowed: bool) -> None:
    middle = constrained(world, extension)
    nameless = len(names) == 1 and names[0] != b"" and is_name(names[0])
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


def test_lists_and_names_are_looked_up_and_not_multiplied(world: PkiWorld) -> None:
    middle = constrained(world, constraints(excluded=tuple(dns(f"b{n}.test") for n in range(400))))
    many = leaf_names(*(f"a{n}.test" for n in range(500)))
    assert judge(world, world.issue("叶", issuer=middle, more_extensions=many), middle).anchor == world.root.certificate


def test_work_is_limited(world: PkiWorld) -> None:
    extension = constraints(excluded=(dns("x"),))
    above, pool = world.root, []
    for depth in range(8):
        above = world.issue(f"第{depth}级", issuer=above, ca=True, usage=CA_USAGE, more_extensions=(extension,))
        pool.append(above)
    leaf = world.issue(
        "叶", issuer=above, more_extensions=leaf_names(*("a.b.c.d.e.f." * 3 + f"{n}.test" for n in range(900)))
    )
    with pytest.raises(TrustError) as caught:
        judge(world, leaf, *pool)
    assert caught.value.code is ErrorCode.PATH_LIMIT
