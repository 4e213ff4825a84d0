"""The OpenID provider: what clients ask of trustkit (OAuth 2, OpenID Connect)."""
