"""Type metadata of credentials (draft-ietf-oauth-sd-jwt-vc, Type Metadata): which claims a type has, how they are called, which can be hidden.

    metadata = parse_type_metadata(octets)
    metadata.vct, metadata.claims, metadata.integrity      # "sha256-…", as `vct#integrity` has it

Documents that extend others are refused: nothing is fetched for them. Members nobody needs for judging are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final, TypeAlias

from trustkit.credential_codes import CredentialCode
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import NumberText, parse_json
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from trustkit.encoding.canonical_json import JsonValue

RulePath: TypeAlias = tuple[str | int | None, ...]  # keys, places from 0 in arrays, None for every element
MAX_METADATA: Final = 256 * 1024
MAX_CLAIMS: Final = 256
MAX_INTEGRITY: Final = 2048  # characters of an integrity string
_MAX_PATH: Final = 16
_MAX_TEXT: Final = 2048
# W3C SRI 3.3.3: the strongest of those named counts. It knows no SM3.
_STRENGTH: Final = (DigestAlgorithm.SHA512, DigestAlgorithm.SHA384, DigestAlgorithm.SHA256)


@unique
class Disclosability(StrEnum):
    """Whether a claim can be hidden by its holder (`sd` of its metadata)."""

    ALWAYS = "always"
    ALLOWED = "allowed"
    NEVER = "never"


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimRule:
    """What a type says of a claim. `mandatory`: every credential of the type has it, disclosed or not."""

    path: RulePath
    mandatory: bool
    disclosability: Disclosability


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeMetadata:
    """A type's metadata; whoever hands them over says where they are from."""

    vct: str
    claims: tuple[ClaimRule, ...]
    octets: bytes = field(repr=False)

    @property
    def integrity(self) -> str:
        """Return what a credential says of this document in `vct#integrity` (W3C SRI 3.5)."""
        return f"sha256-{encode_base64(digest(DigestAlgorithm.SHA256, self.octets))}"

    def is_meant_by(self, integrity: str) -> bool:
        """Tell whether an integrity string is of this document (W3C SRI 3.3.5). One that names no known digest is of none."""
        if len(integrity) > MAX_INTEGRITY:
            return False
        named = [each.partition("?")[0].partition("-") for each in integrity.split()]
        for algorithm in _STRENGTH:
            values = {value for name, _, value in named if name == algorithm.value}
            if values:
                return encode_base64(digest(algorithm, self.octets)) in values
        return False


def parse_type_metadata(octets: bytes) -> TypeMetadata:
    """Return the metadata in a JSON document.

    Raises:
        TrustError: INPUT_TOO_LARGE, JSON_*; CREDENTIAL_METADATA for a member of another form than the draft gives it, two rules
            for one path, or a type that extends another.
    """
    value = parse_json(octets, max_size=MAX_METADATA, any_number=True)
    if not isinstance(value, dict) or "extends" in value:
        raise _malformed("an object that extends no other type")
    listed = value.get("claims", [])
    if not isinstance(listed, list) or len(listed) > MAX_CLAIMS:
        raise _malformed(f"claims: an array of at most {MAX_CLAIMS}")
    claims = tuple(_rule(each) for each in listed)
    if len({each.path for each in claims}) != len(claims):
        raise _malformed("claims: two rules for one path")
    return TypeMetadata(vct=_text(value.get("vct"), "vct"), claims=claims, octets=octets)


def _rule(value: JsonValue) -> ClaimRule:
    if not isinstance(value, dict):
        raise _malformed("claims: objects")
    path, mandatory = value.get("path"), value.get("mandatory", False)
    if not isinstance(path, list) or not 0 < len(path) <= _MAX_PATH or not isinstance(mandatory, bool):
        raise _malformed("a claim has a path, and mandatory is true or false")
    word = value.get("sd", Disclosability.ALLOWED.value)
    if not isinstance(word, str) or word not in set(Disclosability):
        raise _malformed(f"sd: one of {', '.join(Disclosability)}")
    return ClaimRule(path=tuple(_step(each) for each in path), mandatory=mandatory, disclosability=Disclosability(word))


def _step(value: JsonValue) -> str | int | None:
    if value is None or (isinstance(value, int) and not isinstance(value, bool) and value >= 0):
        return value
    return _text(value, "path")


def _text(value: JsonValue, name: str) -> str:
    if not isinstance(value, str) or isinstance(value, NumberText) or not 0 < len(value) <= _MAX_TEXT:
        raise _malformed(f"{name}: a text")
    return value


def _malformed(detail: str) -> TrustError:
    return TrustError(CredentialCode.CREDENTIAL_METADATA, detail)
