"""``trustkit sign --form seal-pdf`` at every level: what the seal itself needs to be judged later lies in the file, too."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple

import pytest

from esign.pdf.read import read_pdf
from esign.seal.model import SealPicture, SealVersion
from esign.seal.order import SealOrder
from esign.seal.sign import make_seal
from tests.support.electronic_seals import seal_png
from tests.support.people import FROM, UNTIL, Person, make_person
from tests.support.pki import PkiWorld
from tests.support.seal_office import open_office
from tests.support.stamping import listening, reply_to
from tests.unit.verifier.licences import page as plain_page
from trustkit.app.keys import KeyName
from trustkit.clock import SystemClock
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.timestamp.request import parse_request
from trustkit.timestamp.sign import make_token

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.pki import Member
    from tests.support.terminal import Terminal
    from trustkit.app.authority import Authority

CONFLICT = 73
JSON = ("--format", "json")
COMPLETE = ("b-lt", "b-lta")


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return plain_page(tmp_path_factory.mktemp("page"), name="notes.json")


@pytest.fixture
def contract(tmp_path: Path, page: bytes) -> Path:
    path = tmp_path / "contract.pdf"
    path.write_bytes(page)
    return path


@pytest.mark.parametrize("level", ["b-b", "b-t", *COMPLETE])
def test_the_authority_seals_at_every_level(
    terminal: Terminal, authority: Authority, contract: Path, secret: tuple[str, str], level: str
) -> None:
    """The seal is the registry's; what is complete passes for a stranger who has nothing but the root."""
    home = ("--home", authority.settings.home)
    open_office(authority).made()
    root = contract.with_name("root.cer")
    root.write_bytes(authority.certificate(KeyName.ROOT).der)
    ran = terminal.run("sign", contract, "--form", "seal-pdf", "--level", level, *home, *secret, *JSON)
    assert (ran.status, ran.objects()[0]["level"]) == (0, level)
    signed = contract.with_name("contract.signed.pdf")
    assert terminal.run("verify", signed, *home, "--offline").status == 0
    (verdict,) = terminal.run("verify", signed, "--trust", root, "--offline", *JSON).objects()
    assert verdict["signatures"][0]["form"] == "ses-v4"
    assert (verdict["indication"] == "TOTAL-PASSED") is (level in COMPLETE)
    maker = authority.certificate(KeyName.SEAL_MAKER).der
    assert (maker in read_pdf(signed.read_bytes()).embedded_evidence.certificates) is (level in COMPLETE)


class Trades(NamedTuple):
    """An official, a maker of seals elsewhere, who stamps the maker's seals, and who stamps signatures: four trees."""

    worlds: tuple[PkiWorld, ...]
    official: Person
    trust: Path
    evidence: Path
    seals: dict[SealVersion, Path]
    url: str

    def signing(self, version: SealVersion, secret: tuple[str, str]) -> tuple[str | Path, ...]:
        """Return the words by which the official signs with a seal."""
        return ("--esl", self.seals[version], *self.official.options, *secret, "--tsa", self.url)


@pytest.fixture
def trades(tmp_path: Path) -> Iterator[Trades]:
    worlds = tuple(PkiWorld(organisation=f"第{number}机构") for number in range(4))
    trust, evidence = tmp_path / "trust", tmp_path / "evidence"
    trust.mkdir()
    evidence.mkdir()
    for number, world in enumerate(worlds):
        (trust / f"{number}.cer").write_bytes(world.root.der)
        for each, der in enumerate((*_lists(world), world.issuing.der)):
            (evidence / f"{number}-{each}").write_bytes(der)
    official = make_person(worlds[0], tmp_path, "official")
    maker = worlds[1].issue("制章人", purposes=("sealMaking",), not_before=FROM, not_after=UNTIL)
    units = [_unit(world) for world in worlds[2:]]
    seals = {version: tmp_path / f"{version.name}.esl" for version in (SealVersion.V4, SealVersion.V5)}
    for version, path in seals.items():
        path.write_bytes(_seal(official, maker, units[0], version))
    bent = {"signer": units[1].signer, "certificate": units[1].certificate}
    with listening(lambda body: reply_to(worlds[3], parse_request(body), **bent)) as url:
        yield Trades(worlds, official, trust, evidence, seals, url)


def _seal(official: Person, maker: Member, unit: Member, version: SealVersion) -> bytes:
    now = SystemClock().now().replace(microsecond=0) - timedelta(hours=1)
    order = SealOrder(
        identifier="11010000000001",
        name="示例市政务服务管理局",
        users=(official.member.certificate,),
        created_at=now,
        valid_from=now,
        valid_until=now + timedelta(days=365),
        picture=SealPicture(type="PNG", data=seal_png(), width=30, height=30),
        version=version,
    )

    def stamp(value: bytes) -> bytes:
        return make_token(
            imprint=digest(DigestAlgorithm.SM3, value),
            imprint_algorithm=DigestAlgorithm.SM3,
            serial=1,
            gen_time=now + timedelta(minutes=1),
            policy="1.2.3.4",
            signer=unit.signer,
            certificate=unit.certificate,
        )

    stamping = stamp if version is SealVersion.V5 else None
    return make_seal(order, signer=maker.signer, certificate=maker.certificate, stamp=stamping)


def _unit(world: PkiWorld) -> Member:
    purposes = ("timeStamping",)
    return world.issue("tsa", usage=("digitalSignature",), purposes=purposes, not_before=FROM, not_after=UNTIL)


def _lists(world: PkiWorld) -> tuple[bytes, ...]:
    since = SystemClock().now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
    return tuple(
        world.crl(issuer=each, revoked={}, this_update=since, next_update=since + timedelta(days=1)).der
        for each in (world.root, world.issuing)
    )


@pytest.mark.parametrize("case", [(SealVersion.V4, "b-lt"), (SealVersion.V5, "b-lt"), (SealVersion.V5, "b-lta")])
def test_a_file_carries_what_the_seal_of_another_maker_needs(
    terminal: Terminal, trades: Trades, contract: Path, secret: tuple[str, str], case: tuple[SealVersion, str]
) -> None:
    version, level = case
    own = trades.signing(version, secret)
    ran = terminal.run("sign", contract, "--level", level, *own, "--trust", trades.trust, "--evidence", trades.evidence)
    assert ran.status == 0, ran.err
    signed = contract.with_name("contract.signed.pdf")
    (verdict,) = terminal.run("verify", signed, "--trust", trades.trust, "--offline", *JSON).objects()
    assert verdict["indication"] == "TOTAL-PASSED"
    inside = read_pdf(signed.read_bytes()).embedded_evidence.certificates
    assert trades.worlds[1].issuing.der in inside
    assert (trades.worlds[2].issuing.der in inside) is (version is SealVersion.V5)
    (told,) = terminal.run("renew", signed, "--dry-run", "--trust", trades.trust, "--offline", *JSON).objects()
    assert told["prospect"]["because"][0]["kind"] != "not-inside"


def test_what_the_file_would_not_carry_is_refused(
    terminal: Terminal, trades: Trades, contract: Path, secret: tuple[str, str]
) -> None:
    """No list tells of the maker's certificate: whoever verifies later would have to go and look for one."""
    for path in trades.evidence.glob("1-*"):
        path.unlink()
    own = trades.signing(SealVersion.V4, secret)
    words = ("--trust", trades.trust, "--evidence", trades.evidence)
    ran = terminal.run("sign", contract, "--level", "b-lt", *own, *words)
    ran.require_refusal("esign:pdf:evidence", CONFLICT)
    assert not contract.with_name("contract.signed.pdf").exists()
    assert terminal.run("sign", contract, "--level", "b-t", *own, *words).status == 0
