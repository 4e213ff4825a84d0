"""What the doors for wallets say of themselves in OpenAPI: bodies, answers, refusals, each with an example."""

from __future__ import annotations

from typing import Any, Final

from esign.wallet.metadata import OPENID_CREDENTIAL, PRE_AUTHORIZED
from esign.wallet.requests import FORM, JSON, NoticeEvent

_TEXT: Final[dict[str, Any]] = {"type": "string"}
_CODE: Final = "Zm9yIGRvY3VtZW50YXRpb24gYWxvbmUsIG5vIGNvZGU"
_NAME: Final = "business-licence.es256"
_ERROR: Final[dict[str, Any]] = {
    "type": "object",
    "required": ["error"],
    "properties": {"error": _TEXT, "error_description": _TEXT},
}


def _object(required: tuple[str, ...], **properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "required": list(required), "properties": properties}


def _answer(told: str, schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {"description": told, "content": {JSON: {"schema": schema, "example": example}}}


def _refusals(**first: str) -> dict[int | str, dict[str, Any]]:
    """Return refusals by status (``s400="invalid_grant"``), and those every door has."""
    every = {"s413": "invalid_request", "s415": "invalid_request", "s503": "temporarily_unavailable", **first}
    return {int(status[1:]): _answer(_REFUSED[status[1:]], _ERROR, {"error": name}) for status, name in every.items()}


def _body(kind: str, schema: dict[str, Any], example: dict[str, Any]) -> dict[str, Any]:
    return {"requestBody": {"required": True, "content": {kind: {"schema": schema, "example": example}}}}


_REFUSED: Final = {
    "400": "Refused; `error` says why, in the words of the standard",
    "401": "No access token, or one that is not good (WWW-Authenticate)",
    "403": "The access token is for another credential",
    "413": "The body is too large",
    "415": "The body is of another media type",
    "503": "The service cannot do this at present",
}
ISSUER: Final[dict[str, Any]] = {
    "summary": "Metadata of the credential issuer: endpoints, and what can be had",
    "responses": {
        200: _answer(
            "OpenID4VCI 1.0 12.2.4",
            _object(
                ("credential_issuer", "credential_endpoint", "credential_configurations_supported"),
                credential_issuer=_TEXT,
                credential_endpoint=_TEXT,
                nonce_endpoint=_TEXT,
                notification_endpoint=_TEXT,
                credential_configurations_supported={"type": "object"},
            ),
            {
                "credential_issuer": "https://licences.example",
                "credential_endpoint": "https://licences.example/credential",
                "nonce_endpoint": "https://licences.example/nonce",
                "credential_configurations_supported": {_NAME: {"format": "dc+sd-jwt"}},
            },
        )
    },
}
SERVER: Final[dict[str, Any]] = {
    "summary": "Metadata of the authorization server for codes of offers",
    "responses": {
        200: _answer(
            "RFC 8414 3.2",
            _object(("issuer", "token_endpoint"), issuer=_TEXT, token_endpoint=_TEXT),
            {"issuer": "https://licences.example", "token_endpoint": "https://licences.example/token"},
        )
    },
}
NONCE: Final[dict[str, Any]] = {
    "summary": "A nonce for the proof of a wallet's key, good once and for five minutes",
    "responses": {
        200: _answer("OpenID4VCI 1.0 7.2", _object(("c_nonce",), c_nonce=_TEXT), {"c_nonce": "AAAAAGpIvZ2N7o3Q"})
    },
}
TOKEN: Final[dict[str, Any]] = {
    "summary": "An access token for the code of an offer; with a DPoP header it is bound to the wallet's key",
    "openapi_extra": _body(
        FORM,
        _object(
            ("grant_type", "pre-authorized_code"),
            **{
                "grant_type": {"type": "string", "enum": [PRE_AUTHORIZED]},
                "pre-authorized_code": _TEXT,
                "tx_code": {
                    "type": "string",
                    "description": "The digits that were told besides, where the offer asks for them",
                },
                "authorization_details": {
                    "type": "string",
                    "description": f"JSON: objects of type {OPENID_CREDENTIAL}",
                },
            },
        ),
        {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": _CODE, "tx_code": "493536"},
    ),
    "responses": {
        200: _answer(
            "OpenID4VCI 1.0 6.2",
            _object(
                ("access_token", "token_type", "expires_in"),
                access_token=_TEXT,
                token_type={"enum": ["Bearer", "DPoP"]},
                expires_in={"type": "integer"},
                authorization_details={"type": "array"},
            ),
            {"access_token": _CODE, "token_type": "DPoP", "expires_in": 600},
        ),
        **_refusals(s400="invalid_grant"),
    },
}
CREDENTIAL: Final[dict[str, Any]] = {
    "summary": "The licence as a credential, bound to the key the wallet proves",
    "openapi_extra": _body(
        JSON,
        _object(
            ("proofs",),
            credential_configuration_id=_TEXT,
            credential_identifier=_TEXT,
            proofs=_object(("jwt",), jwt={"type": "array", "items": _TEXT, "minItems": 1, "maxItems": 1}),
        ),
        {"credential_configuration_id": _NAME, "proofs": {"jwt": ["eyJ0eXAiOiJvcGVuaWQ0dmNpLXByb29mK2p3dCJ9.e30.AA"]}},
    ),
    "responses": {
        200: _answer(
            "OpenID4VCI 1.0 8.3",
            _object(
                ("credentials",),
                credentials={"type": "array", "items": _object(("credential",), credential=_TEXT)},
                notification_id=_TEXT,
            ),
            {"credentials": [{"credential": "eyJ0eXAiOiJkYytzZC1qd3QifQ.e30.AA~"}], "notification_id": _CODE},
        ),
        **_refusals(s400="invalid_proof", s401="invalid_token", s403="insufficient_scope"),
    },
}
NOTIFICATION: Final[dict[str, Any]] = {
    "summary": "What became of a credential in the wallet",
    "status_code": 204,
    "openapi_extra": _body(
        JSON,
        _object(
            ("notification_id", "event"),
            notification_id=_TEXT,
            event={"type": "string", "enum": [each.value for each in NoticeEvent]},
            event_description=_TEXT,
        ),
        {"notification_id": _CODE, "event": NoticeEvent.ACCEPTED.value},
    ),
    "responses": _refusals(s400="invalid_notification_id", s401="invalid_token", s403="insufficient_scope"),
}
