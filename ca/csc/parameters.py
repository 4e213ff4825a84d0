"""Parameters of the API's calls, read strictly; each refusal in the words its specification has for it.

What is not known is left aside, as clients send parameters of methods and versions that are not offered here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.crypto.digest import digest_from_oid
from trustkit.crypto.suites import suite_from_algorithm
from trustkit.encoding.canonical_json import parse_json
from trustkit.encoding.text64 import decode_base64
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.crypto.digest import DigestAlgorithm
    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.encoding.canonical_json import JsonValue

MAX_BODY: Final = 128 * 1024
MAX_HASHES: Final = 1000  # which `max_hashes` of the settings cannot pass: the body would not hold more
MAX_TEXT: Final = 512  # characters of an identifier, an OID, an SAD, the Base64 of algorithm parameters
_CERTIFICATES: Final = frozenset({"none", "single", "chain"})
_DEPTH: Final = 6  # authData has objects in an array, and clientData is a text


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The object of a request's body."""

    values: Mapping[str, JsonValue]

    @classmethod
    def read(cls, body: bytes, *, media_type: str) -> Parameters:
        """Return the parameters of a body. Raise REQUEST_TYPE, INPUT_TOO_LARGE, JSON_*, REQUEST_MALFORMED."""
        if media_type.partition(";")[0].strip().lower() != "application/json":
            raise TrustError(ErrorCode.REQUEST_TYPE, "The body is application/json")
        values = parse_json(body, max_size=MAX_BODY, max_depth=_DEPTH)
        if not isinstance(values, dict):
            raise malformed("The body is a JSON object")
        return cls(values=values)

    def text(self, name: str) -> str:
        """Return a text that must be there. Raise REQUEST_MALFORMED."""
        value = self.values.get(name)
        if not isinstance(value, str) or not value or len(value) > MAX_TEXT:
            raise malformed(f"Missing (or invalid type) string parameter {name}")
        return value

    def text_or_none(self, name: str) -> str | None:
        """Return a text, or None where there is none. Raise REQUEST_MALFORMED."""
        return None if self.values.get(name) is None else self.text(name)

    def flag(self, name: str) -> bool:
        """Return a boolean, false unless it is there. Raise REQUEST_MALFORMED."""
        value = self.values.get(name, False)
        if not isinstance(value, bool):
            raise malformed(f"Invalid parameter {name}")
        return value

    def number(self, name: str) -> int:
        """Return an integer that must be there. Raise REQUEST_MALFORMED."""
        value = self.values.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise malformed(f"Missing (or invalid type) integer parameter {name}")
        return value

    def certificates(self) -> str:
        """Return none, single or chain. Raise REQUEST_MALFORMED."""
        value = self.values.get("certificates", "single")
        if not isinstance(value, str) or value not in _CERTIFICATES:
            raise malformed("Invalid parameter certificates")
        return value

    def require_own(self) -> None:
        """Raise REQUEST_MALFORMED when another user is named: the credentials are those of who calls."""
        if self.values.get("userID") is not None:
            raise malformed("userID parameter MUST be null")

    def require_synchronous(self) -> None:
        """Raise REQUEST_MALFORMED for asynchronous operation."""
        if self.values.get("operationMode", "S") != "S":
            raise malformed("Invalid parameter operationMode")

    def hashes(self, *, most: int) -> tuple[bytes, ...]:
        """Return the hashes. Raise CA_HASHES, and REQUEST_MALFORMED where there is no array."""
        value = self.values.get("hashes")
        if not isinstance(value, list):
            raise malformed("Missing (or invalid type) array parameter hashes")
        if not value:
            raise TrustError(ErrorCode.CA_HASHES, "Empty hash array")
        if len(value) > most:
            raise TrustError(ErrorCode.CA_HASHES, "Numbers of signatures is too high", limit=most)
        return tuple(_hash(each) for each in value)

    def digest_algorithm(self) -> DigestAlgorithm | None:
        """Return what hashAlgorithmOID names, None where it is not given. Raise REQUEST_MALFORMED."""
        oid = self.text_or_none("hashAlgorithmOID")
        if oid is None:
            return None
        try:
            return digest_from_oid(oid)
        except TrustError as error:
            raise malformed("Invalid parameter hashAlgorithmOID") from error

    def suite(self, key: PublicKey) -> SignatureSuite:
        """Return the suite that signAlgo, its parameters and the hash algorithm name for a key. Raise REQUEST_MALFORMED."""
        oid, hashed = self.text("signAlgo"), self.digest_algorithm()
        coded = self.text_or_none("signAlgoParams")
        try:
            parameters = None if coded is None else decode_base64(coded)
            suite = suite_from_algorithm(oid, parameters, digest=hashed, key=key)
        except TrustError as error:
            raise malformed("Invalid parameter signAlgo") from error
        if not suite.takes_digest:
            raise malformed("Invalid parameter signAlgo")
        return suite


def require_length(hashes: tuple[bytes, ...], algorithm: DigestAlgorithm) -> None:
    """Raise CA_HASHES unless each hash has the length of its algorithm's."""
    if any(len(each) != algorithm.size for each in hashes):
        raise TrustError(ErrorCode.CA_HASHES, "Invalid digest value length")


def malformed(told: str) -> TrustError:
    """Return the refusal of a request by its form."""
    return TrustError(ErrorCode.REQUEST_MALFORMED, told)


def _hash(value: JsonValue) -> bytes:
    try:
        if isinstance(value, str) and 0 < len(value) <= MAX_TEXT:
            return decode_base64(value)
    except TrustError:
        pass  # told below, in the same words
    raise TrustError(ErrorCode.CA_HASHES, "Invalid Base64 hash string parameter")
