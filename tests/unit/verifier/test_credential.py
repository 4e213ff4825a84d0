"""Credentials handed in: whose they are, what is disclosed, who shows them, and what became of the licence."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from esign.credential.binding import BindingDemand
from esign.credential.model import ClaimPath, SdAlgorithm
from esign.credential.sign import KeyBinding, issue_sd_jwt, present
from esign.credential.type_metadata import TypeMetadata, parse_type_metadata
from tests.support.credentials import counting, disclosure
from tests.support.pki import PkiWorld
from tests.unit.verifier.licences import IDENTIFIER, INDEX, NOW, URI, Desk, found, status_token, told
from trustkit.app.cli import verify as cli
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import jwk_of
from trustkit.jose.sign import certificate_header
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from trustkit.x509.trust_store import TrustStore
from verifier import asked

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
SECONDS = int(NOW.timestamp())
DEMAND = BindingDemand(audience="https://window.test", nonce="n-1")
HASHING = {KeyKind.SM2: SdAlgorithm.SM3, KeyKind.EC_P256: SdAlgorithm.SHA_256}


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


def make_credential(
    world: PkiWorld,
    *,
    integrity: JsonValue = None,
    hidden: frozenset[ClaimPath] = frozenset({("ZZBS",), ("CZZT",)}),
    hashing: SdAlgorithm | None = None,
    typ: str = "dc+sd-jwt",
    **bent: JsonValue,
) -> str:
    claims: dict[str, JsonValue] = {
        "vct": "https://types.test/licence",
        "vct#integrity": integrity,
        "iss": "https://issuer.test",
        "iat": SECONDS,
        "exp": SECONDS + 3600,
        "ZZBS": IDENTIFIER,
        "CZZT": "甲公司",
        "status": {"status_list": {"uri": URI, "idx": INDEX}},
        "cnf": {"jwk": dict(jwk_of(world.tsa.signer.public_key).members)},
    }
    return issue_sd_jwt(
        header={"typ": typ, "x5c": certificate_header(world.chain(world.signer)[:2])},
        claims={name: value for name, value in (claims | bent).items() if value is not None},
        hidden=hidden,
        hashing=hashing or HASHING[world.kind],
        signer=world.signer.signer,
        entropy=counting(),
    )


def _shown(world: PkiWorld, text: str, *paths: ClaimPath, nonce: str = "n-1") -> bytes:
    binding = KeyBinding(signer=world.tsa.signer, audience=DEMAND.audience, nonce=nonce, at=NOW)
    return present(text, paths=paths, binding=binding).encode("ascii")


def presentation(world: PkiWorld) -> bytes:
    """Return a licence's credential, shown to whoever `DEMAND` is of."""
    return _shown(world, make_credential(world), ("ZZBS",))


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.EC_P256])
def test_a_presentation_that_was_asked_for(kind: KeyKind) -> None:
    world = PkiWorld(kind=kind)
    verdict = Desk(world, demand=DEMAND).verify(_shown(world, make_credential(world), ("ZZBS",)), status_token(world))
    assert told(verdict) == (PASSED, None)
    (signature,) = verdict.signatures
    assert (signature.form, signature.signed_at, signature.time_proved) == ("sd-jwt-vc", NOW, False)
    subject = dict(verdict.subject)
    assert (subject["licence.identifier"], subject["licence.status"], subject["withheld"]) == (IDENTIFIER, "valid", "1")
    claims = json.loads(subject["claims"])
    assert claims["ZZBS"] == IDENTIFIER
    assert not {"CZZT", "cnf", "status", "_sd", "_sd_alg"} & set(claims)
    assert found(verdict, CheckId.HOLDER).status is CheckStatus.PASSED


def test_without_a_demand_nothing_is_said_of_the_holder(world: PkiWorld) -> None:
    text = make_credential(world)
    unbound = make_credential(world, cnf=None)
    for data in (_shown(world, text), present(text, paths=()).encode(), present(unbound, paths=()).encode()):
        verdict = Desk(world).verify(data, status_token(world))
        assert told(verdict) == (PASSED, None)
        assert found(verdict, CheckId.HOLDER).status is CheckStatus.INFORMATION


def test_line_breaks_of_a_pasted_credential(world: PkiWorld) -> None:
    data = present(make_credential(world), paths=()).encode()
    pasted = b"\n".join(data[place : place + 64] for place in range(0, len(data), 64))
    assert told(Desk(world).verify(pasted, status_token(world))) == (PASSED, None)


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (1, (FAILED, SubIndication.LICENCE_REVOKED)),
        (2, (OPEN, SubIndication.LICENCE_SUSPENDED)),
        (3, (OPEN, SubIndication.LICENCE_STATUS_UNKNOWN)),
    ],
)
def test_status(world: PkiWorld, status: int, expected: tuple[Indication, SubIndication]) -> None:
    data = present(make_credential(world), paths=()).encode()
    assert told(Desk(world).verify(data, status_token(world, status=status))) == expected


def test_a_status_that_cannot_be_had_or_is_anothers(world: PkiWorld) -> None:
    data = present(make_credential(world), paths=()).encode()
    stranger = world.issue("另一个签发者")
    for evidence in ((), (status_token(world, member=stranger),), (status_token(world, uri="https://other.test/1"),)):
        assert told(Desk(world).verify(data, *evidence)) == (OPEN, SubIndication.LICENCE_STATUS_UNKNOWN)
    nowhere = present(make_credential(world, status=None), paths=()).encode()
    assert told(Desk(world).verify(nowhere, status_token(world))) == (OPEN, SubIndication.LICENCE_STATUS_UNKNOWN)


def test_nobody_trusts_the_issuer(world: PkiWorld) -> None:
    data = present(make_credential(world), paths=()).encode()
    verdict = Desk(world, anchors=TrustStore.none()).verify(data, status_token(world))
    assert told(verdict) == (OPEN, SubIndication.NO_CERTIFICATE_CHAIN_FOUND)


def test_an_identifier_of_another_issuer(world: PkiWorld) -> None:
    other = IDENTIFIER.replace("1199010000TRYQK01Q", "11100000MB0143028R")
    verdict = Desk(world).verify(make_credential(world, ZZBS=other).encode(), status_token(world))
    assert verdict.conclusion.indication is not PASSED
    assert found(verdict, CheckId.LICENCE_IDENTIFIER).status is not CheckStatus.PASSED


class _Types:
    """Metadata of the type every credential here is of, or the refusal to read them."""

    def __init__(self, octets: bytes) -> None:
        self.octets = octets

    def find(self, vct: str) -> TypeMetadata | None:
        return parse_type_metadata(self.octets) if vct == "https://types.test/licence" else None


def _metadata(**rules: object) -> bytes:
    claims = [{"path": [name], **(rule if isinstance(rule, dict) else {})} for name, rule in rules.items()]
    return json.dumps({"vct": "https://types.test/licence", "claims": claims}).encode()


def test_a_type_that_is_known(world: PkiWorld) -> None:
    good = _metadata(CZZT={"sd": "always", "mandatory": True}, vct={"sd": "never"})
    named = parse_type_metadata(good).integrity
    status = status_token(world)
    for text, octets, expected, check in (
        (make_credential(world), good, (PASSED, None), CheckStatus.PASSED),
        (make_credential(world, integrity=named), good, (PASSED, None), CheckStatus.PASSED),
        (make_credential(world), _metadata(CZZT={"sd": "never"}), (FAILED, C), CheckStatus.FAILED),
        (
            make_credential(world),
            _metadata(LACKING={"sd": "never", "mandatory": True}),
            (FAILED, C),
            CheckStatus.FAILED,
        ),
    ):
        verdict = Desk(world, types=_Types(octets)).verify(text.encode(), status)
        assert told(verdict) == expected
        assert found(verdict, CheckId.CREDENTIAL_TYPE).status is check


def test_metadata_of_another_day_say_nothing(world: PkiWorld) -> None:
    octets = _metadata(CZZT={"sd": "never"})
    integrities: tuple[JsonValue, ...] = ("sha256-AAAA", "", 7)
    for integrity in integrities:
        text = make_credential(world, integrity=integrity)
        verdict = Desk(world, types=_Types(octets)).verify(text.encode(), status_token(world))
        assert told(verdict) == (PASSED, None)
        assert found(verdict, CheckId.CREDENTIAL_TYPE).status is CheckStatus.INFORMATION


def test_types_that_are_not_known_or_cannot_be_read(world: PkiWorld) -> None:
    other = make_credential(world, vct="https://types.test/other")
    for text, octets in ((other, _metadata(CZZT={"sd": "never"})), (make_credential(world), b"rubbish")):
        verdict = Desk(world, types=_Types(octets)).verify(text.encode(), status_token(world))
        assert told(verdict) == (PASSED, None)
        assert CheckId.CREDENTIAL_TYPE not in {each.id for each in verdict.signatures[0].checks}


C = SubIndication.SIG_CONSTRAINTS_FAILURE
REFUSED = {
    "expired": ({"exp": SECONDS - 61}, (FAILED, SubIndication.EXPIRED)),
    "not yet": ({"nbf": SECONDS + 61}, (FAILED, SubIndication.NOT_YET_VALID)),
    "no type": ({"vct": None}, (FAILED, C)),
    "another typ": ({"typ": "vc+sd-jwt"}, (OPEN, SubIndication.FORMAT_NOT_SUPPORTED)),
    "a status that can be hidden": ({"hidden": frozenset({("status",)})}, (FAILED, C)),
    "an end that can be hidden": ({"hidden": frozenset({("exp",)})}, (FAILED, C)),
    "two families of digests": ({"hashing": SdAlgorithm.SHA_256}, (FAILED, C)),
    "a holder of another family": (
        {"cnf": {"jwk": dict(jwk_of(generate_key(KeyKind.EC_P256).signer().public_key).members)}},
        (FAILED, C),
    ),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused(world: PkiWorld, case: str) -> None:
    bent, expected = REFUSED[case]
    data = make_credential(world, **bent).encode()  # type: ignore[arg-type]
    assert told(Desk(world).verify(data, status_token(world))) == expected


def test_presentations_refused(world: PkiWorld) -> None:
    text = make_credential(world)
    bare, shown = present(text, paths=()).encode(), _shown(world, text)
    for data, expected in (
        (bare, (OPEN, C)),
        (_shown(world, text, nonce="other"), (FAILED, C)),
        (shown.replace(b"~", f"~{disclosure('s', 'x', 1)}~".encode(), 1), (FAILED, SubIndication.HASH_FAILURE)),
        (b"e30" + bare[bare.index(b".") :], (FAILED, SubIndication.FORMAT_FAILURE)),
    ):
        assert told(Desk(world, demand=DEMAND).verify(data, status_token(world))) == expected


def test_what_was_asked_comes_in_by_every_door() -> None:
    body = b'{"data":"eA==","audience":"https://window.test","nonce":"n-1"}'
    (submission,) = asked.asked_of_line(body, 1024).submissions
    assert submission.demand == DEMAND
    assert cli._demand(DEMAND.audience, DEMAND.nonce) == DEMAND
    assert cli._demand(None, None) is None
    for audience, nonce in ((DEMAND.audience, ""), ("", "n"), ("a", "n" * 1025)):
        with pytest.raises(TrustError) as refusal:
            asked._demand(audience, nonce)
        assert refusal.value.code is ErrorCode.REQUEST_MALFORMED
        with pytest.raises(TrustError) as refusal:
            cli._demand(audience, nonce)
        assert refusal.value.code is ErrorCode.USAGE
