"""Object identifiers of signed messages, each with its source."""

from __future__ import annotations

from typing import Final

# RFC 5652 clauses 4, 5.1, 6.1, 8, 9.1 and PKCS#7 v1.5 (RFC 2315 14)
DATA: Final = "1.2.840.113549.1.7.1"
SIGNED_DATA: Final = "1.2.840.113549.1.7.2"
# GB/T 35275-2017 (GM/T 0010)
GBT_DATA: Final = "1.2.156.10197.6.1.4.2.1"
GBT_SIGNED_DATA: Final = "1.2.156.10197.6.1.4.2.2"
TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"  # RFC 3161 2.4.2

# RFC 5652 6.1, 7, 8; RFC 5083 2.1; RFC 2315 11 for the type PKCS#7 has and CMS has not
ENVELOPED_DATA: Final = "1.2.840.113549.1.7.3"
SIGNED_AND_ENVELOPED_DATA: Final = "1.2.840.113549.1.7.4"
DIGESTED_DATA: Final = "1.2.840.113549.1.7.5"
ENCRYPTED_DATA: Final = "1.2.840.113549.1.7.6"
AUTH_ENVELOPED_DATA: Final = "1.2.840.113549.1.9.16.1.23"
GBT_ENVELOPED_DATA: Final = "1.2.156.10197.6.1.4.2.3"
GBT_SIGNED_AND_ENVELOPED_DATA: Final = "1.2.156.10197.6.1.4.2.4"
GBT_ENCRYPTED_DATA: Final = "1.2.156.10197.6.1.4.2.5"

# Content types that are recognised so that the refusal can name them.
OTHER_TYPES: Final = {
    "1.2.840.113549.1.7.1": "Data",
    ENVELOPED_DATA: "EnvelopedData",
    SIGNED_AND_ENVELOPED_DATA: "SignedAndEnvelopedData (PKCS#7)",
    DIGESTED_DATA: "DigestedData",
    ENCRYPTED_DATA: "EncryptedData",
    "1.2.840.113549.1.9.16.1.2": "AuthenticatedData",
    AUTH_ENVELOPED_DATA: "AuthEnvelopedData",
    "1.2.156.10197.6.1.4.2.1": "Data (GB/T 35275)",
    GBT_ENVELOPED_DATA: "EnvelopedData (GB/T 35275)",
    GBT_SIGNED_AND_ENVELOPED_DATA: "SignedAndEnvelopedData (GB/T 35275)",
    GBT_ENCRYPTED_DATA: "EncryptedData (GB/T 35275)",
    "1.2.156.10197.6.1.4.2.6": "KeyAgreementInfo (GB/T 35275)",
    "1.2.156.10197.6.1.4.4.1": "Data of SM9",
    "1.2.156.10197.6.1.4.4.2": "SignedData of SM9",
    "1.2.156.10197.6.1.4.4.3": "EnvelopedData of SM9",
    "1.2.156.10197.6.1.4.4.4": "SignedAndEnvelopedData of SM9",
    "1.2.156.10197.6.1.4.4.5": "EncryptedData of SM9",
}

RI_OCSP_RESPONSE: Final = "1.3.6.1.5.5.7.16.2"  # RFC 5940 2.1, in OtherRevocationInfoFormat

# Attributes: RFC 5652 11.1-11.4, RFC 5035 5.4 and 3, RFC 6211 2, RFC 3161 appendix A
CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
SIGNING_TIME: Final = "1.2.840.113549.1.9.5"
COUNTERSIGNATURE: Final = "1.2.840.113549.1.9.6"
ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
SIGNATURE_TIME_STAMP: Final = "1.2.840.113549.1.9.16.2.14"
SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"

# Algorithms as SignerInfo names them
SM3: Final = "1.2.156.10197.1.401"
SM2_SIGN: Final = "1.2.156.10197.1.301.1"  # GB/T 35275 digestEncryptionAlgorithm
SM2_WITH_SM3: Final = "1.2.156.10197.1.501"
SHA256: Final = "2.16.840.1.101.3.4.2.1"  # RFC 5035 3: the default of ESSCertIDv2, which DER leaves out

# Key transport: GM/T 0006 (…301.3 encrypts; GmSSL writes …301.2, which is key exchange), RFC 3560, RFC 8017 A.2
SM2_ENCRYPT: Final = "1.2.156.10197.1.301.3"
SM2_KEY_EXCHANGE: Final = "1.2.156.10197.1.301.2"
RSA_OAEP: Final = "1.2.840.113549.1.1.7"
RSA_PKCS1: Final = "1.2.840.113549.1.1.1"
SM4_WITHOUT_MODE: Final = "1.2.156.10197.1.104"
