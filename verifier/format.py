"""The kinds of file a verifier can be handed; the values stand in the ``format`` field of a verdict."""

from __future__ import annotations

from enum import StrEnum, unique


@unique
class Format(StrEnum):
    """What a file is by its content. Being listed does not mean that it can be judged yet."""

    CAPSULE = "licence-capsule"
    CERTIFICATE = "certificate"
    CERTIFICATE_REQUEST = "certificate-request"
    CMS = "cms"
    CRL = "crl"
    JSON = "json"
    JWS = "jws"
    OCSP = "ocsp-response"
    OFD = "ofd"
    PDF = "pdf"
    PICTURE = "picture"
    PRIVATE_KEY = "private-key"
    SD_JWT = "sd-jwt"
    SEAL = "seal"
    SEAL_SIGNATURE = "seal-signature"
    STATUS_LIST = "status-list"
    TIMESTAMP = "timestamp"
    UNKNOWN = "unknown"
    ZIP = "zip"
