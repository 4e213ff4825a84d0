"""Handing licences to wallets: OpenID for Verifiable Credential Issuance 1.0."""
