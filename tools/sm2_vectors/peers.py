"""Where other implementations answer otherwise than `result`, by the vector's comment, and why. Versions are those tried."""

from __future__ import annotations

from typing import Final

_COMPRESSED: Final = (
    "reads it (SEC 1 2.3.4); trustkit writes and reads keys uncompressed, the form every certificate seen has"
)

VERIFICATION: Final[dict[str, dict[str, str]]] = {
    "sG = tP": {"gmssl": "gmssl 3.2.2 (pure Python) has no doubling in its addition of points, and refuses"},
    "signer ID of 8191 octets": {"openssl": "OpenSSL 3.0 takes 8190 octets at most, one less than ENTL can count"},
}
DECRYPTION: Final[dict[str, dict[str, str]]] = {
    "compressed key": {"openssl": _COMPRESSED, "bouncycastle": _COMPRESSED},
    "hybrid key": {"openssl": _COMPRESSED, "bouncycastle": _COMPRESSED},
    "a zero behind the key": {"openssl": "d2i_PUBKEY reads the first value and leaves the rest to its caller"},
}
