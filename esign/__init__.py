"""Signing and sealing of documents and licences; every format has model, read, verify and sign."""
