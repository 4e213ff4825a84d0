"""The certificate authority: profiles, requests, linting, issuance, revocation."""
