"""The part of the walk that is about a wallet: its keys, and the licence as a credential in each suite."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from esign.credential.suites import CredentialSuite
from trustkit.app.demo.stage import text_of
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.encoding.canonical_json import canonical_json
from trustkit.jose.jwk import jwk_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.app.demo.stage import Stage

_JSON: Final = ("--format", "json")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wallet:
    """A holder's credentials, a file for each suite, and the keys they were issued to."""

    files: dict[CredentialSuite, Path]
    keys: dict[CredentialSuite, PrivateKey] = field(repr=False)


def fill_wallet(stage: Stage, identifier: str, folder: Path, tell: Callable[[str], None]) -> Wallet:
    """Issue a licence to the keys of a wallet, and return what it then has."""
    secret = ("--passphrase-file", str(stage.passphrase_file))
    stage.run("licence", "credential-setup", "--yes", *secret)
    keys = {suite: generate_key(suite.key_kind) for suite in CredentialSuite}
    named: list[str] = []
    for suite, key in keys.items():
        file = folder / f"wallet-{suite.value}.jwk"
        file.write_bytes(canonical_json(dict(jwk_of(key.public_key).members)))
        named += ["--holder-key", str(file)]
    issued = stage.run("licence", "credential", identifier, *named, "--out", str(folder), *secret, *_JSON).objects()
    files: dict[CredentialSuite, Path] = {}
    for each in issued:
        suite = CredentialSuite(text_of(each, "suite"))
        file = files[suite] = folder / f"wallet-{suite.value}.sd-jwt"
        (folder / f"{identifier}.{suite.value}.sd-jwt").rename(file)
        tell(f"     {file.name}, {file.stat().st_size} octets, until {text_of(each, 'expires_at')}")
    return Wallet(files=files, keys=keys)
