"""``trustkit ca serve`` over TLS with the machine doors open, as interoperability tests need it."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tests.support.authority import PASSPHRASE, copy_home
from tests.support.service import free_port, service
from tests.support.tls import TlsFiles, make_tls

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class CaService:
    """A running CA service."""

    home: Path
    base: str
    tls: TlsFiles
    process: subprocess.Popen[bytes]
    log: Path


def classic_home(folder: Path, settings: str, keys: str = "ecdsa-p256") -> Path:
    """Make a home, with ECDSA keys, which TLS clients of today know, unless told; and add to its settings."""
    home = copy_home(folder / "home", keys=keys)
    with (home / "settings.toml").open("a", encoding="utf-8") as file:
        file.write("\n" + settings)
    return home


@contextmanager
def ca_service(
    folder: Path, settings: str, *, keys: str = "ecdsa-p256", prepare: Callable[[Path, Path], None] | None = None
) -> Iterator[CaService]:
    """Yield the service; `prepare` is given the home and the file of its passphrase before it starts."""
    port, tls = free_port(), make_tls(folder)
    server = f'[ca_server]\nport = {port}\ntls_certificate = "{tls.certificate}"\ntls_key = "{tls.key}"\n'
    home = classic_home(folder, f"{server}\n{settings}", keys)
    secret = folder / "passphrase"
    secret.touch(mode=0o600)
    secret.write_bytes(PASSPHRASE)
    if prepare is not None:
        prepare(home, secret)
    log = folder / "service.log"
    running = service(home, port, log, "--passphrase-file", secret, command=("ca", "serve"), tls=tls.client_context())
    with running as process:
        yield CaService(home=home, base=f"https://127.0.0.1:{port}", tls=tls, process=process, log=log)
