"""Certificates of authorities that ended: they count only with proof that they are older (EN 319 102-1 5.6.2.2)."""

from __future__ import annotations

from datetime import datetime, timedelta
from functools import cached_property, partial
from typing import TYPE_CHECKING, Final

import pytest

from esign.pdf.dss import write_evidence
from tests.support.pki import CA_USAGE, PkiWorld
from tests.support.signed_pdf import add_document_stamp, sign_sample, update
from tests.unit.verifier.licences import Desk, found, page, told
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import ErrorCode
from trustkit.timestamp.sign import make_token
from trustkit.verdict import CheckId, CheckStatus, Indication, SubIndication
from trustkit.x509.reason import RevocationReason
from verifier.policy import Need, ValidationPolicy

if TYPE_CHECKING:
    from tests.support.pki import Member

PASSED, FAILED, OPEN = Indication.TOTAL_PASSED, Indication.TOTAL_FAILED, Indication.INDETERMINATE
START, DAY = PkiWorld.START, timedelta(days=1)
STAMPED, ENDED, PRESENT = START + 10 * DAY, START + 20 * DAY, START + 30 * DAY
STOLEN, CEASED = RevocationReason.CA_COMPROMISE, RevocationReason.CESSATION_OF_OPERATION
NO_POE: Final = (OPEN, SubIndication.NO_POE)
WELL: Final = (PASSED, None)


class Levels(PkiWorld):
    """root > upper > lower > signer; time stamps come from under another authority, which goes on."""

    @cached_property
    def upper(self) -> Member:
        return self.issue("上级CA", issuer=self.root, ca=True, usage=CA_USAGE)

    @cached_property
    def ending(self) -> Member:
        return self.issue("到期上级CA", issuer=self.root, ca=True, usage=CA_USAGE, not_after=ENDED)

    @cached_property
    def chains(self) -> dict[str, tuple[Member, Member, Member]]:
        """By the name of what happens: upper, lower, signer."""
        found: dict[str, tuple[Member, Member, Member]] = {}
        for name, upper in (("goes on", self.upper), ("expires", self.ending)):
            lower = self.issue(f"下级CA {name}", issuer=upper, ca=True, usage=CA_USAGE)
            found[name] = (upper, lower, self.issue("签名人", issuer=lower))
        return found

    def list_of(self, issuer: Member, at: datetime = START) -> bytes:
        return self.crl(issuer=issuer, revoked={}, this_update=at - DAY, next_update=at + 7 * DAY).der

    def told_later(self, who: Member | None, reason: RevocationReason, suspected: datetime | None) -> bytes:
        """Return the root's list of the present."""
        return self.crl(
            issuer=self.root,
            revoked={} if who is None else {who: reason},
            revoked_at=ENDED,
            suspected=suspected,
            this_update=PRESENT - DAY,
            next_update=PRESENT + DAY,
        ).der

    def stamp(self, value: bytes, *, at: datetime = START) -> bytes:
        return make_token(
            imprint=digest(DigestAlgorithm.SM3, value),
            imprint_algorithm=DigestAlgorithm.SM3,
            serial=1,
            gen_time=at,
            policy="1.2.3.4",
            signer=self.tsa.signer,
            certificate=self.tsa.certificate,
            chain=(self.issuing.certificate,),
        )


@pytest.fixture(scope="module")
def world() -> Levels:
    return Levels()


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return page(tmp_path_factory.mktemp("plain"), name="notes.json")


def made(world: Levels, plain: bytes, *, branch: str, keeping: str, signed_at: datetime = START) -> bytes:
    """Return a file stamped at its signing and on STAMPED, which keeps the lower authority's certificate somewhere."""
    upper, lower, signer = world.chains[branch]
    octets = sign_sample(
        world,
        plain,
        signer=signer.signer,
        certificate=signer.certificate,
        chain=(lower.certificate,) if keeping == "in the signature" else (),
        evidence_certificates=(upper.der, world.issuing.der),
        crls=(world.list_of(lower, signed_at), world.list_of(upper, signed_at), world.list_of(world.root, signed_at)),
        timestamp=partial(world.stamp, at=signed_at),
        signing_time=signed_at,
    )

    def keep(octets: bytes) -> bytes:
        return update(octets, lambda writer: write_evidence(writer, (lower.der,), ()), metadata=False)

    if keeping == "under the stamp":
        octets = keep(octets)
    octets = add_document_stamp(world, octets, name="A1", by=world.tsa, at=max(STAMPED, signed_at))
    if keeping in {"after the stamp", "under a late stamp"}:
        octets = keep(octets)
    if keeping == "under a late stamp":
        octets = add_document_stamp(world, octets, name="A2", by=world.tsa, at=ENDED + DAY)
    return octets


PROVED = ("in the signature", "under the stamp")
UNPROVED = ("after the stamp", "under a late stamp", "handed in")
ENDS: dict[str, tuple[str, RevocationReason | None, datetime | None]] = {
    "goes on": ("goes on", None, None),
    "expires": ("expires", None, None),
    "stolen": ("goes on", STOLEN, None),
    "ceases": ("goes on", CEASED, None),
    "stolen, suspected after the stamp": ("goes on", STOLEN, STAMPED + DAY),
    "ceases, a suspicion does not reach back": ("goes on", CEASED, STAMPED - DAY),
}
CASES = {
    **{(end, keeping): WELL for end in ENDS for keeping in PROVED},
    **{(end, keeping): NO_POE for end in ENDS for keeping in UNPROVED},
    **{("goes on", keeping): WELL for keeping in UNPROVED},
}


def verdict_of(
    world: Levels, octets: bytes, end: str, *, policy: ValidationPolicy | None = None
) -> tuple[Indication, SubIndication | None]:
    branch, reason, suspected = ENDS[end]
    upper, lower, _ = world.chains[branch]
    later = world.told_later(None if reason is None else upper, reason or CEASED, suspected)
    desk = Desk(world, at=PRESENT, lists=False, policy=policy or ValidationPolicy())
    verdict = desk.verify(octets, lower.der, later, world.list_of(world.issuing, PRESENT))
    if told(verdict) == NO_POE:
        check = found(verdict, CheckId.CERTIFICATE_SIGNATURE)
        assert (check.status, check.code) == (CheckStatus.UNKNOWN, ErrorCode.CERTIFICATE_UNPROVED)
    return told(verdict)


@pytest.mark.parametrize(("end", "keeping"), CASES, ids=": ".join)
def test_a_certificate_of_an_authority_that_ended(world: Levels, plain: bytes, end: str, keeping: str) -> None:
    octets = made(world, plain, branch=ENDS[end][0], keeping=keeping)
    assert verdict_of(world, octets, end) == CASES[end, keeping]
    lenient = ValidationPolicy(
        revocation=Need.WHEN_AVAILABLE
    )  # of lists and answers; a forged certificate is another matter
    assert verdict_of(world, octets, end, policy=lenient) == CASES[end, keeping]


def test_what_was_signed_after_the_end_fails(world: Levels, plain: bytes) -> None:
    octets = made(world, plain, branch="goes on", keeping="in the signature", signed_at=ENDED + DAY)
    assert verdict_of(world, octets, "stolen") == (FAILED, SubIndication.REVOKED)


def test_a_compromise_suspected_before_signing_fails(world: Levels, plain: bytes) -> None:
    octets = made(world, plain, branch="goes on", keeping="in the signature")
    upper, _, _ = world.chains["goes on"]
    later = world.told_later(upper, STOLEN, START - DAY)
    desk = Desk(world, at=PRESENT, lists=False)
    assert told(desk.verify(octets, later, world.list_of(world.issuing, PRESENT))) == (FAILED, SubIndication.REVOKED)
