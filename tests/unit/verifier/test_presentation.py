"""Presentations of several credentials: judged each and together; by whom, for whom, how often, and in which family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from esign.credential.model import ClaimPath, SdAlgorithm
from esign.credential.sign import KeyBinding, issue_sd_jwt, present
from tests.support.credentials import counting
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import IDENTIFIER, INDEX, NOW, URI, status_token
from trustkit.app.page_views import DrawnViews
from trustkit.clock import FixedClock
from trustkit.credential_codes import CredentialCode
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import TrustError
from trustkit.jose.jwk import jwk_of
from trustkit.jose.sign import certificate_header
from trustkit.texts.catalogue import Language
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from trustkit.x509.trust_store import TrustStore
from verifier.dcql.read import parse_dcql
from verifier.policy import ValidationPolicy
from verifier.presentation import PresentedAnswer, judge_answer, parse_vp_token
from verifier.presentation_report import presentation_to_json
from verifier.service import VerificationService

if TYPE_CHECKING:
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.certificate import Certificate
    from verifier.judgement.presentation import PresentationVerdict

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
UNMET, SUITE = SubIndication.DEMAND_UNMET, SubIndication.SIG_CONSTRAINTS_FAILURE
TYPE, AUDIENCE, NONCE = "https://types.test/licence", "x509_san_dns:window.test", "n-1"
SECONDS = int(NOW.timestamp())
NAME: ClaimPath = ("CZZT",)


def _hashing(kind: KeyKind) -> SdAlgorithm:
    return SdAlgorithm.SM3 if kind is KeyKind.SM2 else SdAlgorithm.SHA_256


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def shown(
    world: PkiWorld,
    *paths: ClaimPath,
    holder: Signer | None = None,
    bound: bool = True,
    audience: str = AUDIENCE,
    beside: tuple[Certificate, ...] = (),
    **bent: JsonValue,
) -> str:
    """Return a credential of a licence, shown to the window; `beside` are more certificates in its header."""
    key = holder or world.tsa.signer
    claims: dict[str, JsonValue] = {
        "vct": TYPE,
        "iss": "https://issuer.test",
        "iat": SECONDS,
        "exp": SECONDS + 3600,
        "ZZBS": IDENTIFIER,
        "CZZT": "甲公司",
        "CZZTDM": "91990100MA7TRYQ01H",
        "status": {"status_list": {"uri": URI, "idx": INDEX}},
        "cnf": {"jwk": dict(jwk_of(key.public_key).members)},
    }
    text = issue_sd_jwt(
        header={"typ": "dc+sd-jwt", "x5c": certificate_header((*world.chain(world.signer)[:2], *beside))},
        claims=claims | bent,
        hidden=frozenset({("CZZT",), ("CZZTDM",)}),
        hashing=_hashing(world.kind),
        signer=world.signer.signer,
        entropy=counting(),
    )
    binding = KeyBinding(signer=key, audience=audience, nonce=NONCE, at=NOW) if bound else None
    return present(text, paths=paths, binding=binding)


def query(**more: JsonValue) -> dict[str, JsonValue]:
    one: dict[str, JsonValue] = {
        "id": "licence",
        "format": "dc+sd-jwt",
        "meta": {"vct_values": [TYPE]},
        "claims": [{"path": ["CZZT"]}],
    }
    return {"credentials": [one | more]}


def judged(
    world: PkiWorld, asked: JsonValue, token: Any, *others: PkiWorld, same_holder: bool = False, algorithm: str = ""
) -> PresentationVerdict:
    worlds = (world, *others)
    evidence = tuple(
        octets for each in worlds for octets in (each.crl().der, each.crl(issuer=each.root).der, status_token(each))
    )
    anchors = tuple(anchor for each in worlds for anchor in each.anchors.anchors)
    service = VerificationService(
        anchors=TrustStore(anchors=anchors),
        policy=ValidationPolicy(),
        publications=None,
        fetcher=None,
        clock=FixedClock(NOW),
        views=DrawnViews(),
    )
    dcql = parse_dcql(asked)
    answer = PresentedAnswer(
        query=dcql,
        shown=parse_vp_token(token, dcql),
        audience=AUDIENCE,
        nonce=NONCE,
        same_holder=same_holder,
        evidence=evidence,
        algorithm=algorithm,
    )
    return judge_answer(service, answer, at=NOW)


def told(verdict: PresentationVerdict) -> tuple[Indication, SubIndication | None]:
    return verdict.conclusion.indication, verdict.conclusion.sub_indication


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.EC_P256])
def test_an_answer_to_what_was_asked(kind: KeyKind) -> None:
    world = PkiWorld(kind=kind)
    verdict = judged(world, query(), {"licence": [shown(world, NAME)]}, same_holder=True)
    assert told(verdict) == (PASSED, None)
    report: Any = presentation_to_json(verdict, Language.EN)
    (one,) = report["credentials"]
    assert (one["query"], one["type"], one["lacking"]) == ("licence", TYPE, [])
    assert one["claims"] == [{"path": ["CZZT"], "values": ["甲公司"]}]
    assert one["verdict"]["licence"] == {"status": "valid"}
    assert IDENTIFIER not in str(report)
    assert {each.id for each in verdict.checks} == {
        CheckId.PRESENTATION_QUERY,
        CheckId.PRESENTATION_SUITE,
        CheckId.PRESENTATION_HOLDER,
    }


def test_the_identifier_is_told_to_who_asked_for_it(world: PkiWorld) -> None:
    asked = query(claims=[{"path": ["ZZBS"]}])
    report: Any = presentation_to_json(judged(world, asked, {"licence": [shown(world)]}), Language.EN)
    assert report["credentials"][0]["verdict"]["licence"]["identifier"] == IDENTIFIER


def test_more_than_was_asked_is_told_and_not_handed_on(world: PkiWorld) -> None:
    verdict = judged(world, query(), {"licence": [shown(world, NAME, ("CZZTDM",))]})
    assert told(verdict) == (PASSED, None)
    (check,) = (each for each in verdict.checks if each.id is CheckId.PRESENTATION_CLAIMS)
    assert (check.status, check.detail) == (CheckStatus.WARNING, 'licence: ["CZZTDM"]')
    assert "91990100MA7TRYQ01H" not in str(presentation_to_json(verdict, Language.ZH))


def test_without_key_binding_only_where_none_was_asked(world: PkiWorld) -> None:
    bare = shown(world, NAME, bound=False)
    assert told(judged(world, query(), {"licence": [bare]}))[0] is OPEN
    unbound = query(require_cryptographic_holder_binding=False)
    assert told(judged(world, unbound, {"licence": [bare]})) == (PASSED, None)
    assert told(judged(world, unbound, {"licence": [shown(world, NAME, audience="https://other.test")]}))[0] is FAILED
    assert told(judged(world, unbound, {"licence": [bare]}, same_holder=True)) == (OPEN, UNMET)


def test_what_is_unmet_stays_open(world: PkiWorld) -> None:
    rows: tuple[tuple[JsonValue, JsonValue], ...] = (
        (query(), {"licence": [shown(world)]}),
        (query(), {}),
        (query(meta={"vct_values": ["https://types.test/other"]}), {"licence": [shown(world, NAME)]}),
        (query(claims=[{"path": ["CZZT"], "values": ["乙公司"]}]), {"licence": [shown(world, NAME)]}),
        (query(trusted_authorities=[{"type": "aki", "values": ["AAAA"]}]), {"licence": [shown(world, NAME)]}),
        (query() | {"credential_sets": [{"options": [["licence"]]}]}, {}),
    )
    for asked, token in rows:
        verdict = judged(world, asked, token)
        assert told(verdict) == (OPEN, UNMET)
        (check,) = (each for each in verdict.checks if each.id is CheckId.PRESENTATION_QUERY)
        assert "licence" in check.detail


def test_what_is_optional_may_be_left_out_and_never_be_wrong(world: PkiWorld) -> None:
    optional = query() | {"credential_sets": [{"options": [["licence"]], "required": False}]}
    assert told(judged(world, optional, {})) == (PASSED, None)
    assert told(judged(world, optional, {"licence": [shown(world)]})) == (OPEN, UNMET)
    forged = shown(world, NAME)[:-8] + "AAAAAAAA"
    assert told(judged(world, optional, {"licence": [forged]}))[0] is FAILED


def test_an_issuers_authority(world: PkiWorld) -> None:
    key = world.chain(world.signer)[0].authority_key_id
    assert key is not None
    asked = query(trusted_authorities=[{"type": "aki", "values": [encode_base64url(key)]}])
    assert told(judged(world, asked, {"licence": [shown(world, NAME)]})) == (PASSED, None)


def test_a_strangers_certificate_in_the_header_is_no_authority(world: PkiWorld) -> None:
    other = PkiWorld(kind=world.kind)
    stranger = other.chain(other.signer)[0]
    assert stranger.authority_key_id is not None
    asked = query(trusted_authorities=[{"type": "aki", "values": [encode_base64url(stranger.authority_key_id)]}])
    token = {"licence": [shown(world, NAME, beside=(stranger,))]}
    assert told(judged(world, asked, token)) == (OPEN, UNMET)
    assert told(judged(world, query(), token)) == (PASSED, None)


def test_one_holder_of_all(world: PkiWorld) -> None:
    other = generate_key(world.kind).signer()
    several = query(multiple=True)
    mine, also, anothers = shown(world, NAME), shown(world, NAME, ("CZZTDM",)), shown(world, NAME, holder=other)
    assert told(judged(world, several, {"licence": [mine, also]}, same_holder=True)) == (PASSED, None)
    both = {"licence": [mine, anothers]}
    assert told(judged(world, several, both, same_holder=True)) == (FAILED, SubIndication.HOLDER_MISMATCH)
    assert told(judged(world, several, both)) == (PASSED, None)


def test_two_families_are_never_mixed(world: PkiWorld) -> None:
    other = PkiWorld(kind=KeyKind.EC_P256)
    token = {"licence": [shown(world, NAME), shown(other, NAME)]}
    verdict = judged(world, query(multiple=True), token, other)
    assert told(verdict) == (FAILED, SubIndication.SIG_CONSTRAINTS_FAILURE)
    (check,) = (each for each in verdict.checks if each.id is CheckId.PRESENTATION_SUITE)
    assert check.status is CheckStatus.FAILED


def test_holders_sign_with_what_was_asked_for_too() -> None:
    world = PkiWorld(kind=KeyKind.EC_P256)
    for kind, expected in ((KeyKind.EC_P256, (PASSED, None)), (KeyKind.EC_P384, (FAILED, SUITE))):
        token = {"licence": [shown(world, NAME, holder=generate_key(kind).signer())]}
        assert told(judged(world, query(), token)) == (PASSED, None)
        assert told(judged(world, query(), token, algorithm="ES256")) == expected


def test_something_else_than_a_credential(world: PkiWorld) -> None:
    for text in ("JVBERi0xLjcK", "%PDF-1.7", "x", "\ud800", shown(world, NAME).partition("~")[0]):
        assert told(judged(world, query(), {"licence": [text]}))[0] is not PASSED


MALFORMED: dict[str, JsonValue] = {
    "no object": [],
    "nothing": None,
    "an id nobody asked for": {"other": ["x"]},
    "a text": {"licence": "x"},
    "none": {"licence": []},
    "several": {"licence": ["x", "y"]},
    "an object": {"licence": [{}]},
    "an empty one": {"licence": [""]},
    "a huge one": {"licence": ["x" * (256 * 1024 + 1)]},
    "the same twice": {"many": ["x", "x"]},
    "too many": {"many": [str(each) for each in range(21)]},
}


@pytest.mark.parametrize("case", MALFORMED)
def test_answers_of_another_form(case: str) -> None:
    asked = query()
    asked["credentials"] = [*asked["credentials"], {"id": "many", "format": "dc+sd-jwt", "meta": {}, "multiple": True}]  # type: ignore[misc]
    with pytest.raises(TrustError) as refusal:
        parse_vp_token(MALFORMED[case], parse_dcql(asked))
    assert refusal.value.code is CredentialCode.VP_TOKEN_MALFORMED
