"""Seed values of a signature field: met, or a refusal that names the demand."""

# pyHanko ships its types with gaps:
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from asn1crypto import x509 as asn1_x509
from pyhanko.pdf_utils import generic
from pyhanko.sign.fields import (
    MDPPerm,
    SeedLockDocument,
    SeedSignatureType,
    SeedValueDictVersion,
    SigCertConstraintFlags,
    SigCertConstraints,
    SigCertKeyUsage,
    SigFieldSpec,
    SigSeedSubFilter,
    SigSeedValFlags,
    SigSeedValueSpec,
)

from esign.pdf.read import read_pdf
from tests.support.signed_forms import PLAIN, refusal, signed, with_fields
from tests.support.signed_pdf import sign_sample, update
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter

    from tests.support.pki import PkiWorld
    from trustkit.error_family import Code


def seeded(page: bytes, **values: object) -> bytes:
    return with_fields(page, SigFieldSpec("a", seed_value_dict=SigSeedValueSpec(**values)))  # type: ignore[arg-type]


F = SigSeedValFlags
MET: list[dict[str, object]] = [
    {"flags": F.SUBFILTER, "subfilters": [SigSeedSubFilter.PADES]},
    {"flags": F.DIGEST_METHOD, "digest_methods": ["SM3"]},
    {"flags": F.REASONS, "reasons": ["agreed", "签发电子证照"]},
    {"flags": F.V, "sv_dict_version": SeedValueDictVersion.PDF_2_0},
    {"flags": F.LOCK_DOCUMENT, "lock_document": SeedLockDocument.SIGNER_DISCRETION},
    {"flags": F.LOCK_DOCUMENT, "lock_document": SeedLockDocument.DO_NOT_LOCK},
    {"seed_signature_type": SeedSignatureType(None)},
    {"subfilters": [SigSeedSubFilter.ADOBE_PKCS7_DETACHED], "digest_methods": ["sha256"], "reasons": ["other"]},
    {"flags": F.ADD_REV_INFO, "add_rev_info": False},
]
UNMET: list[tuple[dict[str, object], str]] = [
    ({"flags": F.SUBFILTER, "subfilters": [SigSeedSubFilter.ADOBE_PKCS7_DETACHED]}, "SubFilter"),
    ({"flags": F.DIGEST_METHOD, "digest_methods": ["sha256", "sha384"]}, "DigestMethod"),
    ({"flags": F.REASONS, "reasons": ["agreed"]}, "Reasons"),
    ({"flags": F.REASONS, "reasons": ["."]}, "Reasons"),
    ({"flags": F.LEGAL_ATTESTATION, "legal_attestations": ["none"]}, "LegalAttestation"),
    ({"flags": F.ADD_REV_INFO, "add_rev_info": True}, "AddRevInfo"),
    ({"flags": F.APPEARANCE_FILTER, "appearance": "blue"}, "AppearanceFilter"),
    ({"flags": F.LOCK_DOCUMENT, "lock_document": SeedLockDocument.LOCK}, "LockDocument"),
    ({"seed_signature_type": SeedSignatureType(MDPPerm.FILL_FORMS)}, "MDP"),
    ({"timestamp_required": True, "timestamp_server_url": "https://tsa.example/"}, "TimeStamp"),
]


@pytest.mark.parametrize("values", MET, ids="-".join)
def test_seed_values_that_are_met(world: PkiWorld, page: bytes, values: dict[str, object]) -> None:
    assert signed(world, seeded(page, **values)).signatures[0].field_name == "a"


@pytest.mark.parametrize(("values", "name"), UNMET, ids=[name for _, name in UNMET])
def test_seed_values_that_are_not(world: PkiWorld, page: bytes, values: dict[str, object], name: str) -> None:
    refused = refusal(world, seeded(page, **values))
    assert (refused.code, refused.facts["seed_value"]) == (ErrorCode.PDF_SEED_VALUE, name)


def test_a_demanded_stamp_comes_from_the_authority_named(world: PkiWorld, page: bytes) -> None:
    url = "https://tsa.example/"
    form = seeded(page, timestamp_required=True, timestamp_server_url=url)
    stamped = {**PLAIN, "timestamp_url": url}
    del stamped["timestamp"]  # the usual one of the world
    assert read_pdf(sign_sample(world, form, **stamped)).signatures[0].field_name == "a"
    with pytest.raises(TrustError, match="TimeStamp"):
        sign_sample(world, form, **{**stamped, "timestamp_url": "https://other.example/"})


def test_seed_values_nobody_knows_yet(world: PkiWorld, page: bytes) -> None:
    form = seeded(page)

    def demand(writer: IncrementalPdfFileWriter) -> None:
        seed = writer.root["/AcroForm"]["/Fields"][0]["/SV"]
        seed[generic.pdf_name("/Ff")] = generic.NumberObject(1 << 9)
        writer.update_container(seed)

    assert refusal(world, update(form, demand)).facts["seed_value"] == "Ff"


@pytest.mark.parametrize(
    ("key", "value", "code"),
    [
        ("/V", generic.FloatObject("3.0"), None),
        ("/V", generic.FloatObject("4.0"), ErrorCode.PDF_SEED_VALUE),
        ("/V", generic.TextStringObject("3"), ErrorCode.PDF_MALFORMED),
        ("/MDP", generic.NumberObject(5), ErrorCode.PDF_MALFORMED),
        ("/Cert", generic.ArrayObject(), ErrorCode.PDF_MALFORMED),
        ("/TimeStamp", generic.NumberObject(1), ErrorCode.PDF_MALFORMED),
    ],
)
def test_demands_of_odd_kinds(
    world: PkiWorld, page: bytes, key: str, value: generic.PdfObject, code: Code | None
) -> None:
    form = seeded(page, flags=F.V)

    def demand(writer: IncrementalPdfFileWriter) -> None:
        seed = writer.root["/AcroForm"]["/Fields"][0]["/SV"]
        seed[generic.pdf_name("/Ff")] = generic.NumberObject(F.V.value)
        seed[generic.pdf_name(key)] = value
        writer.update_container(seed)

    asked = update(form, demand)
    if code is None:
        assert signed(world, asked).signatures[0].field_name == "a"
    else:
        assert refusal(world, asked).code is code


@pytest.mark.parametrize("key", ["/SV", "/Lock"])
def test_what_a_field_asks_in_no_dictionary_is_malformed(world: PkiWorld, page: bytes, key: str) -> None:
    def demand(writer: IncrementalPdfFileWriter) -> None:
        field = writer.root["/AcroForm"]["/Fields"][0]
        field[generic.pdf_name(key)] = generic.ArrayObject()
        writer.update_container(field)

    assert refusal(world, update(seeded(page), demand)).code is ErrorCode.PDF_MALFORMED


def constrained(page: bytes, flags: SigCertConstraintFlags, **values: object) -> bytes:
    return seeded(page, cert=SigCertConstraints(flags=flags, **values))  # type: ignore[arg-type]


def test_constraints_on_the_certificate(world: PkiWorld, page: bytes) -> None:
    def loaded(der: bytes) -> asn1_x509.Certificate:
        return asn1_x509.Certificate.load(der)

    flags = SigCertConstraintFlags
    own, other = loaded(world.signer.der), loaded(world.tsa.der)
    signing = SigCertKeyUsage.from_sets(must_have={"digital_signature"}, forbidden={"key_cert_sign"})
    sealing = SigCertKeyUsage.from_sets(must_have={"key_cert_sign"})
    stranger = asn1_x509.Name.build({"common_name": "nobody"})
    rows: list[tuple[SigCertConstraintFlags, dict[str, object], bool]] = [
        (flags.SUBJECT, {"subjects": [other, own]}, True),
        (flags.SUBJECT, {"subjects": [other]}, False),
        (flags.ISSUER, {"issuers": [loaded(world.issuing.der)]}, True),
        (flags.ISSUER, {"issuers": [other]}, False),
        (flags.SUBJECT_DN, {"subject_dn": own.subject}, True),
        (flags.SUBJECT_DN, {"subject_dn": stranger}, False),
        (flags.KEY_USAGE, {"key_usage": [sealing, signing]}, True),
        (flags.KEY_USAGE, {"key_usage": [sealing]}, False),
        (flags.RESERVED, {}, False),
        (flags(0), {"subjects": [other], "subject_dn": stranger, "key_usage": [sealing]}, True),
    ]
    for bits, values, met in rows:
        form = constrained(page, bits, **values)
        if met:
            assert signed(world, form).signatures
        else:
            assert refusal(world, form).code is ErrorCode.PDF_SEED_VALUE
