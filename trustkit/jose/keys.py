"""Keys that may verify tokens: each with the algorithms it is for, and sets of them from a JWK Set (RFC 7517 5).

keys = parse_jwks(octets)                              # what cannot be used is left aside, and told in `keys.skipped`
keys = JwkSet.of(verification_key(public_key, key_id="k1", algorithms={JwsAlgorithm.ES256}))
key = keys.select(jws)                                 # by `kid`, never by what the token says of itself

A set with keys of kinds unknown here serves with the others: RFC 7517 5 has readers ignore what they do not understand, and
whoever drops the whole set fails a login when its issuer adds a key.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

from trustkit.crypto.public_key import PublicKey  # noqa: TC001 - a field type of a public dataclass
from trustkit.encoding.canonical_json import parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.jwk import Sm2CurveName, jwk_of, parse_jwk
from trustkit.jose.model import JwsAlgorithm
from trustkit.jose.read import named_algorithm, read_text

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.error_family import Code
    from trustkit.jose.model import UnverifiedJws

MAX_JWKS_SIZE: Final = 512 * 1024  # a hundred keys with their certificates
MAX_JWKS_KEYS: Final = 100
_MAX_DEPTH: Final = 8
_NO_ALIASES: Final[Mapping[str, JwsAlgorithm]] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class VerificationKey:
    """A public key and what it may verify.

    Attributes:
        key_id: the `kid` it is found by; empty when it has none.
        algorithms: those its owner uses it with, all of its kind, at least one.
        thumbprint: of RFC 7638, SHA-256 in base64url.
    """

    key_id: str
    public_key: PublicKey
    algorithms: frozenset[JwsAlgorithm]
    thumbprint: str


@dataclass(frozen=True, slots=True)
class SkippedKey:
    """A member of a set that is not used: its place from 0, and why."""

    place: int
    code: Code
    detail: str


@dataclass(frozen=True, slots=True)
class JwkSet:
    """Keys of one owner. No two of them that could verify the same token have the same `kid`."""

    keys: tuple[VerificationKey, ...]
    skipped: tuple[SkippedKey, ...] = ()

    @classmethod
    def of(cls, *keys: VerificationKey) -> Self:
        """Return the set of some keys. Raise JWKS_MALFORMED when two of one kind have one `kid`."""
        if len(_ambiguous(keys)) > 0:
            raise TrustError(ErrorCode.JWKS_MALFORMED, "two keys of one kind have the same kid")
        return cls(keys)

    def select(self, jws: UnverifiedJws) -> VerificationKey:
        """Return the one key that a token can have been signed with.

        By its `kid` when it has one; without it, the only key of the set for its algorithm (OpenID Connect Core 10.1: a `kid` is
        needed where there are several).

        Raises:
            TrustError: JWS_KEY_UNKNOWN for a `kid` no key has (the set may be out of date), for none that fits, for several;
                ALGORITHM_MISMATCH when the key of that `kid` is not for the token's algorithm.
        """
        named = [key for key in self.keys if key.key_id == jws.key_id] if jws.key_id else list(self.keys)
        fitting = [key for key in named if jws.algorithm in key.algorithms]
        if len(fitting) == 1:
            return fitting[0]
        if jws.key_id and named:
            raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "the key is not for this algorithm", alg=jws.algorithm.value)
        detail = "several keys may have signed, and no kid says which" if fitting else "no such key in the set"
        raise TrustError(ErrorCode.JWS_KEY_UNKNOWN, detail, keys=len(self.keys))


def verification_key(
    public_key: PublicKey, *, key_id: str = "", algorithms: Collection[JwsAlgorithm] = ()
) -> VerificationKey:
    """Return a key with its algorithms, by default all of its kind. Raise ALGORITHM_MISMATCH for one of another kind."""
    usable = frozenset(found for found in JwsAlgorithm if found.suite.key_kind is public_key.kind)
    chosen = frozenset(algorithms) or usable
    if not chosen or chosen - usable:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "no algorithm for this kind of key", kind=public_key.kind.value)
    return VerificationKey(
        key_id=key_id, public_key=public_key, algorithms=chosen, thumbprint=jwk_of(public_key).thumbprint
    )


def parse_verification_key(value: JsonValue, *, aliases: Mapping[str, JwsAlgorithm] = _NO_ALIASES) -> VerificationKey:
    """Return a JWK as a key for verifying; `use`, `key_ops` and `alg` are heeded (RFC 7517 4.2 to 4.4).

    Raises:
        TrustError: what `parse_jwk` raises; JWK_MALFORMED for members of the wrong type or a `kid` beyond 256 characters;
            JWK_USE for a key that is not for verifying; ALGORITHM_UNKNOWN; ALGORITHM_MISMATCH for an `alg` of another kind.
    """
    jwk = parse_jwk(value)
    members = value if isinstance(value, dict) else {}
    try:
        key_id, use, name = (read_text(members, member) for member in ("kid", "use", "alg"))
    except TrustError as error:
        raise TrustError(ErrorCode.JWK_MALFORMED, "kid, use and alg are short texts") from error
    operations = members.get("key_ops", ["verify"])
    if not isinstance(operations, list) or not all(isinstance(operation, str) for operation in operations):
        raise TrustError(ErrorCode.JWK_MALFORMED, "key_ops is an array of texts")
    if use not in {"", "sig"} or "verify" not in operations:
        raise TrustError(ErrorCode.JWK_USE, "use and key_ops", use=use[:16] if use.isprintable() else "")
    algorithms = (named_algorithm(name, aliases),) if name else ()
    return VerificationKey(
        key_id=key_id,
        public_key=jwk.public_key,
        algorithms=verification_key(jwk.public_key, algorithms=algorithms).algorithms,
        thumbprint=jwk.thumbprint,
    )


def parse_jwks(data: bytes | dict[str, JsonValue], *, aliases: Mapping[str, JwsAlgorithm] = _NO_ALIASES) -> JwkSet:
    """Return the keys of a JWK Set that can verify here; the others are in `skipped`, with the reason.

    Left aside are keys of unknown kinds, curves and algorithms, keys for encryption, weak, malformed, symmetric and private ones,
    and every one of several keys of one kind that share a `kid`: which of them is meant cannot be told.

    Raises:
        TrustError: JWKS_MALFORMED when it is no object with an array `keys` of at most a hundred objects; INPUT_TOO_LARGE;
            JSON_MALFORMED, JSON_DUPLICATE_KEY, JSON_DEPTH. An empty set, or one with none that is usable, is returned.
    """
    value = (
        parse_json(data, max_size=MAX_JWKS_SIZE, max_depth=_MAX_DEPTH, any_number=True)
        if isinstance(data, bytes)
        else data
    )
    found = value.get("keys") if isinstance(value, dict) else None
    if not isinstance(found, list) or len(found) > MAX_JWKS_KEYS:
        raise TrustError(ErrorCode.JWKS_MALFORMED, f"an object with an array `keys` of at most {MAX_JWKS_KEYS}")
    placed: list[tuple[int, VerificationKey]] = []
    skipped: list[SkippedKey] = []
    for place, member in enumerate(found):
        try:
            placed.append((place, parse_verification_key(member, aliases=aliases)))
        except TrustError as error:
            skipped.append(SkippedKey(place, error.code, error.detail))
    doubtful = _ambiguous([key for _, key in placed])
    for place, key in placed:
        if (key.key_id, key.public_key.kind) in doubtful:
            skipped.append(SkippedKey(place, ErrorCode.JWKS_MALFORMED, "another key of this kind has the same kid"))
    kept = tuple(key for _, key in placed if (key.key_id, key.public_key.kind) not in doubtful)
    return JwkSet(kept, tuple(sorted(skipped, key=lambda key: key.place)))


def jwks_document(*keys: VerificationKey, sm2_curve: Sm2CurveName = Sm2CurveName.SM2P256V1) -> dict[str, JsonValue]:
    """Return the JWK Set of some keys as JSON: `kid`, `use` and, where a key has one algorithm, `alg`. `parse_jwks` reads it."""
    written: list[JsonValue] = []
    for key in keys:
        members: dict[str, JsonValue] = {**jwk_of(key.public_key, sm2_curve=sm2_curve).members, "use": "sig"}
        if key.key_id:
            members["kid"] = key.key_id
        if len(key.algorithms) == 1:
            members["alg"] = next(iter(key.algorithms)).value
        written.append(members)
    return {"keys": written}


def _ambiguous(keys: Collection[VerificationKey]) -> frozenset[tuple[str, object]]:
    """Return kid and kind of keys that cannot be told apart. Several without a kid can: `select` refuses those when it must."""
    counted = Counter((key.key_id, key.public_key.kind) for key in keys if key.key_id)
    return frozenset(name for name, count in counted.items() if count > 1)
