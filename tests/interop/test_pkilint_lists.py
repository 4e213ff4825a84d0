"""pkilint's opinion of our revocation lists, complete, delta and partitioned; what it says beyond the list below fails. By RFC 5280, and by the
stricter rules of the CA/Browser Forum, which bind nobody here.

On P-256: pkilint knows no SM2 (docs/DIVERGENCES.md), and everything it looks at is written the same for every kind of key.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pytest

from ca.list_scope import ALL, ListScope
from tests.support.pki import PkiWorld
from tests.support.published_lists import PublishedLists
from trustkit.crypto.public_key import KeyKind
from trustkit.encoding.pem import encode_pem
from trustkit.store.crls import ListKind
from trustkit.store.database import open_database

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.interop
PROGRAM = Path(sys.executable).with_name("lint_crl")
# (profile, code): why it is right all the same
ACCEPTED: Final = {
    (
        "BR",
        "cabf.crl_prohibited_reason_code",
    ): "certificateHold and removeFromCRL: the rules of the browsers' forum know no suspension, RFC 5280 5.3.1 does",
}


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PublishedLists]:
    with open_database(f"sqlite:///{tmp_path_factory.mktemp('lists') / 's.sqlite'}") as opened:
        opened.migrate()
        yield PublishedLists(PkiWorld(kind=KeyKind.EC_P256), opened)


def _findings(octets: bytes, folder: Path, profile: str = "PKIX") -> dict[str, str]:
    file = folder / "list.pem"
    file.write_bytes(encode_pem("X509 CRL", octets))
    words = ("lint", "-t", "CRL", "-p", profile, "-s", "INFO", "-f", "JSON", str(file))
    done = subprocess.run([PROGRAM, *words], capture_output=True, check=False, timeout=120)
    return {
        finding["code"]: f"{finding['severity']} at {result['node_path']}"
        for result in json.loads(done.stdout)["results"]
        for finding in result["finding_descriptions"]
    }


@pytest.mark.parametrize("profile", ["PKIX", "BR"])
@pytest.mark.parametrize("kind", ListKind)
@pytest.mark.parametrize("scope", [ALL, ListScope(partitions=2, partition=1)], ids=lambda scope: scope.text)
def test_pkilint_finds_nothing_we_have_not_accepted(
    published: PublishedLists, scope: ListScope, kind: ListKind, tmp_path: Path, profile: str
) -> None:
    found = _findings(published.lists[scope, kind], tmp_path, profile)
    assert {code: told for code, told in found.items() if (profile, code) not in ACCEPTED} == {}


def test_pkilint_does_find_what_is_wrong(published: PublishedLists, tmp_path: Path) -> None:
    octets = published.lists[ALL, ListKind.FULL]
    number = bytes.fromhex("0603551d14")  # cRLNumber, which RFC 5280 5.2.3 demands
    assert octets.count(number) == 1
    assert _findings(octets.replace(number, bytes.fromhex("0603551d7f")), tmp_path)
