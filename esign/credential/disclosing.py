"""Putting disclosures back where their digests stand (RFC 9901 7.1 step 3), and telling what is held back.

The order of the steps is the RFC's. Every digest is looked at once, whether anybody disclosed what is behind it or not, and
every disclosure must be found behind one: nothing comes along that the issuer has not signed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.credential.model import ELEMENT, MAX_DEPTH, MAX_DIGESTS, SD, SD_ALG, ClaimPath, SdAlgorithm
from trustkit.credential_codes import CredentialCode
from trustkit.encoding.canonical_json import JsonValue, NumberText
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from esign.credential.model import Disclosure

_DIGEST_SIZE: Final = 43  # characters of base64url: both algorithms have 32 octets


@dataclass(frozen=True, slots=True, kw_only=True)
class Disclosed:
    """The claims after disclosing.

    Attributes:
        claims: what the issuer signed as far as it was disclosed; no digest is left in it.
        names: paths of what was disclosed, each as keys and places from 0, in the order they were found.
        behind: the disclosures in the same order, as text.
        withheld: digests nobody disclosed anything for; some of them may be decoys.
    """

    claims: Mapping[str, JsonValue] = field(repr=False)
    names: tuple[ClaimPath, ...]
    behind: tuple[str, ...] = field(repr=False)
    withheld: int


def sd_algorithm(payload: Mapping[str, JsonValue]) -> SdAlgorithm:
    """Return the hash of the digests, ``sha-256`` where none is named (RFC 9901 4.1.1). Raise DIGEST_ALGORITHM."""
    name = payload.get(SD_ALG, SdAlgorithm.SHA_256.value)
    try:
        if isinstance(name, str):
            return SdAlgorithm(name)
    except ValueError:
        pass
    raise TrustError(CredentialCode.DIGEST_ALGORITHM, f"_sd_alg is one of {', '.join(SdAlgorithm)}")


def disclose(payload: Mapping[str, JsonValue], disclosures: tuple[Disclosure, ...]) -> Disclosed:
    """Return the claims of a payload with what is disclosed put in (RFC 9901 7.1, 3 to 5).

    Raises:
        TrustError: DIGEST_ALGORITHM; SD_JWT_MALFORMED (`_sd`, `...` or a digest of another form); DIGEST_DUPLICATE;
            DISCLOSURE_PRESENT; DISCLOSURE_MALFORMED (a member where an element is meant, or the other way);
            DISCLOSURE_UNREFERENCED; JSON_DEPTH.
    """
    algorithm = sd_algorithm(payload)
    by_digest = {algorithm.hash_text(each.text): each for each in disclosures}
    walk = _Walk(by_digest)
    claims = walk.mapping({name: value for name, value in payload.items() if name != SD_ALG}, ())
    if len(walk.used) != len(disclosures):
        unused = len(disclosures) - len(walk.used)
        raise TrustError(
            CredentialCode.DISCLOSURE_UNREFERENCED, "the issuer signed no digest of it", disclosures=unused
        )
    return Disclosed(
        claims=claims,
        names=tuple(walk.names),
        behind=tuple(walk.texts),
        withheld=len(walk.seen) - len(walk.used),
    )


@dataclass(slots=True)
class _Walk:
    by_digest: Mapping[str, Disclosure]
    seen: set[str] = field(default_factory=set)
    used: set[str] = field(default_factory=set)
    names: list[ClaimPath] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def value(self, value: JsonValue, path: ClaimPath) -> JsonValue:
        if isinstance(value, dict):
            return self.mapping(value, path)
        return self.array(value, path) if isinstance(value, list) else value

    def mapping(self, found: dict[str, JsonValue], path: ClaimPath) -> dict[str, JsonValue]:
        """Step 3 c 2 for the digests in `_sd`, then what is there in the clear."""
        if len(path) >= MAX_DEPTH:
            raise TrustError(ErrorCode.JSON_DEPTH, "nested too deeply", limit=MAX_DEPTH)
        if ELEMENT in found or SD_ALG in found:
            raise TrustError(CredentialCode.SD_JWT_MALFORMED, "a reserved name where it has no meaning")
        digests = found.get(SD, [])
        if not isinstance(digests, list):
            raise TrustError(CredentialCode.SD_JWT_MALFORMED, "_sd is no array")
        clear = {name: self.value(value, (*path, name)) for name, value in found.items() if name != SD}
        for digest in digests:
            disclosure = self.behind(digest)
            if disclosure is None:
                continue
            name = disclosure.name
            if name is None:
                raise TrustError(CredentialCode.DISCLOSURE_MALFORMED, "an element of an array stands for a claim")
            if name in clear:
                raise TrustError(CredentialCode.DISCLOSURE_PRESENT, "the claim is there already")
            self.take((*path, name), disclosure)
            clear[name] = self.value(disclosure.value, (*path, name))
        return clear

    def array(self, found: list[JsonValue], path: ClaimPath) -> list[JsonValue]:
        """Step 3 c 3 and step 3 d: an element that is withheld leaves no gap."""
        if len(path) >= MAX_DEPTH:
            raise TrustError(ErrorCode.JSON_DEPTH, "nested too deeply", limit=MAX_DEPTH)
        kept: list[JsonValue] = []
        for value in found:
            place = (*path, len(kept))
            if not isinstance(value, dict) or ELEMENT not in value:
                kept.append(self.value(value, place))
                continue
            if len(value) != 1:
                raise TrustError(CredentialCode.SD_JWT_MALFORMED, "something stands beside an element's digest")
            disclosure = self.behind(value[ELEMENT])
            if disclosure is None:
                continue
            if disclosure.name is not None:
                raise TrustError(CredentialCode.DISCLOSURE_MALFORMED, "a claim stands for an element of an array")
            self.take(place, disclosure)
            kept.append(self.value(disclosure.value, place))
        return kept

    def take(self, place: ClaimPath, disclosure: Disclosure) -> None:
        self.names.append(place)
        self.texts.append(disclosure.text)

    def behind(self, digest: JsonValue) -> Disclosure | None:
        """Return what is disclosed for a digest; each may stand in the whole of it once (step 4)."""
        if not isinstance(digest, str) or isinstance(digest, NumberText) or len(digest) != _DIGEST_SIZE:
            raise TrustError(CredentialCode.SD_JWT_MALFORMED, "a digest is 43 characters of base64url")
        if digest in self.seen:
            raise TrustError(CredentialCode.DIGEST_DUPLICATE, "a digest stands twice")
        if len(self.seen) >= MAX_DIGESTS:
            raise TrustError(CredentialCode.SD_JWT_MALFORMED, "too many digests", limit=MAX_DIGESTS)
        self.seen.add(digest)
        found = self.by_digest.get(digest)
        if found is not None:
            self.used.add(digest)
        return found
