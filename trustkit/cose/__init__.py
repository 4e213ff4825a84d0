"""Signed CBOR: COSE_Sign1 (RFC 9052), with SM2 beside ES256, ES384 and EdDSA."""
