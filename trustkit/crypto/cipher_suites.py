"""Which ciphers trustkit reads and writes, by OID and parameters: SM4 (GM/T 0006), AES (RFC 3565, RFC 5084).

cipher_from_algorithm("1.2.156.10197.1.104.2", octet_string(iv)).suite is CipherSuite.SM4_CBC
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from typing import Final

from trustkit.encoding import der
from trustkit.encoding.der_write import integer, octet_string, sequence
from trustkit.encoding.der_write import oid as encode_oid
from trustkit.errors import ErrorCode, TrustError

BLOCK_SIZE: Final = 16  # SM4 and AES alike
GCM_NONCE: Final = 12  # NIST SP 800-38D 5.2.1.1: 96 bits, the one length that needs no further hashing
GCM_TAG: Final = 16  # what is written
_GCM_TAGS: Final = range(12, 17)  # RFC 5084 3.2: aes-ICVlen is 12 to 16
_DEFAULT_TAG: Final = 12  # RFC 5084 3.2: the DEFAULT of aes-ICVlen
_GCM_NONCES: Final = range(8, 65)  # NIST SP 800-38D allows more; nobody writes it
_MAX_PARAMETERS: Final = 128


@unique
class CipherMode(StrEnum):
    """Modes of operation. Only GCM proves that a ciphertext is unchanged."""

    GCM = "gcm"
    CBC = "cbc"
    CTR = "ctr"


@unique
class CipherSuite(StrEnum):
    """Cipher, key length and mode. The value is the stable name in settings, reports and logs."""

    SM4_GCM = "sm4-gcm"
    SM4_CBC = "sm4-cbc"
    SM4_CTR = "sm4-ctr"
    AES128_GCM = "aes128-gcm"
    AES192_GCM = "aes192-gcm"
    AES256_GCM = "aes256-gcm"
    AES128_CBC = "aes128-cbc"
    AES192_CBC = "aes192-cbc"
    AES256_CBC = "aes256-cbc"

    @property
    def oid(self) -> str:
        """Return the dotted OID that is written."""
        return _TABLE[self][0]

    @property
    def key_size(self) -> int:
        """Return the length of its keys in octets."""
        return _TABLE[self][1]

    @property
    def mode(self) -> CipherMode:
        """Return its mode of operation."""
        return _TABLE[self][2]

    @property
    def iv_size(self) -> int:
        """Return the length of the IV that is written, in octets."""
        return GCM_NONCE if self.mode is CipherMode.GCM else BLOCK_SIZE

    @property
    def is_sm4(self) -> bool:
        """Whether the cipher is SM4; otherwise it is AES."""
        return self.oid.startswith(SM4_OID)

    @property
    def authenticates(self) -> bool:
        """Whether a changed ciphertext is noticed."""
        return self.mode is CipherMode.GCM


_S = CipherSuite
SM4_OID: Final = "1.2.156.10197.1.104"  # GM/T 0006: without a mode
SM4_ECB: Final = SM4_OID + ".1"  # wraps single keys in GM/T 0009; no suite here
_AES: Final = "2.16.840.1.101.3.4.1."  # NIST CSOR; RFC 3565, RFC 5084
_TABLE: Final[dict[CipherSuite, tuple[str, int, CipherMode]]] = {
    _S.SM4_GCM: (SM4_OID + ".8", 16, CipherMode.GCM),
    _S.SM4_CBC: (SM4_OID + ".2", 16, CipherMode.CBC),
    _S.SM4_CTR: (SM4_OID + ".7", 16, CipherMode.CTR),
    _S.AES128_GCM: (_AES + "6", 16, CipherMode.GCM),
    _S.AES192_GCM: (_AES + "26", 24, CipherMode.GCM),
    _S.AES256_GCM: (_AES + "46", 32, CipherMode.GCM),
    _S.AES128_CBC: (_AES + "2", 16, CipherMode.CBC),
    _S.AES192_CBC: (_AES + "22", 24, CipherMode.CBC),
    _S.AES256_CBC: (_AES + "42", 32, CipherMode.CBC),
}
_BY_OID: Final = {entry[0]: suite for suite, entry in _TABLE.items()}
_WEAK: Final = {
    "1.3.14.3.2.7": "des-cbc",
    "1.2.840.113549.3.2": "rc2-cbc",
    "1.2.840.113549.3.4": "rc4",
    "1.2.840.113549.3.7": "des-ede3-cbc",
    SM4_ECB: "sm4-ecb",
    _AES + "1": "aes128-ecb",
    _AES + "21": "aes192-ecb",
    _AES + "41": "aes256-ecb",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class CipherParameters:
    """A suite with its IV (GCM: nonce), and the length of the tag in octets (0 without GCM).

    `mode_named` is False for messages that say only "SM4": read as CBC because an IV stands beside it, never written.
    """

    suite: CipherSuite
    iv: bytes
    tag_size: int = -1
    mode_named: bool = True

    def __post_init__(self) -> None:
        """Fill in the tag's usual length. Raise CIPHERTEXT_MALFORMED for an IV or tag of another length."""
        gcm = self.suite.mode is CipherMode.GCM
        if self.tag_size < 0:
            object.__setattr__(self, "tag_size", GCM_TAG if gcm else 0)
        ivs, tags = (_GCM_NONCES, _GCM_TAGS) if gcm else (range(BLOCK_SIZE, BLOCK_SIZE + 1), range(1))
        if len(self.iv) not in ivs or self.tag_size not in tags:
            raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "IV or tag length", suite=self.suite.value)

    def algorithm_identifier(self) -> bytes:
        """Return the AlgorithmIdentifier to write: the IV, or GCMParameters (RFC 5084 3.2)."""
        parameters = octet_string(self.iv)
        if self.suite.mode is CipherMode.GCM:
            # DER leaves out what is the DEFAULT (X.690 11.5).
            tag = () if self.tag_size == _DEFAULT_TAG else (integer(self.tag_size),)
            parameters = sequence(parameters, *tag)
        return sequence(encode_oid(self.suite.oid), parameters)


def cipher_from_algorithm(oid: str, parameters_der: bytes | None) -> CipherParameters:
    """Return what an AlgorithmIdentifier names; the inverse of `CipherParameters.algorithm_identifier`.

    Args:
        oid: The algorithm's dotted OID.
        parameters_der: Its parameters as found, or None when absent.

    Raises:
        TrustError: ALGORITHM_UNKNOWN, ALGORITHM_WEAK (DES, 3DES, RC2, RC4, ECB), CIPHERTEXT_MALFORMED (IV missing or of
            another length, tag too short, not DER).
    """
    if oid in _WEAK:
        raise TrustError(ErrorCode.ALGORITHM_WEAK, "cipher", algorithm=_WEAK[oid])
    # NOTE: CFCA's envelopes name SM4 without a mode; the IV beside it says that it is CBC.
    suite = CipherSuite.SM4_CBC if oid == SM4_OID and parameters_der else _BY_OID.get(oid)
    if suite is None:
        raise TrustError(ErrorCode.ALGORITHM_UNKNOWN, "cipher", oid=oid)
    try:
        iv, tag_size = _read(suite, parameters_der or b"")
    except (TrustError, ValueError) as error:
        raise TrustError(ErrorCode.CIPHERTEXT_MALFORMED, "cipher parameters", suite=suite.value) from error
    return CipherParameters(suite=suite, iv=iv, tag_size=tag_size, mode_named=oid != SM4_OID)


def _read(suite: CipherSuite, data: bytes) -> tuple[bytes, int]:
    """Return IV and tag length. A wrong number of members is a ValueError from unpacking."""
    outer = der.parse_strict(data, max_size=_MAX_PARAMETERS, max_depth=2)
    if suite.mode is not CipherMode.GCM:
        return der.expect(data, outer, der.OCTET_STRING, "IV"), 0
    der.expect(data, outer, der.SEQUENCE, "GCMParameters")
    nonce, *rest = der.children(data, outer)
    tag_size = _DEFAULT_TAG
    if rest:
        (size,) = rest
        # NOTE: an explicit 12 is not DER for a DEFAULT, but circulates and misleads nobody.
        tag_size = der.decode_integer(der.expect(data, size, der.INTEGER, "ICVlen"))
    return der.expect(data, nonce, der.OCTET_STRING, "nonce"), max(tag_size, 0)
