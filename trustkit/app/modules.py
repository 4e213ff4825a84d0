"""What an operator does with cryptographic modules: look at the keys in one, and make one there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.module_signer import open_module_signer
from trustkit.custody.module_uri import Pkcs11Uri, SdfUri, parse_module_uri
from trustkit.custody.pkcs11_key import KeyUse, list_keys, make_key
from trustkit.custody.pkcs11_token import open_token
from trustkit.custody.sdf_library import open_device
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.passphrase import Passphrase


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleKeyLine:
    """One key of a module as a list shows it. `guarded` tells whether the module keeps the private half in."""

    name: str
    kind: str
    public_key_sm3: str
    guarded: str

    def row(self) -> tuple[str, ...]:
        """Return the cells of a table."""
        return (self.name, self.kind, self.public_key_sm3, self.guarded)

    def to_json(self) -> dict[str, str]:
        """Return the members of a JSON object."""
        return {
            "name": self.name,
            "kind": self.kind,
            "public_key_sm3": self.public_key_sm3,
            "guarded": self.guarded,
        }


COLUMNS = ("name", "kind", "public key (SM3)", "stays inside")


def module_keys(uri: str, pin: Passphrase) -> tuple[ModuleKeyLine, ...]:
    """Return the keys of a PKCS#11 token, or the key of an SDF device's index.

    Raises:
        TrustError: MODULE_*, KEY_MISSING, KEY_UNSUPPORTED, SIGNING_FAILED.
    """
    place = parse_module_uri(uri)
    if isinstance(place, SdfUri):
        told = open_device(place.library, place.ecc_bits).describe()
        name = f"index {place.index} of {told['name']} {told['serial']}".strip()
        return (_line(name, open_module_signer(place, pin).public_key, guarded="yes"),)
    lines = []
    for key in list_keys(open_token(place, pin)):
        name = key.label or f"id {key.id.hex()}"
        guarded = "no" if key.extractable else "yes"
        lines.append(
            _line(name, key.public_key, guarded=guarded)
            if key.public_key is not None
            else ModuleKeyLine(name=name, kind="unknown", public_key_sm3="", guarded=guarded)
        )
    return tuple(lines)


def make_module_key(uri: str, kind: str, pin: Passphrase, *, use: str = KeyUse.SIGN.value) -> ModuleKeyLine:
    """Make a key on a PKCS#11 token under the URI's name, for one `use`.

    Raises:
        TrustError: USAGE (kind), KEY_UNSUPPORTED for SDF devices, whose keys their own tools make; KEY_EXISTS, MODULE_*.
    """
    place = parse_module_uri(uri)
    if not isinstance(place, Pkcs11Uri):
        raise TrustError(ErrorCode.KEY_UNSUPPORTED, "an SDF device's keys are made with its vendor's tool")
    try:
        wanted = KeyKind(kind)
    except ValueError:
        raise TrustError(ErrorCode.USAGE, "a kind is rsa, ec-p256 or ec-p384") from None
    return _line(place.label, make_key(open_token(place, pin), place, wanted, KeyUse(use)), guarded="yes")


def _line(name: str, key: PublicKey, *, guarded: str) -> ModuleKeyLine:
    return ModuleKeyLine(
        name=name,
        kind=key.kind.value,
        public_key_sm3=digest(DigestAlgorithm.SM3, key.spki).hex(),
        guarded=guarded,
    )
