"""What the authority's API says of requests, certificates and profiles: as JSON, and as its description tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from fastapi.responses import JSONResponse

from ca.api_forms import NO_STORE, TEXT, TIME, list_of, nullable, object_of
from ca.enrolment_port import WAITING, Stage
from ca.response import PEM_LABEL, parse_response
from trustkit.clock import format_rfc3339
from trustkit.encoding.pem import encode_pem
from trustkit.encoding.text64 import encode_base64

if TYPE_CHECKING:
    from datetime import datetime

    from ca.enrolment_port import EnrolmentState
    from ca.profile_model import CertificateProfile
    from trustkit.store.certificates import CertificateRow


class Shown(Protocol):
    """What a list, or one thing, shows: as the command's ``--format json`` has it."""

    def to_json(self) -> dict[str, object]:
        """Return the JSON object."""
        ...


RETRY_SECONDS: Final = "3600"  # while registrars decide

STATE: Final = object_of(
    {
        "identifier": {
            "type": "string",
            "description": "Of the request; rq-… where it is known by the number registrars see",
        },
        "profile": TEXT,
        "state": {
            "enum": [each.value for each in Stage],
            "description": "pending: registrars decide. approved: custodians open it, at a terminal",
        },
        "serial": nullable({"type": "string", "description": "Of the certificate it led to, or is about; hexadecimal"}),
        "certificate": nullable({"type": "string", "description": "Where the certificate is"}),
        "reason": nullable({"type": "string", "description": "A code, of a request that was refused"}),
        "refusal": nullable({"type": "string", "description": "The registrar's reason, a code, where one was given"}),
        "encryption_serial": nullable({"type": "string", "description": "Of the encryption certificate of a pair"}),
        "encryption_certificate": nullable({"type": "string", "description": "Where the encryption certificate is"}),
        "response": nullable(
            {
                "type": "string",
                "description": "Of a pair, for who asked for it: CSRResponse (GM/T 0092) in PEM, with both certificates and the "
                "encryption key; `trustkit ca holder install-response` opens it",
            }
        ),
        "enveloped_key": nullable(
            {
                "type": "string",
                "contentEncoding": "base64",
                "description": "Of a pair: SM2EnvelopedKey (GM/T 0009), under the key of the request; of a recovery that was opened: "
                "under the recipient's",
            }
        ),
    }
)
STATE_EXAMPLE: Final[dict[str, object]] = {
    "identifier": "0b0e9d3f4b7c4a0f8a4dd0c4b5e6f7a8",
    "profile": "person",
    "state": "issued",
    "serial": "4a1f5c",
    "certificate": "/v1/ca/certificates/4a1f5c",
    "reason": None,
    "refusal": None,
    "encryption_serial": "4a1f5d",
    "encryption_certificate": "/v1/ca/certificates/4a1f5d",
    "response": "-----BEGIN CSR RESPONSE-----\n…\n-----END CSR RESPONSE-----\n",
    "enveloped_key": "MIHu…",
}
_CERTIFICATE: Final[dict[str, object]] = {
    "serial": {"type": "string", "description": "Hexadecimal"},
    "issuer": {"type": "string", "description": "The CA's name in the register"},
    "profile": TEXT,
    "subject": TEXT,
    "state": {"enum": ["intent", "issued", "abandoned", "suspended", "revoked"]},
    "issued_at": nullable(TIME),
    "not_after": nullable(TIME),
    "revoked_at": nullable(TIME),
    "reason": nullable({"type": "string", "description": "RFC 5280 5.3.1"}),
    "pem": nullable(TEXT),
}
CERTIFICATE: Final = object_of(_CERTIFICATE)
REVOKED: Final = object_of(
    {
        **_CERTIFICATE,
        "revoked_with_it": list_of(
            {"type": "string", "description": "Serials of the other certificates of a compromised key"}
        ),
    }
)
CERTIFICATE_EXAMPLE: Final[dict[str, object]] = {
    "serial": "4a1f5c",
    "issuer": "issuing",
    "profile": "device",
    "subject": "C=CN, O=示例单位, CN=sensor-1",
    "state": "revoked",
    "issued_at": "2026-11-26T08:00:00Z",
    "not_after": "2027-11-26T08:00:00Z",
    "revoked_at": "2026-12-01T09:00:00Z",
    "reason": "keyCompromise",
    "pem": "-----BEGIN CERTIFICATE-----\n…\n-----END CERTIFICATE-----\n",
}
REVOKED_EXAMPLE: Final[dict[str, object]] = {**CERTIFICATE_EXAMPLE, "revoked_with_it": ["5b206d"]}
PROFILE: Final = object_of(
    {
        "name": TEXT,
        "title_en": TEXT,
        "title_zh": TEXT,
        "days": {"type": "integer"},
        "key_usage": list_of(TEXT),
        "extended_key_usage": list_of(TEXT),
        "approvals": {"type": "integer", "description": "How many registrars must agree"},
        "encryption_profile": nullable(
            {"type": "string", "description": "Of the encryption certificate a pair has beside"}
        ),
    }
)
PROFILE_EXAMPLE: Final[dict[str, object]] = {
    "name": "person",
    "title_en": "Personal signing certificate",
    "title_zh": "个人签名证书",
    "days": 730,
    "key_usage": ["digitalSignature", "nonRepudiation"],
    "extended_key_usage": ["clientAuth", "emailProtection"],
    "approvals": 1,
    "encryption_profile": "encryption",
}


def state_json(state: EnrolmentState) -> dict[str, object]:
    """Return where a request is."""
    pair = state.encryption_serial is not None
    enveloped = None
    if state.response is not None:
        enveloped = parse_response(state.response).enveloped_key if pair else state.response
    return {
        "identifier": state.identifier,
        "profile": state.profile,
        "state": state.state,
        "serial": state.serial,
        "certificate": _place(state.serial),
        "reason": state.reason,
        "refusal": state.refusal,
        "encryption_serial": state.encryption_serial,
        "encryption_certificate": _place(state.encryption_serial),
        "response": encode_pem(PEM_LABEL, state.response).decode("ascii") if pair and state.response else None,
        "enveloped_key": encode_base64(enveloped) if enveloped is not None else None,
    }


def placed(state: EnrolmentState, *, created: int) -> JSONResponse:
    """Return where a submission is, and where to ask for it again while registrars decide."""
    status = {Stage.PENDING: 202, Stage.APPROVED: 202, Stage.PROCESSING: 202, Stage.REFUSED: 200}.get(
        state.state, created
    )
    headers = NO_STORE | {"Location": f"/v1/ca/requests/{state.identifier}"} | retry(state)
    return JSONResponse(state_json(state), status_code=status, headers=headers)


def retry(state: EnrolmentState) -> dict[str, str]:
    """Return the header that says when to ask again, while people have to act."""
    return {"Retry-After": RETRY_SECONDS} if state.state in WAITING else {}


def certificate_json(row: CertificateRow) -> dict[str, object]:
    """Return what the register says of a certificate."""
    return {
        "serial": row.serial,
        "issuer": row.issuer,
        "profile": row.profile,
        "subject": row.subject,
        "state": row.standing if row.revoked_at is not None else row.state.value,
        "issued_at": moment(row.issued_at),
        "not_after": moment(row.not_after),
        "revoked_at": moment(row.revoked_at),
        "reason": row.reason,
        "pem": encode_pem("CERTIFICATE", row.der).decode("ascii") if row.der else None,
    }


def profile_json(profile: CertificateProfile, approvals: int, twin: str | None) -> dict[str, object]:
    """Return what a profile gives, and what it takes to get it."""
    return {
        "name": profile.name,
        "title_en": profile.title_en,
        "title_zh": profile.title_zh,
        "days": profile.days,
        "key_usage": sorted(profile.key_usage),
        "extended_key_usage": list(profile.extended_key_usage),
        "approvals": approvals,
        "encryption_profile": twin,
    }


def moment(at: datetime | None) -> str | None:
    """Return a time as RFC 3339 writes it."""
    return format_rfc3339(at) if at is not None else None


def pem_chain(ders: tuple[bytes, ...]) -> bytes:
    """Return certificates as PEM, one after the other (RFC 8555 9.1)."""
    return b"".join(encode_pem("CERTIFICATE", der) for der in ders)


def _place(serial: str | None) -> str | None:
    return f"/v1/ca/certificates/{serial}" if serial else None
