"""Strict DER, PEM, base64 and JSON under size and depth limits."""
