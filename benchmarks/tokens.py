"""Tokens verified and signed whole, beside joserfc and PyJWT in the same rounds.

    python -m benchmarks.tokens [SECONDS]

Verification is of an access token as an API meets it: parsed, its key found by `kid`, signature, kind, issuer, audience and times
judged. The peers do the same as far as they go: joserfc with its claims registry, PyJWT with its options. Ratios are ours over
the peer's; more is better. The DPoP line has no peer and stands beside our own bare verification of the same signature.
"""

from __future__ import annotations

import sys
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import jwt as pyjwt
from joserfc import jwk as peer_jwk
from joserfc import jwt as peer_jwt

from benchmarks.measure import ROUNDS, Act, Pair, report
from tests.support.dpop_proof import sign_dpop
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.pem import encode_pem
from trustkit.jose.access_token import access_rules, verify_access_token
from trustkit.jose.claims import lifetime_claims
from trustkit.jose.dpop import verify_dpop
from trustkit.jose.jwk import jwk_of
from trustkit.jose.keys import JwkSet, verification_key
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.read import parse_jws
from trustkit.jose.sign import sign_jwt
from trustkit.jose.verify import verify_jws

if TYPE_CHECKING:
    from trustkit.custody.port import Signer
    from trustkit.custody.private_key import PrivateKey
    from trustkit.encoding.canonical_json import JsonValue

ISSUER, API, URL = "https://issuer.test", "https://api.test", "https://api.test/v1/verify"
KINDS = ((KeyKind.EC_P256, "ES256"), (KeyKind.RSA, "RS256"), (KeyKind.EC_P384, "ES384"))
LEAST = 0.8  # what we judge beyond the peers may cost a fifth


def claims(now: datetime) -> dict[str, JsonValue]:
    """Return the claims of an access token."""
    return {
        "iss": ISSUER,
        "aud": API,
        "sub": "0Zv0Z3r6Yw1oB7M8x3kT9nq2c4V5u6W7a8S9d0F1gH2",
        "client_id": "platform",
        "jti": "hV3k9Qm2",
        "scope": "licence:read verifier:file:verify",
        "acr": "urn:trustkit:ial:2:aal:2",
        **lifetime_claims(now, timedelta(minutes=10)),
    }


def verifying(key: PrivateKey, algorithm: str, now: datetime) -> list[Pair]:
    """Return the pairs of one algorithm: a whole verification beside each peer's."""
    signer = key.signer()
    text = sign_jwt(claims(now), signer, kind="at+jwt", key_id="k1")
    members = dict(jwk_of(signer.public_key).members)
    keys = JwkSet.of(verification_key(signer.public_key, key_id="k1", algorithms={JwsAlgorithm(algorithm)}))
    rules = access_rules(issuer=ISSUER, audience=API, algorithms={JwsAlgorithm(algorithm)})
    known = peer_jwk.KeySet.import_key_set({"keys": [{**members, "kid": "k1"}]})
    registry = peer_jwt.JWTClaimsRegistry(
        iss={"essential": True, "value": ISSUER}, aud={"essential": True, "value": API}, exp={"essential": True}
    )
    loaded = pyjwt.PyJWK(members, algorithm)

    def joserfc() -> None:
        registry.validate(peer_jwt.decode(text, known, algorithms=[algorithm]).claims)

    ours = Act(name=f"ours {algorithm}", call=lambda: verify_access_token(text, keys, rules, now=now))
    peers = {
        "joserfc": joserfc,
        "PyJWT": lambda: pyjwt.decode(text, loaded, algorithms=[algorithm], audience=API, issuer=ISSUER),
    }
    return [
        Pair(
            name=f"{algorithm} access token verified, beside {name}",
            ours=ours,
            peer=Act(name=f"{name} {algorithm}", call=call),
            least=LEAST if algorithm == "ES256" else None,
        )
        for name, call in peers.items()
    ]


def signing(key: PrivateKey, algorithm: str, now: datetime) -> list[Pair]:
    """Return the pair of one algorithm: a token signed beside joserfc's."""
    signer, found = key.signer(), claims(now)
    private = peer_jwk.import_key(
        encode_pem("PRIVATE KEY", key.private_key_info()).decode("ascii"), "RSA" if algorithm == "RS256" else "EC"
    )
    header = {"alg": algorithm, "typ": "at+jwt", "kid": "k1"}
    ours = Act(name=f"sign {algorithm}", call=lambda: sign_jwt(found, signer, kind="at+jwt", key_id="k1"))
    peer = Act(
        name=f"sign joserfc {algorithm}",
        call=lambda: peer_jwt.encode(header, dict(found), private, algorithms=[algorithm]),
    )
    return [Pair(name=f"{algorithm} access token signed, beside joserfc", ours=ours, peer=peer)]


def alone(signer: Signer, algorithm: JwsAlgorithm, now: datetime) -> Act:
    """Return the verification of a token by one algorithm."""
    text = sign_jwt(claims(now), signer, kind="at+jwt", key_id="k1")
    keys = JwkSet.of(verification_key(signer.public_key, key_id="k1"))
    rules = access_rules(issuer=ISSUER, audience=API, algorithms={algorithm})
    return Act(name=f"{algorithm.value} alone", call=lambda: verify_access_token(text, keys, rules, now=now))


def ours_alone(now: datetime) -> list[Pair]:
    """Return what no peer does: SM2 tokens beside ES256 ones, proofs beside the bare signature."""
    gm, ec = generate_key(KeyKind.SM2).signer(), generate_key(KeyKind.EC_P256).signer()
    text = sign_jwt(claims(now), ec, kind="at+jwt", key_id="k1")
    proof = sign_dpop(ec, method="POST", url=URL, token_id=text[-8:], now=now, access_token=text)
    refused = ("crit", "b64", "jku", "x5u", "zip", "enc")
    bare = Act(name="bare", call=lambda: verify_jws(parse_jws(proof, refused=refused), ec.public_key))
    judged = Act(
        name="proof",
        call=lambda: verify_dpop(
            proof, method="POST", url=URL, algorithms={JwsAlgorithm.ES256}, now=now, access_token=text
        ),
    )
    return [
        Pair(
            name="SGD_SM3_SM2 access token verified, beside ours in ES256",
            ours=alone(gm, JwsAlgorithm.SGD_SM3_SM2, now),
            peer=alone(ec, JwsAlgorithm.ES256, now),
        ),
        Pair(name="DPoP proof judged, beside its bare signature", ours=judged, peer=bare),
    ]


def main(seconds: float) -> None:
    """Measure and print."""
    now = SystemClock().now().astimezone(UTC)
    keys = {kind: generate_key(kind) for kind, _ in KINDS}
    pairs = [pair for kind, algorithm in KINDS for pair in verifying(keys[kind], algorithm, now)]
    pairs += [pair for kind, algorithm in KINDS[:2] for pair in signing(keys[kind], algorithm, now)]
    report([*pairs, *ours_alone(now)], seconds=seconds, rounds=ROUNDS)


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 0.01)
