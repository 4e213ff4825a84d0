"""Type metadata: made of every licence type, read strictly, and what a credential of the type must and must not do."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from esign.credential.licence_claims import IN_THE_CLEAR
from esign.credential.read import parse_sd_jwt
from esign.credential.sign import present
from esign.credential.type_making import licence_type_metadata
from esign.credential.type_metadata import MAX_CLAIMS, TypeMetadata, parse_type_metadata
from esign.credential.type_rules import require_rules
from esign.credential.verify import Binding, SdJwtRules, VerifiedSdJwt, verify_sd_jwt
from esign.licence.types import LicenceType, licence_types, load_catalogued_type
from tests.support.credentials import KIND, NOW, Parties
from trustkit.app.home import policies_source
from trustkit.credential_codes import CredentialCode
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.canonical_json import JsonValue, canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.model import JwsAlgorithm

if TYPE_CHECKING:
    from esign.credential.model import ClaimPath
    from trustkit.error_family import Code

BASE = "https://licences.example.test"
TYPES = policies_source() / "licences"
RULES = SdJwtRules(kinds={KIND}, algorithms={JwsAlgorithm.ES256}, binding=Binding.FORBIDDEN)
PARTIES = Parties.of(KeyKind.EC_P256)


def document(**claims: Any) -> bytes:
    """Return metadata of the type ``t`` with a rule for each name."""
    rules = [{"path": [name], **rule} for name, rule in claims.items()]
    return json.dumps({"vct": "t", "claims": rules}).encode()


def verified(text: str) -> VerifiedSdJwt:
    return verify_sd_jwt(parse_sd_jwt(text), PARTIES.issuer.public_key, RULES, now=NOW)


@pytest.mark.parametrize("name", licence_types(TYPES))
def test_every_type_that_is_issued_has_metadata_in_both_languages(name: str) -> None:
    kind = load_catalogued_type(TYPES / name)
    if not isinstance(kind, LicenceType):
        return
    octets = licence_type_metadata(kind, BASE)
    found = parse_type_metadata(octets)
    assert found.vct == f"{BASE}/v1/credential-types/{name}"
    told = {each["path"][0]: each for each in json.loads(octets)["claims"]}
    assert {rule.metadata for rule in kind.fields} <= told.keys()
    assert {name for name, each in told.items() if each["sd"] == "never"} == set(IN_THE_CLEAR)
    for each in told.values():
        assert [label["locale"] for label in each["display"]] == ["zh-CN", "en"]
        assert all(label["label"] for label in each["display"])
    assert not told["CZZT"]["display"][0]["label"].startswith("CZZT")
    assert found.is_meant_by(found.integrity)


MALFORMED: dict[str, tuple[bytes, Code]] = {
    "no JSON": (b"{", ErrorCode.JSON_MALFORMED),
    "a list": (b"[]", CredentialCode.CREDENTIAL_METADATA),
    "no vct": (b'{"claims":[]}', CredentialCode.CREDENTIAL_METADATA),
    "another type above": (b'{"vct":"t","extends":"u"}', CredentialCode.CREDENTIAL_METADATA),
    "claims are no list": (b'{"vct":"t","claims":{}}', CredentialCode.CREDENTIAL_METADATA),
    "too many claims": (
        canonical_json({"vct": "t", "claims": [{"path": [str(n)]} for n in range(MAX_CLAIMS + 1)]}),
        CredentialCode.CREDENTIAL_METADATA,
    ),
    "a claim without path": (b'{"vct":"t","claims":[{}]}', CredentialCode.CREDENTIAL_METADATA),
    "an empty path": (b'{"vct":"t","claims":[{"path":[]}]}', CredentialCode.CREDENTIAL_METADATA),
    "a place below 0": (b'{"vct":"t","claims":[{"path":[-1]}]}', CredentialCode.CREDENTIAL_METADATA),
    "a path of truths": (b'{"vct":"t","claims":[{"path":[true]}]}', CredentialCode.CREDENTIAL_METADATA),
    "mandatory as text": (document(a={"mandatory": "yes"}), CredentialCode.CREDENTIAL_METADATA),
    "another word for sd": (document(a={"sd": "sometimes"}), CredentialCode.CREDENTIAL_METADATA),
    "sd as a list": (document(a={"sd": []}), CredentialCode.CREDENTIAL_METADATA),
    "one path twice": (b'{"vct":"t","claims":[{"path":["a"]},{"path":["a"]}]}', CredentialCode.CREDENTIAL_METADATA),
}


@pytest.mark.parametrize("case", MALFORMED)
def test_metadata_refused(case: str) -> None:
    octets, code = MALFORMED[case]
    with pytest.raises(TrustError) as refusal:
        parse_type_metadata(octets)
    assert refusal.value.code is code


def test_integrity_is_that_of_the_strongest_digest_named() -> None:
    found = TypeMetadata(vct="t", claims=(), octets=b"abc")
    right = found.integrity
    assert right == "sha256-ungWv48Bz+pBQUDeXa4iI7ADYaOWF3qctBD/YfIAFa0="  # FIPS 180-4, the digest of abc
    wrong = "sha512-" + "A" * 86 + "=="
    assert found.is_meant_by(f"{right}?later options")
    assert found.is_meant_by(f"sha256-AAAA {right}")
    assert found.is_meant_by(f"sm3-AAAA {right}")
    for text in ("", "sha256", "sm3-AAAA", "md5-AAAA", f"{right} {wrong}", right.replace("ung", "Ung"), right * 100):
        assert not found.is_meant_by(text), text


HIDDEN: frozenset[ClaimPath] = frozenset({("name",), ("kinds", 0)})
FOLLOWED: dict[str, tuple[dict[str, Any], tuple[ClaimPath, ...]]] = {
    "hidden and disclosed": ({"name": {"sd": "always", "mandatory": True}}, (("name",),)),
    "withheld": ({"name": {"sd": "always", "mandatory": True}}, ()),
    "in the clear": ({"open": {"sd": "never", "mandatory": True}}, ()),
    "either": ({"open": {}, "name": {}}, (("name",),)),
    "not there and not demanded": ({"nothing": {"sd": "always"}}, ()),
}


@pytest.mark.parametrize("case", FOLLOWED)
def test_a_type_that_is_followed(case: str) -> None:
    rules, shown = FOLLOWED[case]
    text = present(PARTIES.issue(hidden=HIDDEN, vct="t"), paths=shown)
    require_rules(verified(text), parse_type_metadata(document(**rules)))


BROKEN: dict[str, tuple[JsonValue, tuple[ClaimPath, ...], str]] = {
    "hidden what must be seen": ([{"path": ["name"], "sd": "never"}], (("name",),), "name"),
    "seen what must be hidden": ([{"path": ["open"], "sd": "always"}], (), "open"),
    "an element hidden": ([{"path": ["kinds", None], "sd": "never"}], (("kinds", 0),), "kinds.*"),
    "an element seen": ([{"path": ["kinds", 0], "sd": "always"}], (), "kinds.0"),
    "inside what is seen": ([{"path": ["address", "city"], "sd": "always"}], (), "address.city"),
    "missing, and never hidden": ([{"path": ["number"], "mandatory": True, "sd": "never"}], (), "number"),
    "missing, and nothing withheld": ([{"path": ["number"], "mandatory": True}], tuple(HIDDEN), "number"),
    "a path through a text": ([{"path": ["open", "x"], "mandatory": True}], tuple(HIDDEN), "open.x"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_rule_that_is_broken(case: str) -> None:
    claims, shown, named = BROKEN[case]
    text = present(PARTIES.issue(hidden=HIDDEN, vct="t"), paths=shown)
    with pytest.raises(TrustError) as refusal:
        require_rules(verified(text), parse_type_metadata(canonical_json({"vct": "t", "claims": claims})))
    assert (refusal.value.code, refusal.value.facts["claim"]) == (CredentialCode.CREDENTIAL_RULES, named)


def test_metadata_of_another_type() -> None:
    with pytest.raises(TrustError) as refusal:
        require_rules(verified(PARTIES.issue(vct="u")), parse_type_metadata(document()))
    assert refusal.value.code is CredentialCode.CREDENTIAL_CLAIMS
