"""Others' opinion of the PDF signatures we write: pyHanko, poppler, BouncyCastle, a checker of PDF/A; and of tampered copies."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from esign.pdf.model import CertificationLevel, FieldLock, LockAction
from esign.pdf.read import read_pdf
from esign.pdf.request import PdfForm
from tests.support.pdfa import pdfa_failures
from tests.support.pki import PkiWorld
from tests.support.signed_forms import PLAIN
from tests.support.signed_pdf import sample_page, sign_sample
from trustkit.crypto.public_key import KeyKind
from trustkit.crypto.suites import SignatureSuite
from trustkit.custody.private_key import generate_key

if TYPE_CHECKING:
    from tests.support.bouncycastle import Peer

pytestmark = pytest.mark.interop

JUDGE = Path(__file__).parent / "pyhanko" / "judge.py"
B_B = PLAIN
B_T = {name: value for name, value in PLAIN.items() if name != "timestamp"}
B_LT = {name: value for name, value in B_T.items() if name not in {"evidence_certificates", "crls"}}
LEVELS = {"b-b": B_B, "b-t": B_T, "b-lt": B_LT}
KINDS = (KeyKind.SM2, KeyKind.RSA, KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.ED25519, KeyKind.ML_DSA_65)


@cache
def world(kind: KeyKind) -> PkiWorld:
    return PkiWorld(kind=kind)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sample_page(tmp_path_factory.mktemp("page"))


def judged(octets: bytes, own: PkiWorld, folder: Path) -> list[dict[str, object]]:
    """Return what pyHanko says of a file an hour after it was signed."""
    (folder / "file.pdf").write_bytes(octets)
    (folder / "root.cer").write_bytes(own.root.der)
    lists = (folder / "issuing.crl", folder / "root.crl")
    for path, issuer in zip(lists, (own.issuing, own.root), strict=True):
        path.write_bytes(own.crl(issuer=issuer).der)
    moment = (own.clock.now() + timedelta(hours=1)).isoformat()
    command = [sys.executable, JUDGE, folder / "file.pdf", folder / "root.cer", moment, *lists]
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.value)
def test_pyhanko_passes_every_suite_at_every_level(kind: KeyKind, level: str, page: bytes, tmp_path: Path) -> None:
    own = world(kind)
    (told,) = judged(sign_sample(own, page, **LEVELS[level]), own, tmp_path)
    assert told == {
        "bottom_line": True,
        "intact": True,
        "valid": True,
        "trusted": True,
        "whole": "ENTIRE_FILE",
        "stamp": None if level == "b-b" else True,
    }


def test_pyhanko_passes_rsa_by_pss(page: bytes, tmp_path: Path) -> None:
    own = world(KeyKind.RSA)
    signer = generate_key(KeyKind.RSA).signer(SignatureSuite.RSA_PSS_SHA256)
    member = own.issue("pss", signer=signer)
    (told,) = judged(sign_sample(own, page, signer=signer, certificate=member.certificate, **B_T), own, tmp_path)
    assert (told["bottom_line"], told["stamp"]) == (True, True)


def test_pyhanko_passes_certification_locks_and_several_signers(page: bytes, tmp_path: Path) -> None:
    own = world(KeyKind.EC_P256)
    certified = sign_sample(own, page, **{**B_B, "certification": CertificationLevel.FORM_FILLING})
    lock = FieldLock(action=LockAction.ALL)
    both = sign_sample(own, sign_sample(own, certified, **B_T), **B_T, lock=lock)
    told = judged(both, own, tmp_path)
    assert [each["bottom_line"] for each in told] == [True, True, True]


@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.EC_P256], ids=lambda kind: kind.value)
def test_pyhanko_refuses_what_was_changed(kind: KeyKind, page: bytes, tmp_path: Path) -> None:
    own = world(kind)
    signed = sign_sample(own, page, reason="yes", **B_B)
    (told,) = judged(signed.replace(b"(yes)", b"(no!)"), own, tmp_path)
    assert (told["bottom_line"], told["intact"]) == (False, False)


def test_poppler_calls_rsa_valid(page: bytes, tmp_path: Path) -> None:
    if shutil.which("pdfsig") is None:
        pytest.skip("pdfsig is not installed; make interop installs it")
    path = tmp_path / "file.pdf"
    own = world(KeyKind.RSA)
    path.write_bytes(sign_sample(own, sign_sample(own, page, **B_T), **B_T))
    seen = subprocess.run(
        ["pdfsig", "-nocert", path], capture_output=True, text=True, timeout=60, check=False
    ).stdout  # fmt: skip
    assert seen.count("Signature is Valid") == 2, seen
    assert seen.count("ETSI.CAdES.detached") == 2


@pytest.mark.parametrize("form", [PdfForm.PADES, PdfForm.GBT35275])  # a seal signature holds no message
@pytest.mark.parametrize(
    "kind", [KeyKind.SM2, KeyKind.EC_P256, KeyKind.EC_P384, KeyKind.RSA], ids=lambda kind: kind.value
)
def test_bouncycastle_passes_the_message_inside(peer: Peer, page: bytes, kind: KeyKind, form: PdfForm) -> None:
    if form is PdfForm.GBT35275 and kind is not KeyKind.SM2:
        pytest.skip("GB/T 35275 signs with SM2")
    signed = sign_sample(world(kind), page, form=form, **B_T)
    (signature,) = read_pdf(signed).signatures
    _, start, end, rest = signature.byte_range
    covered = signed[:start] + signed[end : end + rest]
    message = peer.file(signature.contents)
    assert peer.ask("cms", message, peer.file(covered)).startswith("OK ")
    assert peer.ask("cms", message, peer.file(covered + b"!")).startswith("REFUSED ")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("kind", [KeyKind.SM2, KeyKind.ML_DSA_65], ids=lambda kind: kind.value)
def test_what_was_pdf_a_stays_so(kind: KeyKind, level: str, page: bytes, tmp_path: Path) -> None:
    path = tmp_path / "signed.pdf"
    own = world(kind)
    path.write_bytes(sign_sample(own, page, **LEVELS[level]))
    assert pdfa_failures(path) == []
