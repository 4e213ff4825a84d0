"""pkilint, somebody else's linter, judges a certificate of every shipped profile; what it says beyond the list below fails.

On P-256: pkilint knows no SM2 (docs/DIVERGENCES.md), and everything it looks at is written the same for every kind of key.
"""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from ca.issuance import CertificateIssuer
from ca.order import CertificateOrder
from ca.profile import list_profiles
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.x509.general_name_build import dns_name
from trustkit.x509.name import Name
from trustkit.x509.name_build import build_name

if TYPE_CHECKING:
    from ca.profile_model import CertificateProfile
    from trustkit.x509.certificate import Certificate

pytestmark = pytest.mark.interop
POLICIES = Path(__file__).parents[2] / "policies" / "certificates"
PROFILES = [profile for profile in list_profiles(POLICIES) if "ec-p256" in profile.key_kinds]
AT = datetime(2026, 12, 1, tzinfo=UTC)
USCC = "1199010000TRYQK01Q"
# (profile, code): why it is right all the same
_UUID: Final = "its purpose is an OID from a UUID (ITU-T X.667), an arc of 128 bits; pkilint's reader stops at 32"
ACCEPTED: Final = {
    ("status", "itu.invalid_asn1_syntax"): _UUID,
    ("credential-status", "itu.invalid_asn1_syntax"): _UUID,
    ("seal-maker", "itu.invalid_asn1_syntax"): _UUID,
}
PROGRAM = Path(sys.executable).with_name("lint_pkix_cert")


def _subject(profile: CertificateProfile) -> bytes:
    if profile.subject is None:
        return Name.build(country="CN", organisation="示范局", unit=USCC, common_name="示范")
    values = {"OU": USCC, "serialNumber": "A-1", "CN": "a.example.cn", "O": "示范局"}
    form = [attribute for attribute in profile.subject if attribute.required or attribute.fixed]
    return build_name((attribute.label, attribute.fixed or values[attribute.label]) for attribute in form)


def _order(profile: CertificateProfile, spki: bytes) -> CertificateOrder:
    names = (dns_name("a.example.cn"),) if profile.alternative_names_required else ()
    return CertificateOrder(
        profile=profile,
        subject_der=_subject(profile),
        spki=spki,
        crl_url="http://a.example.cn/a.crl",
        issuer_url="http://a.example.cn/a.cer",
        ocsp_url="http://a.example.cn/ocsp",
        alternative_names=names,
    )


def _certificate(profile: CertificateProfile) -> Certificate:
    root_key, key = generate_key(KeyKind.EC_P256).signer(), generate_key(KeyKind.EC_P256).signer()
    own = CertificateIssuer(root_key, None)
    root_profile = next(each for each in PROFILES if each.name == "root")
    root = own.issue(own.prepare(_order(root_profile, root_key.public_key.spki), serial=2**150 + 1, at=AT))
    if not profile.publish_links and profile.ca:
        return root if profile.name == "root" else own.issue(own.prepare(_order(profile, root_key.public_key.spki), serial=2**150 + 1, at=AT))  # fmt: skip
    issuer = CertificateIssuer(root_key, root)
    return issuer.issue(issuer.prepare(_order(profile, key.public_key.spki), serial=2**150 + 2, at=AT))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda profile: profile.name)
def test_pkilint_finds_nothing_we_have_not_accepted(profile: CertificateProfile, tmp_path: Path) -> None:
    file = tmp_path / "certificate.pem"
    file.write_bytes(encode_pem("CERTIFICATE", _certificate(profile).der))
    done = subprocess.run(
        [PROGRAM, "lint", "-s", "WARNING", "-f", "JSON", str(file)], capture_output=True, check=False, timeout=120
    )
    found = {
        finding["code"]: f"{finding['severity']} at {result['node_path']}"
        for result in json.loads(done.stdout)["results"]
        for finding in result["finding_descriptions"]
    }
    accepted = {code for name, code in ACCEPTED if name == profile.name}
    assert accepted <= set(found), "no longer found: take it off the list"
    assert {code: told for code, told in found.items() if (profile.name, code) not in ACCEPTED} == {}
