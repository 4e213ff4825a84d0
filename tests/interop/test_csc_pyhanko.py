"""pyHanko as a client of our signing service (CSC API v2): its signatures, made here from hashes alone, pass; others' hashes do not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.support.ca_service import ca_service
from tests.support.signed_pdf import sample_page
from tests.support.terminal import environment, program

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.ca_service import CaService

pytestmark = pytest.mark.interop

SUITES = {
    "ecdsa-p256": {"of itself": "ecdsa-p256-sha256"},
    "rsa-3072": {"of itself": "rsa-pkcs1-sha256", "pss": "rsa-pss-sha256"},
}
CLIENT = Path(__file__).parent / "pyhanko" / "sign_remote.py"
GRANT = ("--role", "signer", "--may", "sign", "--credential", "seal")


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A running service, the secret it knows pyHanko by, and by which suite its seal signs."""

    service: CaService
    secret: Path
    suites: dict[str, str]


@pytest.fixture(scope="module", params=SUITES)
def elsewhere(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Elsewhere]:
    folder = tmp_path_factory.mktemp("elsewhere")

    secret = folder / "secret"

    def register(home: Path, passphrase: Path) -> None:
        words = ("--home", home, "--passphrase-file", passphrase, "--format", "json")
        (told,) = program("ca", "client", "add", "pyhanko", *GRANT, *words).objects()
        secret.touch(mode=0o600)
        secret.write_text(told["credential"])

    with ca_service(folder, "[csc]\nenabled = true\n", keys=request.param, prepare=register) as running:
        yield Elsewhere(running, secret, SUITES[request.param])


def sign(elsewhere: Elsewhere, way: str, *files: Path) -> subprocess.CompletedProcess[str]:
    service = elsewhere.service
    words = [service.base, "seal", elsewhere.secret, service.tls.root, way, *files]
    command = [sys.executable, str(CLIENT), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=120, check=False, env=environment())


def pages(folder: Path, count: int) -> list[Path]:
    files = [folder / f"{number}.pdf" for number in range(count)]
    for number, file in enumerate(files):
        file.write_bytes(sample_page(folder) + b"%" * number + b"\n")
    return files


@pytest.mark.parametrize("way", ["of itself", "pss"])
def test_what_pyhanko_had_signed_passes(elsewhere: Elsewhere, tmp_path: Path, way: str) -> None:
    if way not in elsewhere.suites:
        pytest.skip("only RSA has two paddings")
    files = pages(tmp_path, 3)
    done = sign(elsewhere, way, *files)
    assert done.returncode == 0, done.stderr
    made = [file.with_name(f"{file.name}.signed") for file in files]
    ran = program("verify", *made, "--home", elsewhere.service.home, "--offline", "--format", "json")
    signatures = [signature for each in ran.objects() for signature in each["signatures"]]
    assert [each["indication"] for each in signatures] == ["TOTAL-PASSED"] * 3, ran.out
    used = {check["detail"] for each in signatures for check in each["checks"] if "algorithm" in check["id"]}
    assert used == {f"{elsewhere.suites[way]}, sha256"}


def test_hashes_that_were_not_authorized_are_not_signed(elsewhere: Elsewhere, tmp_path: Path) -> None:
    files = pages(tmp_path, 2)
    done = sign(elsewhere, "other", *files)
    assert done.returncode != 0
    assert "SigningError" in done.stderr
    assert not list(tmp_path.glob("*.signed"))
