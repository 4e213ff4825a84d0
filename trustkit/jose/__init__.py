"""Strict JWS with the SM2 profile."""
