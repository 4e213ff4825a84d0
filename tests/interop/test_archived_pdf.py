"""pyHanko's opinion of archive time stamps we write, most of a year later and with nothing but the lists of that day."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import ClassVar

import pytest

from esign.pdf.archive import ArchiveOrder, add_archive_stamp
from tests.support.pki import Member, PkiWorld
from tests.support.signed_pdf import sample_page, sign_sample
from trustkit.clock import SystemClock
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind
from trustkit.timestamp.sign import make_token

pytestmark = pytest.mark.interop

JUDGE = Path(__file__).parent / "pyhanko" / "judge_archive.py"
KINDS = (KeyKind.SM2, KeyKind.RSA, KeyKind.EC_P256, KeyKind.ML_DSA_65)
DAY = timedelta(days=1)
# pyHanko takes the real time for when it first saw something, so that the day it judges on is today
LATE = SystemClock().now().replace(microsecond=0)
START = LATE - 300 * DAY
RENEWED = START + 50 * DAY


class Aging(PkiWorld):
    """A world as of some months ago, with a second time-stamp authority."""

    START: ClassVar[datetime] = START

    def __init__(self, kind: KeyKind) -> None:
        super().__init__(kind=kind)
        usage, purposes = ("digitalSignature",), ("timeStamping",)
        self.keeper = self.issue("时间戳乙", usage=usage, purposes=purposes)
        sm3 = self.tsa.signer.suite.digest is DigestAlgorithm.SM3
        self.digest = DigestAlgorithm.SM3 if sm3 else DigestAlgorithm.SHA256

    def token(self, imprint: bytes, by: Member, at: datetime) -> bytes:
        return make_token(
            imprint=imprint,
            imprint_algorithm=self.digest,
            serial=1,
            gen_time=at,
            policy="1.2.3.4",
            signer=by.signer,
            certificate=by.certificate,
        )

    def lists(self, at: datetime) -> tuple[bytes, ...]:
        return tuple(
            self.crl(issuer=each, revoked={}, this_update=at, next_update=at + 7 * DAY).der
            for each in (self.issuing, self.root)
        )

    def signed(self, plain: bytes) -> bytes:
        """Return the page at B-LT."""
        return sign_sample(
            self,
            plain,
            evidence_certificates=(self.root.der, self.issuing.der, self.tsa.der),
            crls=self.lists(START - DAY),
            timestamp=lambda value: self.token(digest(self.digest, value), self.tsa, START),
        )

    def kept(self, octets: bytes, at: datetime) -> bytes:
        """Return the file with the lists of a day under an archive time stamp of the next."""
        order = ArchiveOrder(
            pdf=octets,
            digest_algorithm=self.digest,
            stamp=lambda imprint, _: self.token(imprint, self.keeper, at + DAY),
            certificates=(self.keeper.der,),
            crls=self.lists(at),
        )
        return add_archive_stamp(order)


@cache
def world(kind: KeyKind) -> Aging:
    return Aging(kind)


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return sample_page(tmp_path_factory.mktemp("page"))


def judged(octets: bytes, own: Aging, folder: Path, at: datetime) -> list[dict[str, object]]:
    (folder / "file.pdf").write_bytes(octets)
    (folder / "root.cer").write_bytes(own.root.der)
    names = ("issuing.crl", "root.crl")
    for name, octets_ in zip(names, own.lists(at - DAY), strict=True):
        (folder / name).write_bytes(octets_)
    command = [sys.executable, JUDGE, folder / "file.pdf", folder / "root.cer", at.isoformat()]
    command += [folder / name for name in names]
    done = subprocess.run([str(each) for each in command], capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
    return list(json.loads(done.stdout))


@pytest.mark.parametrize("kind", KINDS)
def test_it_passes_with_one_and_with_two(page: bytes, tmp_path: Path, kind: KeyKind) -> None:
    own = world(kind)
    kept = own.kept(own.signed(page), RENEWED)
    (told,) = judged(kept, own, tmp_path, LATE)
    assert (told["indication"], told["stamps"]) == ("PASSED", 1), told
    twice = own.kept(kept, RENEWED + 30 * DAY)
    (told,) = judged(twice, own, tmp_path, LATE)
    assert (told["indication"], told["stamps"]) == ("PASSED", 2), told


@pytest.mark.parametrize("kind", KINDS)
def test_without_an_archive_stamp_there_is_nothing_to_go_by(page: bytes, tmp_path: Path, kind: KeyKind) -> None:
    own = world(kind)
    (told,) = judged(own.signed(page), own, tmp_path, LATE)
    assert told["indication"] != "PASSED"


@pytest.mark.parametrize("kind", KINDS)
def test_neither_does_one_that_was_changed(page: bytes, tmp_path: Path, kind: KeyKind) -> None:
    own = world(kind)
    kept = own.kept(own.signed(page), RENEWED)
    bent = kept.replace(b"A sample authority", b"B sample authority", 1)
    assert bent != kept
    (told,) = judged(bent, own, tmp_path, LATE)
    assert told["indication"] != "PASSED"
