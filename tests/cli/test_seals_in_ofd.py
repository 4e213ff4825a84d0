"""Seals of the registry at work in OFD: found by the certificate they list, named by number, and refused once they are stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.cli.test_seals import ASKED, Registry, registry
from tests.support.authority import SAMPLE
from tests.support.ofd_pages import sample_ofd

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran

__all__ = ["registry"]

PASSED, MISSING = 0, 66


def test_a_registered_seal_seals_until_it_is_stopped(registry: Registry, tmp_path: Path) -> None:
    desk = registry.desk
    home = ("--home", desk.home)

    def run(*words: str | Path) -> Ran:
        return desk.run(*words, *home, "--passphrase-file", desk.passphrase)

    licence, document, signed = (tmp_path / name for name in ("licence.ofd", "document.ofd", "signed.ofd"))
    document.write_bytes(sample_ofd())
    asked = ("licence", "issue", "--type", "business-licence", "--data", SAMPLE, "--as", "ofd", "--out", licence)
    sealed = ("sign", document, "--page", "1", "--at", "5,6", "--corner", "top-left", "--out", signed)
    assert run(*asked).code == "esign:seal:none-fits"
    number = registry.made(tmp_path / "made.esl")
    ran = run(*asked)
    assert ran.status == PASSED, ran.err
    ran = run(*sealed, "--esl", number)
    assert ran.status == PASSED, ran.err
    assert desk.run("verify", licence, *home, "--offline").status == PASSED
    judged = desk.run("verify", signed, *home, "--offline").out  # the sample says that it is a licence, and is none
    assert "ofd-seal-v4): TOTAL-PASSED" in judged
    assert "seal:status:in-force" in judged
    assert registry.told("suspend", number, "--reason", "misuse-suspected", by="checker")["standing"] == "suspended"
    signed.unlink()
    assert run(*sealed, "--esl", number).code == "esign:seal:not-in-force"
    run(*sealed).require_refusal("esign:seal:none-fits", MISSING)
    assert not signed.exists()


def test_the_trail_tells_of_no_stamp_where_the_seals_edition_has_no_place_for_one(
    registry: Registry, tmp_path: Path
) -> None:
    document, desk = tmp_path / "document.ofd", registry.desk
    document.write_bytes(sample_ofd())
    for edition, level in (("1", "b-b"), ("4", "b-t")):
        asked, seal = registry.approved(*ASKED, "--edition", edition), tmp_path / f"{edition}.esl"
        registry.told("make", asked, "--yes", "--out", seal, keys=True)
        words = ("sign", document, "--esl", seal, "--page", "1", "--at", "5,6", "--out", tmp_path / f"{edition}.ofd")
        ran = desk.run(*words, "--home", desk.home, "--passphrase-file", desk.passphrase)
        assert ran.status == PASSED, ran.err
        listed = desk.run("audit", "list", "--type", "esign:ofd:signed", "--home", desk.home, "--format", "json")
        assert listed.objects()[-1]["facts"]["level"] == level
