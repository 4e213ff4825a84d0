"""Every lint holds over every shipped profile, and bites on a certificate that breaks it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from ca.lints.model import LintSubject
from ca.lints.registry import LINTS, lint
from ca.profile import load_profile
from trustkit.crypto.public_key import SM2_CURVE, KeyKind, parse_public_key
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.private_key import generate_key
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import extensions as ext
from trustkit.x509 import oids
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.crl_extensions import freshest_crl
from trustkit.x509.general_name import DNS_NAME, IP_ADDRESS, GeneralName
from trustkit.x509.general_name_build import alternative_names, dns_name, email_address
from trustkit.x509.name_build import build_name
from trustkit.x509.name_constraints_build import name_constraints

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.custody.private_key import SoftwareSigner
    from trustkit.x509.certificate import Certificate

POLICIES = Path(__file__).parents[3] / "policies" / "certificates"
WEAK = json.loads((Path(__file__).parents[2] / "vectors" / "ca_weak_rsa_moduli.json").read_text("utf-8"))
AT = datetime(2026, 12, 1, tzinfo=UTC)
CA_KEY, KEY = generate_key(KeyKind.SM2).signer(), generate_key(KeyKind.SM2).signer()
P256, ED25519 = generate_key(KeyKind.EC_P256).signer(), generate_key(KeyKind.ED25519).signer()
PROFILE = replace(load_profile(POLICIES, "tls-server"), policies=("1.2.3",))
CA_NAME = build_name((("C", "CN"), ("O", "示范局"), ("CN", "根")))
NAME = build_name((("O", "示范局"), ("CN", "a.example.cn")))
CA_USAGE = ("keyCertSign", "cRLSign")
EMPTY = b"\x30\x00"
SAN = alternative_names((dns_name("a.example.cn"),))


@dataclass(frozen=True, kw_only=True)
class Draft:
    """A certificate field by field, and what it is linted against."""

    version: bytes = w.explicit(0, w.integer(2))
    serial: int = 2**158 + 7
    algorithm: bytes = SignatureSuite.SM2_SM3.algorithm_identifier()
    outer: bytes = SignatureSuite.SM2_SM3.algorithm_identifier()
    issuer_name: bytes = CA_NAME
    subject: bytes = NAME
    validity: bytes = w.sequence(w.time(AT), w.time(AT + timedelta(days=300)))
    spki: bytes = KEY.public_key.spki
    extensions: tuple[bytes, ...] = (
        ext.authority_key_identifier(CA_KEY.public_key.identifier),
        ext.subject_key_identifier(KEY.public_key.identifier),
        ext.basic_constraints(ca=False),
        ext.key_usage(["digitalSignature"]),
        ext.extended_key_usage(["serverAuth"]),
        ext.certificate_policies(["1.2.3"]),
        ext.crl_distribution_points(["http://a.cn/a.crl"]),
        ext.authority_information(issuer_urls=["http://a.cn/a.cer"], ocsp_urls=["http://a.cn/ocsp"]),
        SAN,
    )
    between: bytes = b""

    def certificate(self) -> Certificate:
        tbs = w.sequence(
            self.version,
            w.integer(self.serial),
            self.algorithm,
            self.issuer_name,
            self.validity,
            self.subject,
            self.spki,
            self.between,
            w.explicit(3, w.sequence(*self.extensions)),
        )
        return parse_certificate(w.sequence(tbs, self.outer, w.bit_string(w.sequence(w.integer(1), w.integer(1)))))

    def put(self, *extensions: bytes) -> Draft:
        """Return the draft with these instead of the extensions of their kinds."""
        kinds = {_kind(each) for each in extensions}
        return replace(self, extensions=(*(e for e in self.extensions if _kind(e) not in kinds), *extensions))

    def drop(self, oid: str) -> Draft:
        return replace(self, extensions=tuple(e for e in self.extensions if _kind(e) != w.oid(oid)))

    def of_key(self, key: bytes, identifier: bytes) -> Draft:
        return replace(self, spki=key).put(ext.subject_key_identifier(identifier))


def _kind(extension: bytes) -> bytes:
    start = 2 if extension[1] < 0x80 else 3
    return extension[start : start + 2 + extension[start + 1]]


def ca(*, path_length: int | None = 1, usage: tuple[str, ...] = CA_USAGE, is_ca: bool = True, constrained: tuple[bytes, ...] = ()) -> Certificate:  # fmt: skip
    return Draft(
        subject=CA_NAME,
        spki=CA_KEY.public_key.spki,
        validity=w.sequence(w.time(AT), w.time(AT + timedelta(days=3650))),
        extensions=(
            ext.subject_key_identifier(CA_KEY.public_key.identifier),
            ext.basic_constraints(ca=is_ca, path_length=path_length if is_ca else None),
            ext.key_usage(usage),
            *constrained,
        ),
    ).certificate()


GOOD, ISSUER = Draft(), ca()
SUB = GOOD.drop(oids.EXTENDED_KEY_USAGE).drop(oids.SUBJECT_ALT_NAME).put(
    ext.basic_constraints(ca=True, path_length=0), ext.key_usage(CA_USAGE), ext.certificate_policies(["1.2.3"])
)  # fmt: skip
SUB_PROFILE = replace(load_profile(POLICIES, "subordinate-ca"), policies=("1.2.3",))


def _rsa(exponent: int = 65537, *, factor: bool = False, bits: int = 2048, weak: str = "") -> tuple[bytes, bytes]:
    modulus = int(WEAK[weak], 16) if weak else rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
    if factor:
        modulus = modulus // 3 * 3
        modulus += 3 * (modulus % 2 == 0)
    if bits != 2048:
        modulus = (1 << (bits - 1)) + 1
    spki = rsa.RSAPublicNumbers(exponent, modulus).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # fmt: skip

    return spki, parse_public_key(spki).identifier


def usage(*names: str) -> bytes:
    return ext.key_usage(names)


def constrained_ca(part: str, base: str) -> Certificate:
    return ca(constrained=(name_constraints(((part, (base,)),)),))


def utf8(oid: str, text: str) -> bytes:
    return w.set_of(w.sequence(w.oid(oid), w.utf8_string(text)))


WILD = w.sequence(w.oid(SM2_CURVE), w.oid(SM2_CURVE)), KEY.public_key.spki.split(w.oid(SM2_CURVE))[1]
Row = tuple[str, "Callable[[], Draft]", dict[str, object]]
BITES: list[Row] = [
    ("version", lambda: replace(GOOD, version=w.explicit(0, w.integer(1))), {}),
    ("serial-positive", lambda: replace(GOOD, serial=-(2**150)), {}),
    ("serial-positive", lambda: replace(GOOD, serial=0), {}),
    ("serial-length", lambda: replace(GOOD, serial=2**159), {}),
    ("serial-entropy", lambda: replace(GOOD, serial=2**64 - 1), {}),
    ("algorithm-equal", lambda: replace(GOOD, outer=w.sequence(w.oid("1.2.156.10197.1.501"), w.null())), {}),
    ("algorithm-form", lambda: replace(GOOD, algorithm=w.sequence(w.oid("1.2.156.10197.1.501"), w.null())), {}),
    ("algorithm-of-key", lambda: replace(GOOD, algorithm=P256.suite.algorithm_identifier(), outer=P256.suite.algorithm_identifier()), {}),
    ("issuer-name", lambda: replace(GOOD, issuer_name=NAME), {}),
    ("name-strings", lambda: replace(GOOD, subject=w.sequence(utf8(oids.COUNTRY, "CN"))), {}),
    ("name-strings", lambda: replace(GOOD, subject=w.sequence(w.set_of(w.sequence(w.oid(oids.COMMON_NAME), w.tlv(0x1E, b"\x00a"))))), {}),
    ("name-strings", lambda: replace(GOOD, subject=w.sequence(utf8("1.2.3.4", "x"))), {}),
    ("name-lengths", lambda: replace(GOOD, subject=w.sequence(utf8(oids.COMMON_NAME, "x" * 65))), {}),
    ("name-lengths", lambda: replace(GOOD, subject=w.sequence(utf8(oids.COMMON_NAME, ""))), {}),
    ("name-country", lambda: replace(GOOD, subject=w.sequence(w.set_of(w.sequence(w.oid(oids.COUNTRY), w.printable_string("cn"))))), {}),
    ("name-once", lambda: replace(GOOD, subject=build_name((("CN", "a"), ("CN", "b")))), {}),
    ("name-grouping", lambda: replace(GOOD, subject=w.sequence(w.set_of(*(w.sequence(w.oid(oid), w.utf8_string("a")) for oid in (oids.COMMON_NAME, oids.ORGANISATION))))), {}),
    ("subject-named", lambda: replace(GOOD, subject=EMPTY), {}),
    ("subject-named", lambda: GOOD.put(alternative_names((dns_name("a.example.cn"),), critical=True)), {}),
    ("authority-named", lambda: replace(SUB, subject=EMPTY), {"profile": SUB_PROFILE}),
    ("validity-order", lambda: replace(GOOD, validity=w.sequence(w.time(AT), w.time(AT))), {}),
    ("validity-encoding", lambda: replace(GOOD, validity=w.sequence(w.generalized_time(AT), w.time(AT + timedelta(days=1)))), {}),
    ("validity-within-issuer", lambda: replace(GOOD, validity=w.sequence(w.time(AT), w.time(AT + timedelta(days=3651)))), {}),
    ("validity-within-issuer", lambda: replace(GOOD, validity=w.sequence(w.time(AT - timedelta(minutes=11)), w.time(AT + timedelta(days=1)))), {}),
    ("validity-within-profile", lambda: replace(GOOD, validity=w.sequence(w.time(AT), w.time(AT + timedelta(days=398)))), {}),
    ("key-kind", lambda: GOOD, {"profile": replace(PROFILE, key_kinds=frozenset({"rsa"}))}),
    ("key-kind", lambda: replace(GOOD, spki=KEY.public_key.spki[:-1] + bytes((KEY.public_key.spki[-1] ^ 1,))), {}),
    ("key-form", lambda: GOOD.of_key(w.sequence(WILD[0], WILD[1]), KEY.public_key.identifier), {}),
    ("rsa-exponent", lambda: GOOD.of_key(*_rsa(3)), {}),
    ("rsa-modulus", lambda: GOOD.of_key(*_rsa(factor=True)), {}),
    ("rsa-modulus", lambda: GOOD.of_key(*_rsa(bits=2049)), {}),
    ("rsa-close-primes", lambda: GOOD.of_key(*_rsa(weak="rsa-close-primes")), {}),
    ("rsa-roca", lambda: GOOD.of_key(*_rsa(weak="rsa-roca")), {}),
    ("key-own", lambda: GOOD.of_key(CA_KEY.public_key.spki, CA_KEY.public_key.identifier), {}),
    ("subject-key-identifier", lambda: GOOD.put(ext.subject_key_identifier(b"x" * 20)), {}),
    ("subject-key-identifier", lambda: GOOD.drop(oids.SUBJECT_KEY_IDENTIFIER), {}),
    ("subject-key-identifier", lambda: GOOD.put(ext.extension(oids.SUBJECT_KEY_IDENTIFIER, w.octet_string(KEY.public_key.identifier), critical=True)), {}),
    ("authority-key-identifier", lambda: GOOD.put(ext.authority_key_identifier(b"x" * 20)), {}),
    ("authority-key-identifier", lambda: GOOD.drop(oids.AUTHORITY_KEY_IDENTIFIER), {}),
    ("key-usage", lambda: GOOD.put(usage("nonRepudiation")), {}),
    ("key-usage", lambda: GOOD.drop(oids.KEY_USAGE), {}),
    ("key-usage", lambda: GOOD.put(ext.extension(oids.KEY_USAGE, w.named_bits(0))), {}),
    ("key-usage-of-kind", lambda: GOOD.of_key(P256.public_key.spki, P256.public_key.identifier).put(usage("keyEncipherment")), {}),
    ("key-usage-of-kind", lambda: GOOD.of_key(ED25519.public_key.spki, ED25519.public_key.identifier).put(usage("keyAgreement")), {}),
    ("key-usage-dual", lambda: GOOD.put(usage("digitalSignature", "keyEncipherment")), {}),
    ("key-usage-authority", lambda: GOOD.put(usage("keyCertSign")), {}),
    ("key-usage-authority", lambda: SUB.put(usage("cRLSign")), {"profile": SUB_PROFILE}),
    ("extended-key-usage", lambda: GOOD.put(ext.extended_key_usage(["clientAuth"])), {}),
    ("extended-key-usage", lambda: GOOD.drop(oids.EXTENDED_KEY_USAGE), {}),
    ("extended-key-usage", lambda: SUB.put(ext.extended_key_usage(["serverAuth"])), {"profile": SUB_PROFILE}),
    ("extended-key-usage", lambda: GOOD.put(ext.extension(oids.EXTENDED_KEY_USAGE, w.sequence(w.oid("1.3.6.1.5.5.7.3.1")), critical=True)), {}),
    ("extended-key-usage-once", lambda: GOOD.put(ext.extended_key_usage(["serverAuth", "serverAuth"])), {}),
    ("extended-key-usage-once", lambda: GOOD.put(ext.extended_key_usage(["anyExtendedKeyUsage"])), {}),
    ("extended-key-usage-consistent", lambda: GOOD.put(usage("keyEncipherment")), {}),
    ("basic-constraints", lambda: GOOD.drop(oids.BASIC_CONSTRAINTS), {}),
    ("basic-constraints", lambda: GOOD.put(ext.extension(oids.BASIC_CONSTRAINTS, EMPTY)), {}),
    ("basic-constraints", lambda: SUB.put(ext.basic_constraints(ca=True, path_length=1)), {"profile": SUB_PROFILE}),
    ("path-length", lambda: SUB, {"profile": SUB_PROFILE, "issuer": ca(path_length=0)}),
    ("path-length", lambda: SUB.put(ext.basic_constraints(ca=True, path_length=1)), {"profile": SUB_PROFILE}),
    ("issuer-is-authority", lambda: GOOD, {"issuer": ca(is_ca=False)}),
    ("issuer-is-authority", lambda: GOOD, {"issuer": ca(usage=("cRLSign",))}),
    ("name-constraints", lambda: GOOD.put(name_constraints((("permitted_dns", ("a.cn",)),))), {}),
    ("name-constraints", lambda: SUB, {"profile": replace(SUB_PROFILE, name_constraints=(("permitted_dns", ("a.cn",)),))}),
    ("name-constraints", lambda: SUB.put(ext.extension(oids.NAME_CONSTRAINTS, EMPTY, critical=True)), {"profile": SUB_PROFILE}),
    ("names-within-issuer", lambda: GOOD, {"issuer": constrained_ca("permitted_dns", "example.com")}),
    ("names-within-issuer", lambda: GOOD, {"issuer": constrained_ca("excluded_dns", "example.cn")}),
    ("names-within-issuer", lambda: GOOD, {"issuer": ca(constrained=(ext.extension(oids.NAME_CONSTRAINTS, b"\x05\x00", critical=True),))}),
    ("policies", lambda: GOOD.drop(oids.CERTIFICATE_POLICIES), {}),
    ("policies", lambda: GOOD.put(ext.certificate_policies(["1.2.4"])), {}),
    ("alternative-name-kinds", lambda: GOOD.put(alternative_names((email_address("a@b.cn"),))), {}),
    ("alternative-name-kinds", lambda: GOOD.drop(oids.SUBJECT_ALT_NAME), {}),
    ("alternative-name-syntax", lambda: GOOD.put(alternative_names((GeneralName(DNS_NAME, b"a b"),))), {}),
    ("alternative-name-syntax", lambda: GOOD.put(alternative_names((GeneralName(DNS_NAME, b"A.cn"),))), {}),
    ("alternative-name-syntax", lambda: GOOD.put(alternative_names((GeneralName(IP_ADDRESS, b"12345"),))), {}),
    ("alternative-name-once", lambda: GOOD.put(alternative_names((dns_name("a.example.cn"),) * 2)), {}),
    ("common-name-host", lambda: GOOD.put(alternative_names((dns_name("b.example.cn"),))), {}),
    ("crl-links", lambda: GOOD.drop(oids.CRL_DISTRIBUTION_POINTS), {}),
    ("crl-links", lambda: GOOD.put(ext.crl_distribution_points(["ldap://a"])), {}),
    ("delta-links", lambda: GOOD.put(freshest_crl(["ldap://a"])), {}),
    ("delta-links", lambda: GOOD.put(freshest_crl(["http://a.cn/a.crl"])), {}),
    ("delta-links", lambda: GOOD.put(ext.extension(oids.FRESHEST_CRL, ext.distribution_points(["http://a"]), critical=True)), {}),
    ("delta-links", lambda: GOOD.drop(oids.CRL_DISTRIBUTION_POINTS).put(freshest_crl(["http://a"])), {"profile": replace(PROFILE, publish_links=False)}),
    ("delta-links", lambda: GOOD.put(ext.extension(oids.FRESHEST_CRL, EMPTY)), {}),
    ("authority-links", lambda: GOOD.drop(oids.AUTHORITY_INFO_ACCESS), {}),
    ("authority-links", lambda: GOOD.put(ext.authority_information(issuer_urls=["file:///a"])), {}),
    ("ocsp-no-check", lambda: GOOD.put(ext.ocsp_no_check()), {}),
    ("ocsp-no-check", lambda: GOOD, {"profile": replace(PROFILE, no_check=True)}),
    ("extensions-readable", lambda: GOOD.put(ext.extension(oids.CRL_DISTRIBUTION_POINTS, b"\x05\x00")), {}),
    ("extensions-allowed", lambda: GOOD.put(ext.extension("1.2.3.4", b"\x05\x00")), {}),
    ("unique-identifiers", lambda: replace(GOOD, between=w.tlv(0x81, b"\x00\x01")), {}),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "draft", "against"), BITES, ids=[f"{row[0]}-{n}" for n, row in enumerate(BITES)])
def test_a_lint_bites(rule: str, draft: Callable[[], Draft], against: dict[str, object]) -> None:
    subject = LintSubject(certificate=draft().certificate(), **({"issuer": ISSUER, "profile": PROFILE} | against))  # type: ignore[arg-type]
    with pytest.raises(TrustError) as caught:
        lint(subject)
    assert caught.value.code is ErrorCode.CA_LINT
    assert rule in {named.split(" ")[0] for named in caught.value.detail.split("; ")}


def test_every_lint_is_seen_to_hold_and_to_bite() -> None:
    ids = [rule.id for rule in LINTS]
    assert len(set(ids)) == len(ids)
    assert lint(LintSubject(certificate=GOOD.certificate(), issuer=ISSUER, profile=PROFILE)) == tuple(ids)
    assert lint(LintSubject(certificate=SUB.certificate(), issuer=ISSUER, profile=SUB_PROFILE)) == tuple(ids)
    assert {row[0] for row in BITES} == set(ids)


def test_names_the_issuer_is_constrained_to_hold() -> None:
    subject = LintSubject(
        certificate=GOOD.certificate(), issuer=constrained_ca("permitted_dns", "example.cn"), profile=PROFILE
    )
    assert "names-within-issuer" in lint(subject)
    renewed = replace(SUB, subject=CA_NAME).certificate()  # RFC 5280 6.1.3 (b): self-issued
    own = LintSubject(certificate=renewed, issuer=constrained_ca("permitted_dns", "example.com"), profile=SUB_PROFILE)
    assert "names-within-issuer" in lint(own)
    assert all(rule.clause for rule in LINTS)


@pytest.mark.parametrize("key", [P256, ED25519], ids=["ec-p256", "ed25519"])
def test_other_kinds_of_keys_pass(key: SoftwareSigner) -> None:
    draft = GOOD.of_key(key.public_key.spki, key.public_key.identifier)
    assert lint(LintSubject(certificate=draft.certificate(), issuer=ISSUER, profile=PROFILE))


def test_a_sound_rsa_key_passes() -> None:
    draft = GOOD.of_key(*_rsa())
    assert lint(LintSubject(certificate=draft.certificate(), issuer=ISSUER, profile=PROFILE))


def test_an_extension_twice_is_refused_before_any_lint() -> None:
    with pytest.raises(TrustError) as caught:
        replace(GOOD, extensions=(*GOOD.extensions, SAN)).certificate()
    assert caught.value.code is ErrorCode.CERTIFICATE_MALFORMED
