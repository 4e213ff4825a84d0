"""ACME (RFC 8555): accounts, orders, proofs of control over names, and certificates for them."""
