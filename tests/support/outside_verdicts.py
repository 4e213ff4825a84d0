"""The verdict that each file of the outside data must get, whichever door it comes in by.

for row in ROWS: row.file, row.trust, row.evidence, row.content    # paths for `tests.support.testdata.outside`
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.testdata import outside
from trustkit.clock import parse_rfc3339
from trustkit.encoding.pem import is_pem, parse_pem
from trustkit.errors import ErrorCode
from trustkit.verdict import Indication, SubIndication
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from trustkit.error_family import Code

AT = parse_rfc3339("2026-12-01T00:00:00Z")
PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE


@dataclass(frozen=True, slots=True)
class Row:
    file: str
    told: Indication
    sub: SubIndication | None = None
    trust: str | None = None
    evidence: tuple[str, ...] = ()
    content: str | None = None
    code: Code | None = None

    @property
    def anchors(self) -> TrustStore:
        """Whom the row trusts."""
        if self.trust is None:
            return TrustStore.none()
        data = outside(self.trust).read_bytes()
        der = parse_pem(data)[0].der if is_pem(data) else data
        return TrustStore(anchors=(parse_certificate(der),))

    def __str__(self) -> str:
        return f"{self.file} {self.trust or 'no anchor'} {self.content or ''}"


def under_bc(file: str, told: Indication, sub: SubIndication | None = None, content: str | None = None) -> Row:
    return Row(file, told, sub, "certs/root.der", ("certs/root.crl",), content)


def under_tongsuo(file: str, told: Indication, sub: SubIndication, code: Code | None = None) -> Row:
    return Row(file, told, sub, "certs/ca.crt", ("certs/subca.crt",), code=code)


_S = SubIndication
ROWS = (
    under_bc("pdf/rfc5652_sm2_adbe.pkcs7.detached.pdf", PASSED),
    under_bc("pdf/gbt35275_attrs_adbe.pkcs7.detached.pdf", PASSED),
    under_bc("pdf/ses_v4_GM.sm2seal.pdf", PASSED),
    Row("pdf/rfc5652_sm2_adbe.pkcs7.detached.pdf", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    Row("pdf/gbt35275_attrs_adbe.pkcs7.detached.pdf", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    Row("pdf/ses_v4_GM.sm2seal.pdf", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    Row("pdf/rfc5652_sm2_adbe.pkcs7.detached.pdf", OPEN, _S.TRY_LATER, trust="certs/root.der"),
    under_bc(
        "pdf/rfc5652_sm2_adbe.pkcs7.detached__page_replaced_by_incremental_update.pdf",
        FAILED,
        _S.CONTENT_CHANGED_AFTER_SIGNING,
    ),
    under_bc("pdf/ses_v4_GM.sm2seal__byterange_gap_widened.pdf", FAILED, _S.FORMAT_FAILURE),
    Row("cms/cfca_sadk_signed_attached.p7b.der", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    Row("cms/cfca_sadk_signed_attached.p7b.badsig.der", FAILED, _S.SIG_CRYPTO_FAILURE),
    Row("cms/cfca_sadk_signed_detached.p7s.der", OPEN, _S.SIGNED_DATA_NOT_FOUND),
    under_bc("tsa/sm2_sm3.tst.der", PASSED, content="tsa/message.bin"),
    under_bc("tsa/sm2_sm3.tst.der", OPEN, _S.SIGNED_DATA_NOT_FOUND),
    under_bc("tsa/sm2_sm3.tst.der", FAILED, _S.HASH_FAILURE, content="certs/root.der"),
    Row("tsa/sm2_sm3.tst.der", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND, content="tsa/message.bin"),
    under_bc("tsa/sm2_sm3_badsig.tst.der", FAILED, _S.SIG_CRYPTO_FAILURE, content="tsa/message.bin"),
    Row("certs/root.der", PASSED, trust="certs/root.der"),
    Row("certs/root.der", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    under_bc("certs/signer.der", PASSED),
    Row("certs/signer.der", OPEN, _S.TRY_LATER, trust="certs/root.der"),
    under_bc("certs/tsa.der", PASSED),
    under_bc("certs/revoked.der", FAILED, _S.REVOKED),
    Row("certs/ca.crt", PASSED, trust="certs/ca.crt"),
    under_tongsuo("certs/server_sign.crt", OPEN, _S.TRY_LATER),
    under_tongsuo("certs/server_enc.crt", FAILED, _S.CHAIN_CONSTRAINTS_FAILURE, code=ErrorCode.CERTIFICATE_PURPOSE),
    Row(
        "certs/sm2-noza-cert.pem",
        FAILED,
        _S.SIG_CRYPTO_FAILURE,
        trust="certs/sm2-noza-root-cert.pem",
        code=ErrorCode.SIGNATURE_WITHOUT_Z,
    ),
    Row("certs/sm2-noza-root-cert.pem", FAILED, _S.SIG_CRYPTO_FAILURE, code=ErrorCode.SIGNATURE_WITHOUT_Z),
    Row("certs/openssl3-empty-id.pem", FAILED, _S.SIG_CRYPTO_FAILURE, code=ErrorCode.SIGNATURE_WRONG_ID),
    Row("ofd/ofdrw_v4_allprotected.ofd", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    Row("ofd/tax_zhejiang_invoice_v4.ofd", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    Row("ofd/elicense_yunnan_site_permit_gbt35275_x2.ofd", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    Row("ofd/TAMPERED_invoice_document_xml.ofd", FAILED, _S.HASH_FAILURE, code=ErrorCode.OFD_DIGEST),
    Row("ofd/TAMPERED_page_whitespace.ofd", FAILED, _S.HASH_FAILURE, code=ErrorCode.OFD_DIGEST),
    Row("seals/UserV1.esl", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    Row("seals/UserV4.esl", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    Row("seals/UserV5.esl", OPEN, _S.NO_CERTIFICATE_CHAIN_FOUND),
    Row("seals/SESealData.DER", FAILED, _S.SIG_CRYPTO_FAILURE, code=ErrorCode.SEAL_SIGNATURE),
)
