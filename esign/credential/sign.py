"""Issuing SD-JWT and presenting them (RFC 9901 4, 5): the issuer signs digests, the holder chooses what to disclose.

    issued = issue_sd_jwt(header={"typ": "dc+sd-jwt"}, claims=claims, hidden={("name",), ("list", 0)}, decoys=2,
                          hashing=SdAlgorithm.SM3, signer=signer, entropy=secrets.token_bytes)
    text = present(issued, paths={("name",)}, binding=KeyBinding(signer=holder, audience=…, nonce=…, at=now))

Salts come from the caller's randomness. Digests stand sorted, so that their order tells nothing of the claims' (RFC 9901 4.2.4.1).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.credential.disclosing import disclose, sd_algorithm
from esign.credential.model import (
    BINDING_KIND,
    ELEMENT,
    MAX_DISCLOSURES,
    RESERVED,
    SD,
    SD_ALG,
    SEPARATOR,
    Disclosure,
)
from esign.credential.read import parse_disclosure, parse_sd_jwt
from trustkit.encoding.canonical_json import canonical_json
from trustkit.encoding.text64 import encode_base64url
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.claims import numeric_date, read_claims
from trustkit.jose.sign import sign_jws

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping
    from datetime import datetime

    from esign.credential.model import ClaimPath, SdAlgorithm, UnverifiedSdJwt
    from trustkit.custody.port import Signer
    from trustkit.encoding.canonical_json import JsonValue

SALT_SIZE: Final = 16  # octets: the 128 bits of RFC 9901 9.3
MAX_DECOYS: Final = 64  # in one object


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyBinding:
    """What a holder says with his key: for whom, to which question, when. `signer` is the key in the credential's `cnf`."""

    signer: Signer
    audience: str
    nonce: str = field(repr=False)
    at: datetime


def issue_sd_jwt(
    *,
    header: Mapping[str, JsonValue],
    claims: Mapping[str, JsonValue],
    hidden: Collection[ClaimPath],
    hashing: SdAlgorithm,
    signer: Signer,
    entropy: Callable[[int], bytes],
    decoys: int = 0,
) -> str:
    """Return an SD-JWT with all its disclosures.

    Args:
        header: of the issuer's JWT; `alg` follows from the signer.
        claims: in the clear; `entropy` gives random octets for salts.
        hidden: paths of what is selectively disclosable: keys, and places from 0 in arrays. One inside another is allowed.
        hashing: written as `_sd_alg`.
        signer: the issuer's.
        entropy: returns so many random octets.
        decoys: digests of nothing, added to each object with hidden claims (RFC 9901 4.2.5).

    Raises:
        TrustError: USAGE for a path that leads nowhere, a reserved name, too many disclosures or decoys; what `sign_jws` raises.
    """
    if not 0 <= decoys <= MAX_DECOYS or len(hidden) > MAX_DISCLOSURES:
        raise TrustError(ErrorCode.USAGE, "number of hidden claims or decoys", limit=MAX_DISCLOSURES)
    hiding = _Hiding(frozenset(hidden), hashing, entropy, decoys)
    payload = hiding.mapping(dict(claims), ())
    if hiding.found != len(hiding.hidden):
        raise TrustError(ErrorCode.USAGE, "a path leads to no claim", missing=len(hiding.hidden) - hiding.found)
    token = sign_jws(header, canonical_json({**payload, SD_ALG: hashing.value}), signer)
    return SEPARATOR.join((token, *hiding.texts, ""))


def present(text: str, *, paths: Collection[ClaimPath], binding: KeyBinding | None = None) -> str:
    """Return a presentation of a credential that discloses the claims at some paths, and whatever those stand inside.

    Raises:
        TrustError: USAGE for a path that nothing can be disclosed at; what reading raises; what the signer raises.
    """
    unverified = parse_sd_jwt(text)
    payload = read_claims(unverified.jws.payload).members
    chosen = _chosen(payload, unverified, frozenset(paths))
    presented = SEPARATOR.join((text.partition(SEPARATOR)[0], *(each.text for each in chosen), ""))
    if binding is None:
        return presented
    claims: dict[str, JsonValue] = {
        "aud": binding.audience,
        "iat": numeric_date(binding.at),
        "nonce": binding.nonce,
        "sd_hash": sd_algorithm(payload).hash_text(presented),
    }
    return presented + sign_jws({"typ": BINDING_KIND}, canonical_json(claims), binding.signer)


def disclosable(text: str) -> tuple[ClaimPath, ...]:
    """Return the paths of everything a holder can disclose of a credential. Raise as reading and `disclose` do."""
    unverified = parse_sd_jwt(text)
    return disclose(read_claims(unverified.jws.payload).members, unverified.disclosures).names


def _chosen(
    payload: Mapping[str, JsonValue], unverified: UnverifiedSdJwt, wanted: frozenset[ClaimPath]
) -> tuple[Disclosure, ...]:
    """Return the disclosures of some paths and of what encloses them, in the order of the credential."""
    whole = disclose(payload, unverified.disclosures)
    if missing := wanted - set(whole.names):
        raise TrustError(ErrorCode.USAGE, "nothing can be disclosed there", paths=len(missing))
    needed = {path for path in whole.names if any(each[: len(path)] == path for each in wanted)}
    kept = dict(zip(whole.behind, whole.names, strict=True))
    return tuple(each for each in unverified.disclosures if kept[each.text] in needed)


class _Hiding:
    """Takes claims apart into digests and disclosures, the innermost first."""

    def __init__(
        self, hidden: frozenset[ClaimPath], hashing: SdAlgorithm, entropy: Callable[[int], bytes], decoys: int
    ) -> None:
        self.hidden, self.hashing, self.entropy, self.decoys = hidden, hashing, entropy, decoys
        self.texts: list[str] = []
        self.found = 0

    def mapping(self, claims: dict[str, JsonValue], path: ClaimPath) -> dict[str, JsonValue]:
        if RESERVED & set(claims):
            raise TrustError(ErrorCode.USAGE, "a claim is called as what digests stand under")
        clear: dict[str, JsonValue] = {}
        digests: list[str] = []
        for name, value in claims.items():
            place = (*path, name)
            inner = self.value(value, place)
            if place in self.hidden:
                digests.append(self.hide([name, inner]))
            else:
                clear[name] = inner
        if digests:
            digests += [self.hashing.hash_text(self.salt()) for _ in range(self.decoys)]
            clear[SD] = sorted(digests)  # type: ignore[assignment] # a list of texts is JSON
        return clear

    def value(self, value: JsonValue, path: ClaimPath) -> JsonValue:
        if isinstance(value, dict):
            return self.mapping(value, path)
        if not isinstance(value, list):
            return value
        written: list[JsonValue] = []
        for number, item in enumerate(value):
            place = (*path, number)
            inner = self.value(item, place)
            written.append({ELEMENT: self.hide([inner])} if place in self.hidden else inner)
        return written

    def hide(self, what: list[JsonValue]) -> str:
        text = encode_base64url(canonical_json([self.salt(), *what]))
        parse_disclosure(text)  # what a reader would refuse is not written
        self.texts.append(text)
        self.found += 1
        return self.hashing.hash_text(text)

    def salt(self) -> str:
        return encode_base64url(self.entropy(SALT_SIZE))
