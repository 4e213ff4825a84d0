"""Signatures over any 32 octets by the sample key of GB/T 32918.5 A.2: what no signer of ours would make.

sign_digest(message_digest(SAMPLE_POINT, b"", message))     # as OpenSSL 3.0 does without `distid`
"""

from __future__ import annotations

import secrets

from gmssl import sm2 as oracle

from trustkit.crypto.engines.self_test import SAMPLE_POINT
from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.sm2 import encode_sm2_signature
from trustkit.encoding.der_write import bit_string, oid, sequence

SAMPLE_SCALAR = "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"
SAMPLE_KEY = parse_public_key(
    sequence(sequence(oid("1.2.840.10045.2.1"), oid("1.2.156.10197.1.301")), bit_string(b"\x04" + SAMPLE_POINT))
)


def sign_digest(e: bytes) -> bytes:
    """Return the DER signature over e, by the pure Python oracle."""
    ephemeral = f"{secrets.randbelow(2**255) + 1:064x}"
    pair = bytes.fromhex(oracle.CryptSM2(private_key=SAMPLE_SCALAR, public_key="").sign(e, ephemeral))
    return encode_sm2_signature(pair[:32], pair[32:])
