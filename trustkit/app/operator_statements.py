"""Statements people sign on a machine of their own, for a service that takes them over its API. No home is needed, and no network.

    shown = read_shown(answer)                       # of GET /v1/ca/registrations/{number}
    body = signed_decision(shown, Decision.APPROVE, key, at=now)

What a person is shown is read from the very octets the request's requester signed, and their digest is computed here: of an answer that
says one thing and holds another only what it holds is seen and signed. Whose key a recovered one would be enveloped to, which names a
request asks for, and that a compromise ends every certificate of the key, is read from them too; which those are the register alone knows.
"""

from __future__ import annotations

from collections.abc import Mapping  # noqa: TC003 - a field type of a public dataclass
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from ca.decisions import decision_fields, require_said
from ca.enrolment import requested_names
from ca.operators import Enrolment, enrolment_fields, key_digest, removal_fields, require_enrollable
from ca.order import shown_names
from ca.seal_submissions import USERS
from ca.statements import MAX_STATEMENT, SignedStatement, sign_statement
from trustkit.app.request_lines import listed_users, shown_fields
from trustkit.clock import format_rfc3339
from trustkit.crypto.contexts import Context
from trustkit.crypto.public_key import parse_public_key
from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import fresh_identifier
from trustkit.store.registrations import Kind
from trustkit.x509.reason import COMPROMISED
from trustkit.x509.request import parse_request, verify_request

if TYPE_CHECKING:
    from datetime import datetime

    from trustkit.custody.port import Signer
    from trustkit.store.registrations import Decision

MAX_ANSWER: Final = 256 * 1024
_MAX_DEPTH: Final = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownRequest:
    """A request as its requester signed it: its number, the digest of what was signed, and what a person reads before he decides."""

    number: str
    submission_sm3: str
    rows: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningOperator:
    """An operator's pseudonym and key."""

    operator: str
    signer: Signer

    def sign(self, context: Context, fields: Mapping[str, JsonValue]) -> dict[str, object]:
        """Return the body the API takes. Raise as `sign_statement`."""
        made = sign_statement(context, {**fields, "operator": self.operator}, self.signer)
        return {"statement": encode_base64(made.body), "signature": encode_base64(made.signature)}


def read_shown(answer: bytes) -> ShownRequest:
    """Return a request from what the API answered. Raise STATEMENT_WRONG, and what the request in it raises."""
    signed, fields = _read_statement(parse_json(answer, max_size=MAX_ANSWER, max_depth=_MAX_DEPTH))
    digest = SignedStatement(body=signed, signature=b"").digest
    number, kind = str(fields.get("registration", "")), str(fields.get("kind", ""))
    rows = (("request", number), ("statement sm3", digest), ("kind", kind), *_about(fields), *shown_fields(fields))
    return ShownRequest(number=number, submission_sm3=digest, rows=rows)


def signed_decision(
    shown: ShownRequest, decision: Decision, by: SigningOperator, *, at: datetime, reason: str = ""
) -> dict[str, object]:
    """Return the body for the request's ``decisions``. Raise USAGE as `require_said`, and as `sign_statement`."""
    require_said(decision, reason)
    return by.sign(
        Context.DECISION, decision_fields(shown.number, shown.submission_sm3, decision, at=at, reason=reason)
    )


def signed_enrolment(enrolment: Enrolment, by: SigningOperator, *, instance: str, at: datetime) -> dict[str, object]:
    """Return the body that enrols the owner of a key, under a pseudonym made here. Raise USAGE, and as `sign_statement`."""
    require_enrollable(enrolment)
    fields = enrolment_fields(fresh_identifier("op"), enrolment, instance=instance, at=at)
    public_key = encode_base64(enrolment.key.spki)
    return {"label": enrolment.label.strip(), "public_key": public_key, **by.sign(Context.ENROLMENT, fields)}


def signed_removal(operator: str, by: SigningOperator, *, instance: str, at: datetime) -> dict[str, object]:
    """Return the body that withdraws an operator's powers. Raise as `sign_statement`."""
    return by.sign(Context.REMOVAL, removal_fields(operator, instance=instance, at=at))


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownBody:
    """An enrolment or removal one registrar signed, as another reads it before he signs the same."""

    context: Context
    body: Mapping[str, JsonValue] = field(repr=False)
    fields: Mapping[str, JsonValue] = field(repr=False)

    @property
    def rows(self) -> tuple[tuple[str, str], ...]:
        """What the statement holds, whoever signed it first: the service verifies him."""
        return tuple(sorted((name, str(value)) for name, value in self.fields.items()))


def read_body(data: bytes) -> ShownBody:
    """Return the body of an enrolment or a removal. Raise STATEMENT_WRONG, also when it is about something else than it is sent for."""
    body = parse_json(data, max_size=MAX_ANSWER, max_depth=_MAX_DEPTH)
    _, fields = _read_statement(body)
    if not isinstance(body, dict) or ("enrolled" in fields) == ("removed" in fields):
        raise TrustError(ErrorCode.STATEMENT_WRONG, "neither an enrolment nor a removal", field="statement")
    if "removed" in fields:
        return ShownBody(context=Context.REMOVAL, body=body, fields=fields)
    if body.get("label") != fields.get("label") or key_digest(
        parse_public_key(_octets(body, "public_key"))
    ) != fields.get("key"):
        raise TrustError(ErrorCode.STATEMENT_WRONG, "another label or key than was signed", field="statement")
    return ShownBody(context=Context.ENROLMENT, body=body, fields=fields)


def signed_second(shown: ShownBody, by: SigningOperator, *, at: datetime) -> dict[str, object]:
    """Return the body with a second registrar's statement of the same. Raise as `sign_statement`."""
    return {**shown.body, "second": by.sign(shown.context, {**shown.fields, "at": format_rfc3339(at)})}


def _read_statement(body: JsonValue) -> tuple[bytes, dict[str, JsonValue]]:
    """Return the octets that were signed, out of an answer or a body, and their fields. Raise STATEMENT_WRONG."""
    statement = body.get("statement") if isinstance(body, dict) else None
    if not isinstance(statement, str):
        raise TrustError(ErrorCode.STATEMENT_WRONG, "there is no statement", field="statement")
    signed = decode_base64(statement)
    fields = parse_json(signed, max_size=MAX_STATEMENT, max_depth=2)
    if not isinstance(fields, dict) or canonical_json(fields) != signed:
        raise TrustError(ErrorCode.STATEMENT_WRONG, "the statement is not canonical", field="statement")
    return signed, fields


def _about(fields: Mapping[str, JsonValue]) -> tuple[tuple[str, str], ...]:
    """Return what is decided on beside the fields that read as they are: names, keys, and what goes together."""
    rows: list[tuple[str, str]] = []
    if "request" in fields:
        proved = verify_request(parse_request(_octets(fields, "request")))
        names = shown_names(requested_names(proved)) or "none"
        rows += [("subject asked for", proved.subject), ("names asked for", names)]
        rows += [("key sm3", key_digest(proved.public_key))]
    if "recipient" in fields:
        rows += [("recipient sm3", key_digest(parse_public_key(_octets(fields, "recipient"))))]
    if fields.get("kind") == Kind.SEAL:
        rows += listed_users(fields.get(USERS))
    if fields.get("kind") == Kind.REVOCATION and fields.get("reason") in COMPROMISED:
        rows += [("revoked with it", "every other certificate of the same key")]
    return tuple(rows)


def _octets(fields: Mapping[str, JsonValue], name: str) -> bytes:
    value = fields.get(name)
    if not isinstance(value, str):
        raise TrustError(ErrorCode.STATEMENT_WRONG, "a field is no text", field=name)
    return decode_base64(value)
