"""What a person sees before he signs is what he signs, whatever the answer around it says."""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from ca.operators import Enrolment, key_digest
from ca.statements import SignedStatement, verify_statement
from tests.support.pki import PkiWorld
from tests.support.registration import csr, refusal
from trustkit.app.operator_statements import (
    SigningOperator,
    read_body,
    read_shown,
    signed_decision,
    signed_enrolment,
    signed_removal,
    signed_second,
)
from trustkit.crypto.contexts import Context
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.store.operators import Role
from trustkit.store.registrations import Decision
from trustkit.x509.reason import COMPROMISED, RevocationReason

if TYPE_CHECKING:
    from ca.statements import VerifiedStatement
    from trustkit.error_family import Code

NOON = datetime(2026, 11, 26, 12, tzinfo=UTC)
HOLDER, REGISTRAR = generate_key(KeyKind.SM2), generate_key(KeyKind.SM2)
BY = SigningOperator(operator="op-bcdefghjkmnpq", signer=REGISTRAR.signer())


def answer(**told: object) -> bytes:
    """Return what the API answers about a request whose fields are as told."""
    fields = {"registration": "rq-bcdefghjkmnpq", "kind": "certificate", "request": b64encode(csr(HOLDER)).decode()}
    statement = canonical_json({**fields, "profile": "person", **told})  # type: ignore[dict-item]
    lies = {"request": "rq-zzzzzzzzzzzzz", "statement_sm3": "0" * 64, "subject": "CN=somebody else"}
    return json.dumps({**lies, "statement": b64encode(statement).decode()}).encode()


def shown_rows(fields: dict[str, Any]) -> dict[str, str]:
    return dict(read_shown(json.dumps({"statement": b64encode(canonical_json(fields)).decode()}).encode()).rows)


def said(body: dict[str, Any], context: Context) -> VerifiedStatement:
    statement = SignedStatement(body=b64decode(body["statement"]), signature=b64decode(body["signature"]))
    return verify_statement(context, statement, REGISTRAR.public_key)


def test_shown_and_signed_is_what_the_statement_holds() -> None:
    shown = read_shown(answer(client="client:1"))
    rows = dict(shown.rows)
    assert (rows["request"], rows["profile"], rows["client"]) == ("rq-bcdefghjkmnpq", "person", "client:1")
    assert "张示范" in rows["subject asked for"]
    assert rows["names asked for"] == "none"
    assert rows["key sm3"] == key_digest(HOLDER.public_key)
    assert "somebody else" not in str(rows)
    made = said(signed_decision(shown, Decision.REJECT, BY, at=NOON, reason="wrong-name"), Context.DECISION)
    made.require(registration="rq-bcdefghjkmnpq", decision="reject", reason="wrong-name", operator=BY.operator)
    made.require(submission_sm3=rows["statement sm3"], at="2026-11-26T12:00:00Z")
    assert made.text("submission_sm3") != "0" * 64


def test_every_name_a_request_asks_for_is_shown() -> None:
    builder = x509.CertificateSigningRequestBuilder(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "harmless")]))
    names = x509.SubjectAlternativeName([x509.DNSName("bank.example.cn"), x509.DNSName("www.example.cn")])
    key = ec.generate_private_key(ec.SECP256R1())
    made = builder.add_extension(names, critical=False).sign(key, hashes.SHA256()).public_bytes(Encoding.DER)
    rows = dict(read_shown(answer(request=b64encode(made).decode())).rows)
    assert rows["subject asked for"] == "CN=harmless"
    assert rows["names asked for"] == "bank.example.cn, www.example.cn"


def test_a_recovery_shows_whose_key_it_is_enveloped_to() -> None:
    told = {"serial": "4a1f5d", "reason": "key-lost", "basis": "档案 2026-17"}
    fields = {"registration": "rq-bcdefghjkmnpq", "kind": "recovery", **told}
    for whose in (HOLDER.public_key, REGISTRAR.public_key):
        rows = shown_rows({**fields, "recipient": b64encode(whose.spki).decode()})
        assert rows["recipient sm3"] == key_digest(whose)
        assert rows.items() >= told.items()


@pytest.mark.parametrize("reason", list(RevocationReason))
def test_a_compromise_is_shown_to_end_every_certificate_of_the_key(reason: RevocationReason) -> None:
    rows = shown_rows(
        {"registration": "rq-bcdefghjkmnpq", "kind": "revocation", "serial": "1f", "reason": reason.value}
    )
    assert ("revoked with it" in rows) == (reason in COMPROMISED)


def test_enrolment_and_removal_say_who_what_and_where() -> None:
    enrolment = Enrolment(label=" 某 ", role=Role.REGISTRAR, key=HOLDER.public_key)
    body = signed_enrolment(enrolment, BY, instance="0123456789abcdef", at=NOON)
    made = said(body, Context.ENROLMENT)
    made.require(key=key_digest(HOLDER.public_key), role="registrar", label="某", operator=BY.operator)
    made.require(instance="0123456789abcdef")
    assert body["label"] == "某"
    removal = said(signed_removal("op-zzzzzzzzzzzzz", BY, instance="0123456789abcdef", at=NOON), Context.REMOVAL)
    removal.require(removed="op-zzzzzzzzzzzzz", instance="0123456789abcdef")
    refusal(ErrorCode.USAGE, lambda: signed_enrolment(replace(enrolment, label="a\nb"), BY, instance="0" * 16, at=NOON))


def test_a_second_registrar_signs_what_he_is_shown() -> None:
    second = SigningOperator(operator="op-zzzzzzzzzzzzz", signer=HOLDER.signer())
    enrolment = Enrolment(label="某", role=Role.REGISTRAR, key=HOLDER.public_key)
    for body, context in (
        (signed_enrolment(enrolment, BY, instance="0" * 16, at=NOON), Context.ENROLMENT),
        (signed_removal("op-aaaaaaaaaaaaa", BY, instance="0" * 16, at=NOON), Context.REMOVAL),
    ):
        shown = read_body(json.dumps(body).encode())
        both: dict[str, Any] = signed_second(shown, second, at=NOON + timedelta(minutes=1))
        assert {name: both[name] for name in body} == body
        handed = both["second"]
        statement = SignedStatement(body=b64decode(handed["statement"]), signature=b64decode(handed["signature"]))
        fields = verify_statement(context, statement, HOLDER.public_key).fields
        assert fields == {**shown.fields, "operator": second.operator, "at": "2026-11-26T12:01:00Z"}


@pytest.mark.parametrize(
    "change",
    [
        {"label": "another"},
        {"public_key": b64encode(REGISTRAR.public_key.spki).decode()},
        {"public_key": 7},
        {"statement": 7},
        {"statement": b64encode(b"{}").decode()},
        {"statement": b64encode(b"[]").decode()},
        {"statement": b64encode(b'{"enrolled":"x","removed":"x"}').decode()},
    ],
)
def test_refuses_a_body_that_sends_something_else_than_was_signed(change: dict[str, object]) -> None:
    enrolment = Enrolment(label="某", role=Role.REGISTRAR, key=HOLDER.public_key)
    body = signed_enrolment(enrolment, BY, instance="0" * 16, at=NOON)
    refusal(ErrorCode.STATEMENT_WRONG, lambda: read_body(json.dumps({**body, **change}).encode()))
    refusal(ErrorCode.STATEMENT_WRONG, lambda: read_body(b"[]"))


def test_a_registrar_sees_who_may_use_a_seal_that_is_asked_for() -> None:
    certificate = PkiWorld().signer.certificate
    fields: dict[str, Any] = {"kind": "seal", "name": "示例公司合同专用章"}
    rows = shown_rows({**fields, "users": [b64encode(certificate.der).decode()]})
    assert (rows["name"], rows["listed"]) == ("示例公司合同专用章", f"{certificate.subject} ({certificate.serial:x})")
    assert "users" not in rows
    for users in ("none", [7], ["AAAA"]):
        with pytest.raises(TrustError):
            shown_rows({**fields, "users": users})


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"[]", ErrorCode.STATEMENT_WRONG),
        (b'{"statement": 7}', ErrorCode.STATEMENT_WRONG),
        (json.dumps({"statement": b64encode(b'{"a": 1}').decode()}).encode(), ErrorCode.STATEMENT_WRONG),
        (json.dumps({"statement": b64encode(b"[]").decode()}).encode(), ErrorCode.STATEMENT_WRONG),
        (answer(request=7), ErrorCode.STATEMENT_WRONG),
        (answer(recipient=["x"]), ErrorCode.STATEMENT_WRONG),
        (answer(recipient="AAAA"), ErrorCode.KEY_MALFORMED),
        (answer(request=b64encode(b"no request").decode()), ErrorCode.REQUEST_INVALID),
    ],
)
def test_refuses_an_answer_by_name(data: bytes, code: Code) -> None:
    refusal(code, lambda: read_shown(data))
    refusal(ErrorCode.USAGE, lambda: signed_decision(read_shown(answer()), Decision.WITHDRAW, BY, at=NOON))
