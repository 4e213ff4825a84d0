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

from esign.ofd.prepare import prepare_ofd
from esign.seal.sign import sign_with_seal
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message

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
        TrustError: what `sign_with_seal` or `sign_message`, the signer and the time-stamp callable raise.
    """
    return prepared.filled(_value(request, prepared))


def _value(request: OfdSigningRequest, prepared: PreparedOfd) -> bytes:
    if request.seal is not None:
        return sign_with_seal(
            request.seal,
            protected=prepared.described,
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
