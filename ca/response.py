"""CSRResponse (GM/T 0092-2020): signing certificate, enveloped encryption key, encryption certificate; written and read.

    CSRResponse ::= SEQUENCE {
        signCertificate      CertificateSet,
        encryptedPrivateKey  [0] SM2EnvelopedKey OPTIONAL,      -- EXPLICIT
        encryptCertificate   [1] CertificateSet OPTIONAL }      -- IMPLICIT
    CertificateSet ::= SET OF Certificate

The structure is that of open implementations of the standard (docs/DIVERGENCES.md), whose text was not seen. `install_response` is
the holder's half: it opens the key with the signing key and refuses whatever does not belong together.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from trustkit.custody.enveloped_key import unwrap_key
from trustkit.encoding import der
from trustkit.encoding.der_write import explicit, implicit, sequence, set_of
from trustkit.encoding.pem import is_pem, parse_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import parse_certificate

if TYPE_CHECKING:
    from trustkit.custody.private_key import PrivateKey
    from trustkit.x509.certificate import Certificate

MAX_RESPONSE: Final = 256 * 1024
MAX_CERTIFICATES: Final = 16  # of one set: an end certificate and the chain some authorities add
PEM_LABEL: Final = "CSR RESPONSE"  # our own label: the standard, as far as it is known, has none
_MAX_DEPTH: Final = 24
_KEY, _CERTIFICATES = 0xA0, 0xA1


@dataclass(frozen=True, slots=True, kw_only=True)
class CsrResponse:
    """What an authority answers; `enveloped_key` is SM2EnvelopedKey, empty without an encryption certificate."""

    signing: tuple[Certificate, ...]
    enveloped_key: bytes = field(default=b"", repr=False)
    encryption: tuple[Certificate, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class InstalledResponse:
    """What the holder has: his signing certificate, and with a dual response the encryption key and its certificate."""

    signing: Certificate
    encryption: Certificate | None
    encryption_key: PrivateKey | None


def encode_response(response: CsrResponse) -> bytes:
    """Return the DER; the inverse of `parse_response`. Raise USAGE for parts that are no answer together."""
    if not response.signing or bool(response.enveloped_key) != bool(response.encryption):
        raise TrustError(ErrorCode.USAGE, "a signing certificate, and a key with its certificate or neither")
    parts = [set_of(*(each.der for each in response.signing))]
    if response.enveloped_key:
        parts.append(explicit(0, response.enveloped_key))
        parts.append(implicit(1, set_of(*(each.der for each in response.encryption))))
    return sequence(*parts)


def parse_response(data: bytes) -> CsrResponse:
    """Return the response in PEM or DER, unverified and with the key unopened. Raise RESPONSE_MALFORMED."""
    try:
        return _parse(_from_pem(data) if is_pem(data) else bytes(data))
    except TrustError as error:
        raise TrustError(ErrorCode.RESPONSE_MALFORMED, error.detail) from error


def install_response(response: CsrResponse, key: PrivateKey) -> InstalledResponse:
    """Return what the response gives the owner of `key`, the key the request was made with.

    Neither chain nor validity is judged: that is for whoever relies on the certificates.

    Raises:
        TrustError: RESPONSE_MISMATCH (no certificate for this key, none for the enveloped key, the two about different
            subjects); what `unwrap_key` raises.
    """
    signing = _for_key(response.signing, key)
    if not response.enveloped_key:
        return InstalledResponse(signing=signing, encryption=None, encryption_key=None)
    opened = unwrap_key(response.enveloped_key, key.decryptor())
    encryption = _for_key(response.encryption, opened)
    if encryption.subject_der != signing.subject_der or encryption.issuer_der != signing.issuer_der:
        raise TrustError(ErrorCode.RESPONSE_MISMATCH, "the two certificates are not of one holder and issuer")
    return InstalledResponse(signing=signing, encryption=encryption, encryption_key=opened)


def _for_key(certificates: tuple[Certificate, ...], key: PrivateKey) -> Certificate:
    for certificate in certificates:
        if certificate.public_key.spki == key.public_key.spki:
            return certificate
    raise TrustError(ErrorCode.RESPONSE_MISMATCH, "no certificate in the response is for this key")


def _from_pem(data: bytes) -> bytes:
    blocks = parse_pem(data)
    if tuple(block.label for block in blocks) != (PEM_LABEL,):
        raise TrustError(ErrorCode.RESPONSE_MALFORMED, f"the file must hold one block {PEM_LABEL}")
    return blocks[0].der


def _parse(data: bytes) -> CsrResponse:
    outer = der.parse_strict(data, max_size=MAX_RESPONSE, max_depth=_MAX_DEPTH)
    der.expect(data, outer, der.SEQUENCE, "CSRResponse")
    match der.children(data, outer):
        case (signing,):
            return CsrResponse(signing=_certificates(data, signing, der.SET))
        case (signing, key, encryption):
            der.expect(data, key, _KEY, "encryptedPrivateKey")
            inside = der.children(data, key)
            if len(inside) != 1:
                raise TrustError(ErrorCode.RESPONSE_MALFORMED, "encryptedPrivateKey holds one value")
            return CsrResponse(
                signing=_certificates(data, signing, der.SET),
                enveloped_key=der.octets(data, inside[0]),
                encryption=_certificates(data, encryption, _CERTIFICATES),
            )
        case _:
            raise TrustError(ErrorCode.RESPONSE_MALFORMED, "one member, or three")


def _certificates(data: bytes, element: der.Tlv, tag: int) -> tuple[Certificate, ...]:
    der.expect(data, element, tag, "CertificateSet")
    found = der.children(data, element)
    if not 1 <= len(found) <= MAX_CERTIFICATES:
        raise TrustError(ErrorCode.RESPONSE_MALFORMED, "number of certificates", limit=MAX_CERTIFICATES)
    return tuple(parse_certificate(der.octets(data, each)) for each in found)
