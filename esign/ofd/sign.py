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
from esign.seal.sign import seal_message
from esign.seal.verify import require_seal_period, require_stamp
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.crypto.digest import digest
from trustkit.crypto.suites import SignatureSuite
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from esign.ofd.prepare import PreparedOfd
    from esign.ofd.request import OfdSigningRequest


def sign_ofd(request: OfdSigningRequest) -> bytes:
    """Return the package with one more signature, which covers all of it but the list of signatures.

    Raises:
        TrustError: what `prepare_ofd` and `complete_ofd` raise.
    """
    return complete_ofd(request, prepare_ofd(request))


def complete_ofd(request: OfdSigningRequest, prepared: PreparedOfd) -> bytes:
    """Return the prepared package signed as requested.

    Raises:
        TrustError: what `seal_message` or `sign_message`, the signer and the time-stamp callable raise; what `verify_ofd_signature`
            raises of what was made, and SIGNING_FAILED when it is not what was ordered; SEAL_VALIDITY when the stamp is of a time
            outside the seal's period.
    """
    octets = prepared.filled(_value(request, prepared))
    _require_written(request, prepared, octets)
    return octets


def _require_written(request: OfdSigningRequest, prepared: PreparedOfd, octets: bytes) -> None:
    """Raise unless the new signature is what was ordered, covers all but the list, and the earlier ones still hold."""
    ofd = read_ofd(octets)
    made = require_holding(ofd, fresh=prepared.signature_file).get(prepared.signature_file)
    value = {prepared.signed_value_file, ofd.documents[0].signature_list}
    if (
        made is None
        or ofd.unlisted
        or made.certificate != request.certificate
        or bool(made.timestamp_tokens) != (request.timestamp is not None)
        or not made.form.startswith(request.form.value)
        or made.covered != set(ofd.package.names) - value
    ):
        raise TrustError(ErrorCode.SIGNING_FAILED, "the signature is not the one ordered")
    sealed = made.seal_signature
    if sealed is not None and sealed.seal.seal.raw != request.seal:
        raise TrustError(ErrorCode.SIGNING_FAILED, "the seal is not the one ordered")
    for token in made.timestamp_tokens:
        stamped = require_stamp(token, made.signature_value)
        if sealed is not None:
            require_seal_period(sealed.seal, stamped.gen_time)


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
