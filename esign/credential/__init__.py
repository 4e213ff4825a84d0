"""Licences as verifiable credentials: SD-JWT (RFC 9901) and its profile for licences."""
