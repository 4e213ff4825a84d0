"""SD-JWT made for tests: one world's issuer and holder, claims with everything that can be hidden, and forgeries by hand."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

from esign.credential.binding import BindingDemand
from esign.credential.model import SD_ALG, SEPARATOR, SdAlgorithm
from esign.credential.sign import KeyBinding, issue_sd_jwt
from tests.support.pki import PkiWorld
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.canonical_json import JsonValue, canonical_json
from trustkit.encoding.text64 import encode_base64url
from trustkit.jose.jwk import jwk_of
from trustkit.jose.sign import sign_jws

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from esign.credential.model import ClaimPath
    from trustkit.custody.port import Signer

NOW = PkiWorld.START
SECONDS = int(NOW.timestamp())
AUDIENCE, NONCE = "https://verifier.example.test", "n-1"
DEMAND = BindingDemand(audience=AUDIENCE, nonce=NONCE)
KIND = "dc+sd-jwt"
HIDDEN: frozenset[ClaimPath] = frozenset({("name",), ("address",), ("address", "city"), ("kinds", 0), ("kinds", 2)})


def counting() -> Callable[[int], bytes]:
    """Return entropy that repeats itself from run to run, never within one."""
    numbers = count(1)
    return lambda size: next(numbers).to_bytes(size, "big")


@dataclass(frozen=True)
class Parties:
    """An issuer and a holder of one suite."""

    issuer: Signer
    holder: Signer
    hashing: SdAlgorithm

    @classmethod
    def of(cls, kind: KeyKind) -> Parties:
        hashing = SdAlgorithm.SM3 if kind is KeyKind.SM2 else SdAlgorithm.SHA_256
        return cls(generate_key(kind).signer(), generate_key(kind).signer(), hashing)

    def claims(self, **bent: JsonValue) -> dict[str, JsonValue]:
        claims: dict[str, JsonValue] = {
            "iss": "https://issuer.example.test",
            "iat": SECONDS,
            "exp": SECONDS + 3600,
            "cnf": {"jwk": dict(jwk_of(self.holder.public_key).members)},
            "name": "甲",
            "address": {"city": "乙", "street": "丙"},
            "kinds": ["a", "b", "c"],
            "open": True,
        }
        return {name: value for name, value in (claims | bent).items() if value is not None}

    def issue(self, *, hidden: Collection[ClaimPath] = HIDDEN, decoys: int = 0, **bent: JsonValue) -> str:
        return issue_sd_jwt(
            header={"typ": KIND},
            claims=self.claims(**bent),
            hidden=hidden,
            hashing=self.hashing,
            signer=self.issuer,
            entropy=counting(),
            decoys=decoys,
        )

    def binding(self, *, audience: str = AUDIENCE, nonce: str = NONCE) -> KeyBinding:
        return KeyBinding(signer=self.holder, audience=audience, nonce=nonce, at=NOW)

    def forge(self, payload: Mapping[str, JsonValue], *disclosures: str, typ: str = KIND, hashed: bool = True) -> str:
        """Sign any payload as the issuer, with any disclosures behind it."""
        named: dict[str, JsonValue] = {SD_ALG: self.hashing.value} if hashed else {}
        token = sign_jws({"typ": typ}, canonical_json({**named, **payload}), self.issuer)
        return SEPARATOR.join((token, *disclosures, ""))

    def digest(self, text: str) -> str:
        return self.hashing.hash_text(text)


def disclosure(*items: JsonValue) -> str:
    """Return what stands between tildes for an array."""
    return encode_base64url(canonical_json(list(items)))
