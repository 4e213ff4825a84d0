"""Signing an OFD: with an electronic seal (GB/T 38540) or with a message of GB/T 35275, over every file of the package.

    signed = sign_ofd(OfdSigningRequest(ofd=octets, signer=key, certificate=certificate, signing_time=now, seal=seal, stamps=…))

In two steps, so that an intent can be told between them:

    prepared = prepare_ofd(request)
    signed = complete_ofd(request, prepared)

A message of Type="Sign" is detached, over the octets of Signature.xml, with signed attributes: the shape that real electronic
licences have and that every reader met takes (docs/adr/0020).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from esign.ofd.earlier import require_holding
from esign.ofd.prepare import prepare_ofd
from esign.ofd.read import read_ofd
from esign.seal.read import parse_seal_signature
from esign.seal.sign import seal_message
from esign.seal.verify import IntactSealSignature, require_seal_period, require_stamp, verify_seal_signature
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.digest import digest
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.prepare import PreparedOfd
    from esign.ofd.request import OfdSigningRequest
    from trustkit.cms.verify import VerifiedSigner


def sign_ofd(request: OfdSigningRequest, *, read_again: bool = True) -> bytes:
    """Return the package with one more signature, which covers all of it but the list of signatures.

    Raises:
        TrustError: what `prepare_ofd` and `complete_ofd` raise.
    """
    return complete_ofd(request, prepare_ofd(request), read_again=read_again)


def complete_ofd(request: OfdSigningRequest, prepared: PreparedOfd, *, read_again: bool = True) -> bytes:
    """Return the prepared package signed as requested.

    Without `read_again` the new value of a seal is verified and the package around it is not read anew: for whoever has the whole of
    it judged before anybody gets it, as the issuing of licences does.

    Raises:
        TrustError: what `seal_message` or `sign_message`, the signer and the time-stamp callable raise; what `verify_ofd_signature`
            raises of what was made, and SIGNING_FAILED when it is not what was ordered; SEAL_VALIDITY when the stamp is of a time
            outside the seal's period.
    """
    value = _value(request, prepared)
    octets = prepared.filled(value)
    if read_again or request.seal is None:
        _require_written(request, prepared, octets)
    else:
        _require_ordered(request, verify_seal_signature(parse_seal_signature(value), content=prepared.described))
    return octets


def _require_written(request: OfdSigningRequest, prepared: PreparedOfd, octets: bytes) -> None:
    """Raise unless the new signature is what was ordered, covers all but the list, and the earlier ones still hold."""
    ofd = read_ofd(octets)
    if ofd.package.is_pdf_too:
        raise TrustError(
            ErrorCode.OFD_UNSIGNABLE, "the file is a PDF as well: what is seen depends on how it is called"
        )
    made = require_holding(ofd, fresh=prepared.signature_file).get(prepared.signature_file)
    value = {prepared.signed_value_file, ofd.documents[0].signature_list}
    if (
        made is None
        or ofd.unlisted
        or not made.form.startswith(request.form.value)
        or made.covered != set(ofd.package.names) - value
        or (made.seal_signature is None) != (request.seal is None)
    ):
        raise TrustError(ErrorCode.SIGNING_FAILED, "the signature is not the one ordered")
    _require_ordered(request, made.seal_signature or made.signed_by)


def _require_ordered(request: OfdSigningRequest, made: IntactSealSignature | VerifiedSigner) -> None:
    """Raise unless a verified value is of the certificate, the seal and the stamp that were ordered."""
    sealed = made if isinstance(made, IntactSealSignature) else None
    if sealed is not None and sealed.seal.seal.raw != request.seal:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the seal is not the one ordered")
    value, tokens = _stamped(made)
    if made.certificate != request.certificate or bool(tokens) != (request.timestamp is not None):
        raise TrustError(ErrorCode.SIGNING_FAILED, "the signature is not the one ordered")
    for token in tokens:
        stamped = require_stamp(token, value)
        if sealed is not None:
            require_seal_period(sealed.seal, stamped.gen_time)


def _stamped(made: IntactSealSignature | VerifiedSigner) -> tuple[bytes, tuple[bytes, ...]]:
    """Return a signature value and the tokens that stamp it."""
    if isinstance(made, IntactSealSignature):
        token = made.signature.timestamp
        return made.signature.signature, () if token is None else (token,)
    return made.signature, made.timestamp_tokens


def _value(request: OfdSigningRequest, prepared: PreparedOfd) -> bytes:
    if request.seal is not None:
        return seal_message(
            request.seal,
            data_hash=digest(SignatureSuite.SM2_SM3.digest, prepared.described),
            property_info=prepared.property_info,
            signer=request.signer,
            certificate=request.certificate,
            at=request.signing_time,
            stamp=request.timestamp,
        )
    return sign_message(
        content=prepared.described,
        signer=request.signer,
        certificate=request.certificate,
        chain=request.chain,
        dialect=Dialect.GBT35275,
        detached=True,
        attributes=SignedAttributes(signing_time=request.signing_time),
        timestamp=request.timestamp,
    )
