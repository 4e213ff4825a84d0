"""The part of the walk that is about a wallet: its keys, and the licence as a credential in each suite."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from esign.credential.suites import CredentialSuite
from trustkit.app.demo.stage import text_of
from trustkit.custody.private_key import generate_key
from trustkit.encoding.canonical_json import canonical_json
from trustkit.jose.jwk import jwk_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.app.demo.stage import Stage

_JSON: Final = ("--format", "json")


def fill_wallet(stage: Stage, identifier: str, folder: Path, tell: Callable[[str], None]) -> tuple[Path, ...]:
    """Issue a licence to the keys of a wallet, and return the credentials' files."""
    secret = ("--passphrase-file", str(stage.passphrase_file))
    stage.run("licence", "credential-setup", "--yes", *secret)
    keys: list[str] = []
    for suite in CredentialSuite:
        file = folder / f"wallet-{suite.value}.jwk"
        file.write_bytes(canonical_json(dict(jwk_of(generate_key(suite.key_kind).signer().public_key).members)))
        keys += ["--holder-key", str(file)]
    issued = stage.run("licence", "credential", identifier, *keys, "--out", str(folder), *secret, *_JSON).objects()
    files = tuple(folder / f"wallet-{text_of(each, 'suite')}.sd-jwt" for each in issued)
    for each, file in zip(issued, files, strict=True):
        (folder / f"{identifier}.{text_of(each, 'suite')}.sd-jwt").rename(file)
        tell(f"     {file.name}, {file.stat().st_size} octets, until {text_of(each, 'expires_at')}")
    return files
