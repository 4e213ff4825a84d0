"""What wallets send, read strictly: the form of the token endpoint, and the JSON of the credential and notification endpoints.

What is unknown is left aside (OpenID4VCI 1.0 6.1, 8.2); what is known stands once and is of its type; everything is bounded.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl

from esign.wallet.metadata import OPENID_CREDENTIAL, PRE_AUTHORIZED
from trustkit.credential_codes import CredentialCode
from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

FORM: Final = "application/x-www-form-urlencoded"
JSON: Final = "application/json"
MAX_REQUEST: Final = 48 * 1024  # a proof has 16 KiB at most
MAX_DETAILS: Final = 8
_MAX_FIELDS: Final = 32
_MAX_NAME: Final = 256  # of a configuration, a dataset, a code
_MAX_DESCRIPTION: Final = 2048
_MAX_DEPTH: Final = 8


@unique
class NoticeEvent(StrEnum):
    """What became of a credential in the wallet (OpenID4VCI 1.0 11.1)."""

    ACCEPTED = "credential_accepted"
    FAILED = "credential_failure"
    DELETED = "credential_deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenRequest:
    """A code of an offer, handed in. `transaction_code` is empty where none came; `wanted` are configurations asked for by details."""

    code: str = field(repr=False)
    transaction_code: str = field(repr=False)
    wanted: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialRequest:
    """What is asked for, by one of two names, and the proof of the key it is to be bound to."""

    configuration: str = ""
    dataset: str = ""
    proof: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What a wallet tells of a credential it was handed."""

    identifier: str = field(repr=False)
    event: NoticeEvent


def parse_token_request(body: bytes, media_type: str) -> TokenRequest:
    """Return a token request.

    Raises:
        TrustError: REQUEST_TYPE, INPUT_TOO_LARGE; WALLET_FORM; WALLET_GRANT_TYPE for another grant; WALLET_DETAILS.
    """
    _require_kind(body, media_type, FORM)
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            encoding="utf-8",
            errors="strict",
            max_num_fields=_MAX_FIELDS,
        )
    except (ValueError, UnicodeError) as error:
        raise _malformed("not the parameters of a form") from error
    values = dict(pairs)
    if len(values) != len(pairs):
        raise _malformed("a parameter stands twice")
    if values.get("grant_type", "") != PRE_AUTHORIZED:
        raise TrustError(CredentialCode.WALLET_GRANT_TYPE, f"grant_type is {PRE_AUTHORIZED}")
    code = values.get("pre-authorized_code", "")
    if not 0 < len(code) <= _MAX_NAME or len(values.get("tx_code", "")) > _MAX_NAME:
        raise _malformed("pre-authorized_code is missing, or a value is too long")
    details = values.get("authorization_details", "")
    return TokenRequest(
        code=code, transaction_code=values.get("tx_code", ""), wanted=_wanted(details) if details else ()
    )


def parse_credential_request(body: bytes, media_type: str) -> CredentialRequest:
    """Return a credential request.

    Raises:
        TrustError: REQUEST_TYPE, INPUT_TOO_LARGE; WALLET_FORM; WALLET_ENCRYPTION where an encrypted answer is asked for; PROOF_MALFORMED
            unless there is one proof, of type jwt.
    """
    members = _object(body, media_type, CredentialCode.WALLET_FORM)
    if "credential_response_encryption" in members:
        raise TrustError(CredentialCode.WALLET_ENCRYPTION, "credential_response_encryption is not supported")
    configuration, dataset = (
        _name(members, each, CredentialCode.WALLET_FORM)
        for each in ("credential_configuration_id", "credential_identifier")
    )
    if bool(configuration) == bool(dataset):
        raise _malformed("either credential_configuration_id or credential_identifier")
    proofs = members.get("proofs")
    listed = proofs.get("jwt") if isinstance(proofs, dict) and len(proofs) == 1 else None
    if not isinstance(listed, list) or len(listed) != 1 or not isinstance(listed[0], str):
        raise TrustError(CredentialCode.PROOF_MALFORMED, "proofs holds one proof, of type jwt")
    return CredentialRequest(configuration=configuration, dataset=dataset, proof=listed[0])


def parse_notice(body: bytes, media_type: str) -> Notice:
    """Return a notification. Raise REQUEST_TYPE, INPUT_TOO_LARGE; WALLET_NOTICE."""
    members = _object(body, media_type, CredentialCode.WALLET_NOTICE)
    identifier = _name(members, "notification_id", CredentialCode.WALLET_NOTICE)
    event, told = members.get("event"), members.get("event_description", "")
    if not identifier or not isinstance(event, str) or event not in set(NoticeEvent):
        raise TrustError(CredentialCode.WALLET_NOTICE, f"notification_id, and event: {', '.join(NoticeEvent)}")
    if not isinstance(told, str) or len(told) > _MAX_DESCRIPTION:
        raise TrustError(CredentialCode.WALLET_NOTICE, f"event_description has at most {_MAX_DESCRIPTION} characters")
    return Notice(identifier=identifier, event=NoticeEvent(event))


def _wanted(details: str) -> tuple[str, ...]:
    """Return the configurations that authorization details name (RFC 9396, OpenID4VCI 1.0 5.1.1)."""
    refusal = TrustError(CredentialCode.WALLET_DETAILS, f"objects of type {OPENID_CREDENTIAL}, at most {MAX_DETAILS}")
    try:
        listed = parse_json(details.encode("utf-8", "surrogatepass"), max_size=MAX_REQUEST, max_depth=_MAX_DEPTH)
    except TrustError as error:
        raise refusal from error
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_DETAILS:
        raise refusal
    found = []
    for each in listed:
        named = each.get("credential_configuration_id") if isinstance(each, dict) else None
        if not isinstance(each, dict) or each.get("type") != OPENID_CREDENTIAL or not isinstance(named, str):
            raise refusal
        found.append(named)
    return tuple(dict.fromkeys(found))


def _object(body: bytes, media_type: str, code: CredentialCode) -> Mapping[str, JsonValue]:
    _require_kind(body, media_type, JSON)
    try:
        value = parse_json(body, max_size=MAX_REQUEST, max_depth=_MAX_DEPTH, any_number=True)
    except TrustError as error:
        raise TrustError(code, error.detail) from error
    if not isinstance(value, dict):
        raise TrustError(code, "the body is an object")
    return value


def _name(members: Mapping[str, JsonValue], name: str, code: CredentialCode) -> str:
    value = members.get(name, "")
    if not isinstance(value, str) or len(value) > _MAX_NAME:
        raise TrustError(code, f"{name} is a text of at most {_MAX_NAME} characters")
    return value


def _require_kind(body: bytes, media_type: str, wanted: str) -> None:
    if media_type.partition(";")[0].strip().lower() != wanted:
        raise TrustError(ErrorCode.REQUEST_TYPE, f"the body is {wanted}")
    if len(body) > MAX_REQUEST:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "the body", limit=MAX_REQUEST)


def _malformed(told: str) -> TrustError:
    return TrustError(CredentialCode.WALLET_FORM, told)
