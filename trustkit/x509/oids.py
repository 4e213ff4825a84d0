"""Object identifiers of certificates and revocation lists, and the names this project shows for them."""

from __future__ import annotations

from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.encoding.der import decode_oid

if TYPE_CHECKING:
    from collections.abc import Mapping


@lru_cache(maxsize=1024)
def dotted(body: bytes) -> str:
    """Return the dotted form of OBJECT IDENTIFIER octets, remembered: certificates repeat few. Raise DER_MALFORMED."""
    return decode_oid(body)


# Certificate and CRL extensions (RFC 5280 4.2, 5.2, 5.3)
SUBJECT_KEY_IDENTIFIER: Final = "2.5.29.14"
KEY_USAGE: Final = "2.5.29.15"
SUBJECT_ALT_NAME: Final = "2.5.29.17"
ISSUER_ALT_NAME: Final = "2.5.29.18"
BASIC_CONSTRAINTS: Final = "2.5.29.19"
CRL_NUMBER: Final = "2.5.29.20"
REASON_CODE: Final = "2.5.29.21"
INVALIDITY_DATE: Final = "2.5.29.24"
DELTA_CRL_INDICATOR: Final = "2.5.29.27"
ISSUING_DISTRIBUTION_POINT: Final = "2.5.29.28"
CERTIFICATE_ISSUER: Final = "2.5.29.29"
NAME_CONSTRAINTS: Final = "2.5.29.30"
CRL_DISTRIBUTION_POINTS: Final = "2.5.29.31"
CERTIFICATE_POLICIES: Final = "2.5.29.32"
POLICY_MAPPINGS: Final = "2.5.29.33"
AUTHORITY_KEY_IDENTIFIER: Final = "2.5.29.35"
POLICY_CONSTRAINTS: Final = "2.5.29.36"
EXTENDED_KEY_USAGE: Final = "2.5.29.37"
FRESHEST_CRL: Final = "2.5.29.46"
INHIBIT_ANY_POLICY: Final = "2.5.29.54"
EXPIRED_CERTS_ON_CRL: Final = "2.5.29.60"  # X.509 (2019) 9.5.2.8
AUTHORITY_INFO_ACCESS: Final = "1.3.6.1.5.5.7.1.1"

# Certificate policies (RFC 5280 4.2.1.4)
ANY_POLICY: Final = "2.5.29.32.0"
QUALIFIER_STATEMENT: Final = "1.3.6.1.5.5.7.2.1"
QUALIFIER_NOTICE: Final = "1.3.6.1.5.5.7.2.2"

ACCESS_OCSP: Final = "1.3.6.1.5.5.7.48.1"
# OCSP (RFC 6960 4.2.1, 4.2.2.2.1, 4.4)
OCSP_BASIC: Final = "1.3.6.1.5.5.7.48.1.1"
OCSP_NONCE: Final = "1.3.6.1.5.5.7.48.1.2"
OCSP_CRL_ID: Final = "1.3.6.1.5.5.7.48.1.3"
OCSP_ACCEPTABLE: Final = "1.3.6.1.5.5.7.48.1.4"
OCSP_NO_CHECK: Final = "1.3.6.1.5.5.7.48.1.5"
OCSP_ARCHIVE_CUTOFF: Final = "1.3.6.1.5.5.7.48.1.6"
OCSP_SERVICE_LOCATOR: Final = "1.3.6.1.5.5.7.48.1.7"
OCSP_PREFERRED_ALGORITHMS: Final = "1.3.6.1.5.5.7.48.1.8"
OCSP_EXTENDED_REVOKE: Final = "1.3.6.1.5.5.7.48.1.9"

ACCESS_CA_ISSUERS: Final = "1.3.6.1.5.5.7.48.2"

# Attributes of certification requests (RFC 2985 5.4)
CHALLENGE_PASSWORD: Final = "1.2.840.113549.1.9.7"  # noqa: S105 - an identifier
EXTENSION_REQUEST: Final = "1.2.840.113549.1.9.14"
# Microsoft's enrolment tools write the second, of the same form; OpenSSL reads both. Read and never written.
EXTENSION_REQUESTS: Final = frozenset({EXTENSION_REQUEST, "1.3.6.1.4.1.311.2.1.14"})

# Name attributes
COMMON_NAME: Final = "2.5.4.3"
COUNTRY: Final = "2.5.4.6"
LOCALITY: Final = "2.5.4.7"
STATE: Final = "2.5.4.8"
ORGANISATION: Final = "2.5.4.10"
UNIT: Final = "2.5.4.11"
EMAIL_ADDRESS: Final = "1.2.840.113549.1.9.1"

ATTRIBUTE_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        COMMON_NAME: "CN",
        "2.5.4.4": "SN",
        "2.5.4.5": "serialNumber",
        COUNTRY: "C",
        LOCALITY: "L",
        STATE: "ST",
        "2.5.4.9": "street",
        ORGANISATION: "O",
        UNIT: "OU",
        "2.5.4.12": "title",
        "2.5.4.13": "description",
        "2.5.4.17": "postalCode",
        "2.5.4.42": "GN",
        "2.5.4.97": "organizationIdentifier",
        "0.9.2342.19200300.100.1.1": "UID",
        "0.9.2342.19200300.100.1.25": "DC",
        EMAIL_ADDRESS: "emailAddress",
    }
)

# KeyUsage bits in order (RFC 5280 4.2.1.3)
KEY_USAGE_BITS: Final = (
    "digitalSignature",
    "nonRepudiation",
    "keyEncipherment",
    "dataEncipherment",
    "keyAgreement",
    "keyCertSign",
    "cRLSign",
    "encipherOnly",
    "decipherOnly",
)

# Signing token status lists. draft-ietf-oauth-status-list-21 clause 10 names id-kp-oauthStatusSigning and leaves its number
# to IANA (TBD); until it is assigned this project uses an identifier of its own, which needs no registration (ITU-T X.667):
# 7f37d425-4091-464c-ad02-9bc2a02cfac1. The 1.3.6.1.5.5.7.3.30 seen in some code is id-kp-bgpsec-router (RFC 8209).
STATUS_SIGNING: Final = "2.25.169101834614164385412746295816647146177"

# Making electronic seals. GB/T 38540 and GM/T 0031 mark no certificate for it; this is ours, made in the same way:
# af275260-8eac-4b09-900f-a0fe03592c45.
SEAL_MAKING: Final = "2.25.232819069647489397831522418103420529733"

EXTENDED_KEY_USAGE_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        "2.5.29.37.0": "anyExtendedKeyUsage",
        "1.3.6.1.5.5.7.3.1": "serverAuth",
        "1.3.6.1.5.5.7.3.2": "clientAuth",
        "1.3.6.1.5.5.7.3.3": "codeSigning",
        "1.3.6.1.5.5.7.3.4": "emailProtection",
        "1.3.6.1.5.5.7.3.8": "timeStamping",
        "1.3.6.1.5.5.7.3.9": "ocspSigning",
        "1.3.6.1.5.5.7.3.36": "documentSigning",  # RFC 9336
        STATUS_SIGNING: "statusSigning",
        SEAL_MAKING: "sealMaking",
    }
)
EXTENDED_KEY_USAGE_OIDS: Final[Mapping[str, str]] = MappingProxyType(
    {name: oid for oid, name in EXTENDED_KEY_USAGE_NAMES.items()}
)

# Subject extensions of Chinese certificates; their values are personal or company identifiers. Value types vary between
# issuers, so values are decoded leniently, for display, and masked.
CHINESE_SUBJECT_EXTENSIONS: Final[Mapping[str, tuple[str, str]]] = MappingProxyType(
    {
        "1.2.156.10260.4.1.1": ("identity code", "身份标识码"),
        "1.2.156.10260.4.1.1.1": ("identity card number", "居民身份证号码"),
        "1.2.156.10260.4.1.1.2": ("passport number", "护照号码"),
        "1.2.156.10260.4.1.2": ("social insurance number", "个人社会保险号"),
        "1.2.156.10260.4.1.3": ("business registration number", "企业工商注册号"),
        "1.2.156.10260.4.1.4": ("organisation code", "企业组织机构代码"),
        "1.2.156.10260.4.1.5": ("tax number", "企业税号"),
    }
)

EXTENSION_NAMES: Final[Mapping[str, str]] = MappingProxyType(
    {
        SUBJECT_KEY_IDENTIFIER: "subjectKeyIdentifier",
        KEY_USAGE: "keyUsage",
        SUBJECT_ALT_NAME: "subjectAltName",
        ISSUER_ALT_NAME: "issuerAltName",
        BASIC_CONSTRAINTS: "basicConstraints",
        CRL_NUMBER: "cRLNumber",
        DELTA_CRL_INDICATOR: "deltaCRLIndicator",
        ISSUING_DISTRIBUTION_POINT: "issuingDistributionPoint",
        NAME_CONSTRAINTS: "nameConstraints",
        CRL_DISTRIBUTION_POINTS: "cRLDistributionPoints",
        CERTIFICATE_POLICIES: "certificatePolicies",
        POLICY_MAPPINGS: "policyMappings",
        AUTHORITY_KEY_IDENTIFIER: "authorityKeyIdentifier",
        POLICY_CONSTRAINTS: "policyConstraints",
        EXTENDED_KEY_USAGE: "extendedKeyUsage",
        FRESHEST_CRL: "freshestCRL",
        INHIBIT_ANY_POLICY: "inhibitAnyPolicy",
        EXPIRED_CERTS_ON_CRL: "expiredCertsOnCRL",
        AUTHORITY_INFO_ACCESS: "authorityInfoAccess",
        OCSP_NO_CHECK: "ocspNoCheck",
        "2.16.840.1.113730.1.1": "netscapeCertType",
    }
    | {oid: names[0] for oid, names in CHINESE_SUBJECT_EXTENSIONS.items()}
)
