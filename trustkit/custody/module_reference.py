"""A key's file when the key itself is in a module: where it is, and the module's PIN under the home's passphrase.

    data = encode_reference(uri, pin, passphrase)           # PEM, label TRUSTKIT MODULE KEY
    uri, pin = open_reference(der, passphrase)

The form is a box (`trustkit.custody.passphrase_box`) whose text is the URI, so a PIN is never handed to another library than the
one it was stored for. Whoever has the file and the passphrase has the PIN, and still needs the module.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.crypto.contexts import Context
from trustkit.custody.module_uri import parse_module_uri
from trustkit.custody.passphrase import Passphrase
from trustkit.custody.passphrase_box import encode_box, read_box
from trustkit.custody.pbes2 import DEFAULT_ITERATIONS
from trustkit.encoding.pem import encode_pem

if TYPE_CHECKING:
    from trustkit.custody.module_uri import Pkcs11Uri, SdfUri

LABEL: Final = "TRUSTKIT MODULE KEY"


def encode_reference(
    uri: Pkcs11Uri | SdfUri, pin: Passphrase, passphrase: Passphrase, *, iterations: int = DEFAULT_ITERATIONS
) -> bytes:
    """Return the file's PEM text. Raise PASSPHRASE_WEAK, USAGE for few iterations."""
    box = encode_box(str(uri), pin.reveal(), passphrase, context=Context.MODULE_PIN, iterations=iterations)
    return encode_pem(LABEL, box)


def open_reference(data: bytes, passphrase: Passphrase) -> tuple[Pkcs11Uri | SdfUri, Passphrase]:
    """Return where the key is and the module's PIN, from the DER inside the PEM. The inverse of `encode_reference`.

    Raises:
        TrustError: KEY_CONTAINER_MALFORMED, MODULE_URI, ALGORITHM_UNKNOWN, ALGORITHM_WEAK, PASSPHRASE_WRONG (also when the URI was
            changed: nothing tells the two apart).
    """
    box = read_box(data, what="a module reference")
    uri = parse_module_uri(box.text)
    return uri, Passphrase(box.open(passphrase, context=Context.MODULE_PIN))
