"""A file stamped over HTTP by `trustkit ca serve`, for somebody who has no home and only the root's word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.support.authority import make_home
from tests.support.service import free_port, service
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Terminal

CONTENT = "合同正文\n".encode()
JSON = ("--format", "json")


def test_a_stranger_has_a_file_stamped(terminal: Terminal, tmp_path: Path, passphrase_file: Path) -> None:
    port = free_port()
    home = make_home(tmp_path / "home", port=port)
    published, away = tmp_path / "published", tmp_path / "away"
    away.mkdir()
    assert terminal.run("ca", "export", published, "--home", home).status == 0
    contract = away / "contract.txt"
    contract.write_bytes(CONTENT)
    knowing = ("--trust", published / "root.cer", "--evidence", published, "--offline")
    log = tmp_path / "log"
    with service(home, port, log, "--passphrase-file", passphrase_file, command=("ca", "serve")):
        url = f"http://127.0.0.1:{port}/v1/tsa"
        asking = ("timestamp", contract, "--url", url, "--trust", published / "root.cer", "--evidence", published)
        (told,) = terminal.run(*asking, "--digest", "sha256", *JSON).objects()
        strange = terminal.run("timestamp", contract, "--url", f"{url}/no-suite", "--out", away / "no")
        strange.require_refusal("timestamp:authority:unreachable", 75)
    assert told["indication"] == "TOTAL-PASSED"
    token = verify_token(parse_token((away / "contract.txt.tst").read_bytes()), data=CONTENT)
    (entry,) = [
        each
        for each in terminal.run("audit", "list", "--home", home, *JSON).objects()
        if each["type"] == "ca:timestamp:issued"
    ]
    assert entry["object_id"] == str(token.serial) == str(int(told["serial"], 16))
    verified = terminal.run("verify", away / "contract.txt.tst", "--content", contract, *knowing)
    assert verified.status == 0
    contract.write_bytes(CONTENT + b" ")
    assert terminal.run("verify", away / "contract.txt.tst", "--content", contract, *knowing).status == 1
