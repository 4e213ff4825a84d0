"""The public side of cryptography: suites, digests, SM2 verification, engines. No private key passes here."""
