"""What each refusal means for a verdict: one table from `ErrorCode` to check, status and sub-indication.

FAILED is for what waiting cannot mend: the octets are not what was signed, the structure is broken, the certificate may not
sign. UNKNOWN is for missing, stale or foreign evidence and for what this verifier does not read. A code the table does not
hold becomes UNKNOWN with POLICY_PROCESSING_ERROR, so nothing unexpected ever passes (EN 319 102-1 table 6).

NOTE: EN 319 102-1 has CHAIN_CONSTRAINTS_FAILURE among the INDETERMINATE ones. A certificate that may not sign documents is
FAILED here, because GM/T 0031-2014 6.2.3 c stops at a wrong key usage; see docs/DIVERGENCES.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.capsule_codes import CapsuleCode
from trustkit.credential_codes import CredentialCode
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Check, CheckId, CheckStatus, SubIndication

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.error_family import Code


@dataclass(frozen=True, slots=True)
class Outcome:
    """The check a refusal belongs to when nothing says otherwise, and what it does to the verdict."""

    check: CheckId
    status: CheckStatus
    sub: SubIndication


def _failed(check: CheckId, sub: SubIndication, *codes: Code) -> dict[Code, Outcome]:
    return dict.fromkeys(codes, Outcome(check, CheckStatus.FAILED, sub))


def _unknown(check: CheckId, sub: SubIndication, *codes: Code) -> dict[Code, Outcome]:
    return dict.fromkeys(codes, Outcome(check, CheckStatus.UNKNOWN, sub))


_E, _I, _S, _C, _P = ErrorCode, CheckId, SubIndication, CredentialCode, CapsuleCode

OUTCOMES: Final[Mapping[Code, Outcome]] = MappingProxyType(
    {
        # 5.2.2 format checking
        **_failed(
            _I.FORMAT,
            _S.FORMAT_FAILURE,
            *(_E.INPUT_EMPTY, _E.BASE64_MALFORMED, _E.DER_DEPTH, _E.DER_MALFORMED, _E.DER_NOT_DER, _E.PEM_MALFORMED),
            *(_E.JSON_DEPTH, _E.JSON_DUPLICATE_KEY, _E.JSON_MALFORMED, _E.JWS_MALFORMED, _E.NAME_MALFORMED),
            *(_E.CERTIFICATE_MALFORMED, _E.CMS_MALFORMED, _E.OCSP_MALFORMED, _E.TIMESTAMP_MALFORMED),
            _E.CMS_NO_RECIPIENT,
            *(_P.CBOR_DEPTH, _P.CBOR_MALFORMED, _P.CBOR_NOT_DETERMINISTIC, _P.COSE_MALFORMED, _P.BASE32_MALFORMED),
            _P.CAPSULE_MALFORMED,
            *(_E.PDF_MALFORMED, _E.SEAL_MALFORMED),
            *(_E.OFD_MALFORMED, _E.OFD_MISSING, _E.OFD_NAME, _E.OFD_PATH, _E.OFD_XML, _E.OFD_ZIP),
        ),
        **_failed(_I.ATTRIBUTES, _S.FORMAT_FAILURE, _E.CMS_ATTRIBUTES),
        **_failed(_I.COVERAGE, _S.FORMAT_FAILURE, _E.PDF_BYTE_RANGE),
        **_unknown(
            _I.FORMAT,
            _S.FORMAT_NOT_SUPPORTED,
            _E.INPUT_TOO_LARGE,
            _E.INPUT_UNKNOWN_FORMAT,
            _E.OFD_ENCRYPTED,
            _E.OFD_LIMIT,
            _E.PDF_ENCRYPTED,
            _E.PDF_LIMIT,
        ),
        **_unknown(_I.FORMAT, _S.NOT_SIGNED, _E.CMS_NO_SIGNER),
        **_unknown(
            _I.SIGNATURE_FORM, _S.FORMAT_NOT_SUPPORTED, _E.CMS_UNSUPPORTED, _E.OFD_SIGNATURE_FORM, _E.PDF_SIGNATURE_FORM
        ),
        **_unknown(_I.SIGNATURE_FORM, _S.SIGNED_DATA_NOT_FOUND, _E.OFD_SIGNATURE_LIST),
        **_unknown(_I.COVERAGE, _S.SIG_CONSTRAINTS_FAILURE, _E.OFD_COVERAGE, _E.OFD_COVERED),
        # 5.2.3 identification of the signing certificate
        **_unknown(
            _I.SIGNER_CERTIFICATE, _S.NO_SIGNING_CERTIFICATE_FOUND, _E.CMS_NO_CERTIFICATE, _E.OFD_SIGNER_UNKNOWN
        ),
        **_failed(_I.SEAL_SIGNER, _S.SIG_CONSTRAINTS_FAILURE, _E.SEAL_SIGNER),
        # 5.2.5 and 5.2.6 X.509 validation
        **_unknown(_I.CERTIFICATE_VALIDITY, _S.OUT_OF_BOUNDS_NO_POE, _E.CERTIFICATE_EXPIRED),
        **_failed(_I.CERTIFICATE_VALIDITY, _S.NOT_YET_VALID, _E.CERTIFICATE_NOT_YET_VALID),
        **_failed(_I.CERTIFICATE_PURPOSE, _S.CHAIN_CONSTRAINTS_FAILURE, _E.CERTIFICATE_PURPOSE, _E.TIMESTAMP_PURPOSE),
        **_failed(_I.CERTIFICATE_REVOCATION, _S.REVOKED, _E.CERTIFICATE_REVOKED),
        **_unknown(
            _I.CERTIFICATE_REVOCATION, _S.TRY_LATER, _E.CRL_EXPIRED, _E.CRL_MALFORMED, _E.CRL_MISSING, _E.CRL_SCOPE
        ),
        **_unknown(
            _I.CERTIFICATE_REVOCATION,
            _S.TRY_LATER,
            *(_E.OCSP_ANSWER_MISSING, _E.OCSP_EXPIRED, _E.OCSP_ISSUER, _E.OCSP_NONCE, _E.OCSP_NOT_YET),
            *(_E.OCSP_REFUSED, _E.OCSP_RETENTION, _E.OCSP_UNKNOWN_CRITICAL),
        ),
        **_unknown(_I.CERTIFICATE_REVOCATION, _S.REVOCATION_OUT_OF_BOUNDS_NO_POE, _E.EVIDENCE_UNPROVED),
        **_unknown(_I.CERTIFICATE_SIGNATURE, _S.NO_POE, _E.CERTIFICATE_UNPROVED),
        **_failed(_I.CERTIFICATE_PURPOSE, _S.CHAIN_CONSTRAINTS_FAILURE, _E.OCSP_RESPONDER),
        **_unknown(_I.CERTIFICATE_PATH, _S.NO_CERTIFICATE_CHAIN_FOUND, _E.PATH_NO_ANCHOR),
        **_unknown(
            _I.CERTIFICATE_PATH,
            _S.CERTIFICATE_CHAIN_GENERAL_FAILURE,
            *(_E.PATH_SIGNATURE, _E.PATH_LIMIT, _E.CERTIFICATE_UNKNOWN_CRITICAL),
        ),
        **_unknown(
            _I.CERTIFICATE_PATH,
            _S.CHAIN_CONSTRAINTS_FAILURE,
            *(_E.PATH_CA_FLAG, _E.PATH_LENGTH, _E.PATH_NAME_CONSTRAINTS, _E.PATH_POLICY),
        ),
        # 5.2.7 cryptographic verification
        **_unknown(_I.CONTENT_DIGEST, _S.SIGNED_DATA_NOT_FOUND, _E.CMS_CONTENT_MISSING),
        **_failed(
            _I.CONTENT_DIGEST,
            _S.HASH_FAILURE,
            *(_E.CMS_DIGEST_MISMATCH, _E.CMS_CONTENT_TWICE, _E.OFD_DIGEST, _E.TIMESTAMP_IMPRINT),
        ),
        **_failed(
            _I.SIGNATURE_VALUE,
            _S.SIG_CRYPTO_FAILURE,
            *(_E.SIGNATURE_MALFORMED, _E.SIGNATURE_WRONG, _E.SIGNATURE_WRONG_ID, _E.SIGNATURE_WITHOUT_Z),
            *(_E.ALGORITHM_MISMATCH, _E.CMS_DIALECT, _E.KEY_MALFORMED),
        ),
        **_failed(_I.SEAL, _S.SIG_CRYPTO_FAILURE, _E.SEAL_SIGNATURE),
        **_failed(_I.SEAL, _S.SIG_CONSTRAINTS_FAILURE, _E.OFD_SEAL_DIFFERS),
        **_failed(_I.CONTENT_DIGEST, _S.SIG_CONSTRAINTS_FAILURE, _E.OFD_PROPERTY),
        **_failed(_I.SEAL_VALIDITY, _S.SIG_CONSTRAINTS_FAILURE, _E.SEAL_VALIDITY),
        # 5.2.8 acceptance
        **_unknown(
            _I.ALGORITHM,
            _S.CRYPTO_CONSTRAINTS_FAILURE,
            *(_E.ALGORITHM_UNKNOWN, _E.ALGORITHM_WEAK, _E.KEY_UNSUPPORTED, _E.KEY_WEAK),
        ),
        **_unknown(_I.ALGORITHM, _S.CRYPTO_CONSTRAINTS_FAILURE_NO_POE, _E.ALGORITHM_SUNSET),
        **_failed(_I.UNCHANGED_SINCE, _S.CONTENT_CHANGED_AFTER_SIGNING, _E.PDF_CHANGED),
        **_unknown(
            _I.UNCHANGED_SINCE,
            _S.SIG_CONSTRAINTS_FAILURE,
            *(_E.PDF_COVERED, _E.PDF_LOOK_SIZE, _E.PDF_LOOK_TIME),
        ),
        **_failed(_I.FILE_SET, _S.CONTENT_CHANGED_AFTER_SIGNING, _E.OFD_FILE_SET),
        # credentials: RFC 9901 7
        **_failed(_I.FORMAT, _S.FORMAT_FAILURE, _C.SD_JWT_MALFORMED, _C.DISCLOSURE_MALFORMED, _E.JWT_MALFORMED),
        **_failed(
            _I.DISCLOSURES,
            _S.HASH_FAILURE,
            *(_C.DISCLOSURE_DUPLICATE, _C.DISCLOSURE_PRESENT, _C.DISCLOSURE_RESERVED, _C.DISCLOSURE_UNREFERENCED),
            _C.DIGEST_DUPLICATE,
        ),
        **_unknown(_I.ALGORITHM, _S.CRYPTO_CONSTRAINTS_FAILURE, _C.DIGEST_ALGORITHM),
        **_unknown(_I.SIGNATURE_FORM, _S.FORMAT_NOT_SUPPORTED, _C.CREDENTIAL_TYPE),
        **_failed(_I.CREDENTIAL_VALIDITY, _S.EXPIRED, _C.CREDENTIAL_EXPIRED),
        **_failed(_I.CREDENTIAL_VALIDITY, _S.NOT_YET_VALID, _C.CREDENTIAL_NOT_YET),
        **_failed(
            _I.CREDENTIAL_FORM,
            _S.SIG_CONSTRAINTS_FAILURE,
            *(_C.CREDENTIAL_CLAIMS, _C.CREDENTIAL_DISCLOSABLE, _C.CREDENTIAL_SUITE),
        ),
        **_failed(_I.CREDENTIAL_TYPE, _S.SIG_CONSTRAINTS_FAILURE, _C.CREDENTIAL_RULES),
        **_unknown(_I.CREDENTIAL_TYPE, _S.SIG_CONSTRAINTS_FAILURE, _C.CREDENTIAL_METADATA),
        **_unknown(_I.HOLDER, _S.SIG_CONSTRAINTS_FAILURE, _C.BINDING_MISSING, _C.BINDING_KEY),
        **_failed(
            _I.HOLDER,
            _S.SIG_CONSTRAINTS_FAILURE,
            *(_C.BINDING_AUDIENCE, _C.BINDING_HASH, _C.BINDING_MALFORMED, _C.BINDING_NONCE),
            *(_C.BINDING_SIGNATURE, _C.BINDING_TIME, _C.BINDING_FORBIDDEN),
        ),
        # licences
        **_failed(_I.LICENCE_STATUS, _S.LICENCE_REVOKED, _E.LICENCE_REVOKED),
        **_unknown(
            _I.LICENCE_STATUS,
            _S.LICENCE_STATUS_UNKNOWN,
            *(_E.STATUS_LIST_EXPIRED, _E.STATUS_LIST_INDEX, _E.STATUS_LIST_ISSUER, _E.STATUS_LIST_MALFORMED),
        ),
        **_failed(_I.LICENCE_ENTITLEMENT, _S.SIG_CONSTRAINTS_FAILURE, _P.TRUST_LIST_NOT_ENTITLED),
        **_unknown(_I.LICENCE_ENTITLEMENT, _S.SIG_CONSTRAINTS_FAILURE, _P.TRUST_LIST_UNLISTED),
        **_unknown(_I.LICENCE_ENTITLEMENT, _S.TRY_LATER, _P.TRUST_LIST_EXPIRED),
        **_unknown(_I.EVIDENCE, _S.TRY_LATER, _E.EVIDENCE_REFUSED, _E.EVIDENCE_TOO_LARGE, _E.EVIDENCE_UNREACHABLE),
    }
)


def describe(error: TrustError) -> str:
    """Return the operator's line: detail and facts, without the code, which the check carries."""
    facts = ", ".join(f"{key}={value}" for key, value in sorted(error.facts.items()))
    return f"{error.detail} ({facts})" if facts and error.detail else error.detail or facts


def outcome(error: TrustError, *, check: CheckId | None = None) -> Check:
    """Return the check a refusal amounts to; `check` overrides which one it belongs to. Never PASSED."""
    found = OUTCOMES.get(error.code)
    if found is None:
        unexpected = Outcome(check or CheckId.FORMAT, CheckStatus.UNKNOWN, SubIndication.POLICY_PROCESSING_ERROR)
        found = unexpected
    return Check(
        id=check or found.check,
        status=found.status,
        sub_indication=found.sub,
        detail=describe(error),
        code=error.code,
    )


def as_warning(check: Check) -> Check:
    """Return the same finding without weight: for what a policy does not demand."""
    return Check(id=check.id, status=CheckStatus.WARNING, detail=check.detail, code=check.code)
