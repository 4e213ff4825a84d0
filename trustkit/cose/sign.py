"""Writing COSE_Sign1 (RFC 9052 4.2): the protected header deterministic, the signature raw r‖s (Ed25519: as it is).

octets = sign_sign1({Label.TYPE: "application/statuslist+cwt", Label.X5CHAIN: chain_header(chain)}, payload, signer)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.cose.model import CoseAlgorithm, Label, signature_structure
from trustkit.crypto.joined_signature import der_to_joined
from trustkit.encoding.cbor import encode_cbor
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.custody.port import Signer
    from trustkit.encoding.cbor import CborKey, CborValue
    from trustkit.x509.certificate import Certificate

_ALGORITHMS: Final = {algorithm.suite: algorithm for algorithm in CoseAlgorithm}
_TAG_OCTET: Final = b"\xd2"  # tag 18, of one octet


def sign_sign1(
    protected: Mapping[CborKey, CborValue], payload: bytes, signer: Signer, *, external: bytes = b""
) -> bytes:
    """Return the COSE_Sign1 of `payload` with tag 18 and nothing unprotected; `trustkit.cose.read.parse_sign1` reads it.

    Raises:
        TrustError: ALGORITHM_MISMATCH for a suite COSE is not signed with here; USAGE when the header sets `alg` itself;
            CBOR_MALFORMED for a header that is no CBOR; what the signer raises.
    """
    algorithm = _ALGORITHMS.get(signer.suite)
    if algorithm is None:
        raise TrustError(ErrorCode.ALGORITHM_MISMATCH, "no COSE algorithm for the suite", suite=signer.suite.value)
    if Label.ALGORITHM in protected:
        raise TrustError(ErrorCode.USAGE, "alg follows from the signer")
    header = encode_cbor({**{int(k) if isinstance(k, int) else k: v for k, v in protected.items()}, 1: int(algorithm)})
    signature = signer.sign(signature_structure(header, external, payload))
    if algorithm.joined:
        signature = der_to_joined(signature, algorithm.signature_size // 2)
    return _TAG_OCTET + encode_cbor([header, {}, payload, signature])


def chain_header(chain: tuple[Certificate, ...]) -> CborValue:
    """Return the value of `x5chain`: one certificate as octets, several as an array, the signer's first (RFC 9360 2)."""
    ders: list[CborValue] = [certificate.der for certificate in chain]
    return ders[0] if len(ders) == 1 else ders
