"""What operators say, signed: canonical JSON under a context line, verified again whenever something rests on it.

    statement = sign_statement(Context.DECISION, {"registration": "rq-…", …}, signer)
    said = verify_statement(Context.DECISION, statement, key)
    said.text("decision")

A signature under one context is none under another, and a statement names whatever it is about by digest: it is evidence anybody
can check again who has the operator's public key.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.clock import parse_rfc3339
from trustkit.crypto.contexts import Context, message_of
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.port import Signer

MAX_STATEMENT: Final = 64 * 1024
_MAX_DEPTH: Final = 2  # an object of plain values, or of lists of them
_SUITE: Final = SignatureSuite.SM2_SM3


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedStatement:
    """The octets that were signed, without their context line, and the signature."""

    body: bytes = field(repr=False)
    signature: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SM3 of the body, hex: what later statements and the trail call it by."""
        return digest(DigestAlgorithm.SM3, self.body).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedStatement:
    """What the owner of `key` said under `context`."""

    context: Context
    key: PublicKey
    fields: Mapping[str, JsonValue] = field(repr=False)

    def text(self, name: str) -> str:
        """Return a field that must be text. Raise STATEMENT_WRONG."""
        value = self.fields.get(name)
        if not isinstance(value, str):
            raise TrustError(ErrorCode.STATEMENT_WRONG, "a field is missing or no text", field=name)
        return value

    def moment(self, name: str) -> datetime:
        """Return a field that must be a time. Raise STATEMENT_WRONG."""
        try:
            return parse_rfc3339(self.text(name))
        except ValueError as error:
            raise TrustError(ErrorCode.STATEMENT_WRONG, "a field is no time", field=name) from error

    def require(self, **expected: str) -> None:
        """Raise STATEMENT_WRONG unless the fields say what is expected of them."""
        for name, value in expected.items():
            if self.text(name) != value:
                raise TrustError(ErrorCode.STATEMENT_WRONG, "the statement is about something else", field=name)


def sign_statement(context: Context, fields: Mapping[str, JsonValue], signer: Signer) -> SignedStatement:
    """Return the statement, signed. Raise ALGORITHM_MISMATCH for a key that is not SM2, SIGNING_FAILED, INPUT_TOO_LARGE."""
    if signer.suite is not _SUITE:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "operators sign with SM2", suite=signer.suite.value)
    body = canonical_json(dict(fields))
    if len(body) > MAX_STATEMENT:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "statement", octets=len(body), limit=MAX_STATEMENT)
    return SignedStatement(body=body, signature=signer.sign(message_of(context, body)))


def verify_statement(context: Context, statement: SignedStatement, key: PublicKey) -> VerifiedStatement:
    """Return what was said. Raise STATEMENT_WRONG when `key` did not sign exactly this under this context."""
    try:
        fields = parse_json(statement.body, max_size=MAX_STATEMENT, max_depth=_MAX_DEPTH)
        if not isinstance(fields, dict) or canonical_json(fields) != statement.body:
            raise TrustError(ErrorCode.STATEMENT_WRONG, "not canonical")  # noqa: TRY301 - one refusal below
        message = message_of(context, statement.body)
        verify_signature(suite=_SUITE, key=key, message=message, signature=statement.signature)
    except TrustError as error:
        raise TrustError(ErrorCode.STATEMENT_WRONG, "an operator's statement does not hold") from error
    return VerifiedStatement(context=context, key=key, fields=MappingProxyType(fields))
