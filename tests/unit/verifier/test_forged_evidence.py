"""A message that carries forged lists and answers about its revoked signer, judged with what the verifier has from elsewhere."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import TYPE_CHECKING, Final

import pytest

from tests.support.ocsp import answer
from tests.support.pki import Member, PkiWorld
from tests.unit.verifier.licences import NOW, Desk, told
from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.encoding import der_write as w
from trustkit.errors import ErrorCode, TrustError
from trustkit.verdict import Indication, SubIndication
from trustkit.x509 import extensions as ext
from trustkit.x509.crl_extensions import delta_crl_indicator
from trustkit.x509.ocsp_response import CertStatus
from trustkit.x509.path_revocation import MAX_PATH_ANSWERS, MAX_PATH_LISTS
from trustkit.x509.reason import RevocationReason
from verifier.policy import Need, ValidationPolicy

if TYPE_CHECKING:
    from trustkit.verdict import Verdict
    from verifier.evidence import Publications

OCSP: Final = "http://ocsp.example.test/v1"
LIST: Final = "http://crl.example.test/1.crl"
ANSWER_FORM: Final = w.oid("1.3.6.1.5.5.7.16.2")


@pytest.fixture(scope="module")
def world() -> PkiWorld:
    return PkiWorld()


@pytest.fixture(scope="module")
def by_answer(world: PkiWorld) -> Member:
    return _signer(world, ext.authority_information(ocsp_urls=(OCSP,)))


@pytest.fixture(scope="module")
def by_list(world: PkiWorld) -> Member:
    return _signer(world, ext.crl_distribution_points((LIST,)))


def _signer(world: PkiWorld, extension: bytes) -> Member:
    key = ext.authority_key_identifier(world.issuing.signer.public_key.identifier)
    return world.issue("伪证", exact_extensions=(key, ext.key_usage(("digitalSignature",)), extension))


def _answer(world: PkiWorld, member: Member, *, minutes: int, by: Member, status: CertStatus) -> bytes:
    moment = PkiWorld.START - timedelta(minutes=minutes)
    return answer(world, member, by=by, by_name=True, status=status, this_update=moment, certificates=())


def _forged(world: PkiWorld, member: Member) -> tuple[bytes, ...]:
    """As many answers as one path has signatures for, and lists likewise."""
    forger = Member(world.issuing.certificate, world.tsa.signer)
    answers = (
        _answer(world, member, minutes=n, by=forger, status=CertStatus.GOOD) for n in range(MAX_PATH_ANSWERS + 1)
    )
    lists = (
        world.crl(signer=world.tsa.signer, number=n + 9, this_update=PkiWorld.START - timedelta(minutes=n), revoked={})
        for n in range(MAX_PATH_LISTS + 1)
    )
    return (*(w.tlv(0xA1, ANSWER_FORM + each) for each in answers), *(each.der for each in lists))


def _message(world: PkiWorld, member: Member, *crls: bytes) -> bytes:
    return sign_message(
        content=b"text",
        signer=member.signer,
        certificate=member.certificate,
        chain=(world.issuing.certificate,),
        dialect=Dialect.RFC5652,
        detached=False,
        attributes=SignedAttributes(signing_time=NOW),
        crls=(*crls, world.crl(issuer=world.root).der),
    )


class _Network:
    """Answers by address; nobody is there for others."""

    def __init__(self) -> None:
        self.there: dict[str, bytes] = {}

    def fetch(self, uri: str) -> bytes:
        if uri not in self.there:
            raise TrustError(ErrorCode.EVIDENCE_UNREACHABLE, "no answer")
        return self.there[uri]

    def post(self, uri: str, body: bytes, *, media_type: str) -> bytes:
        del body, media_type
        return self.fetch(uri)

    def nonce(self, question: str) -> bytes:
        return question.encode()[:32]


def _home(*crls: bytes) -> Publications:
    return SimpleNamespace(certificates=lambda: (), crls=lambda: crls, status_token=lambda _: None)


@pytest.mark.parametrize("need", [Need.REQUIRED, Need.WHEN_AVAILABLE])
@pytest.mark.parametrize("fresh_list", [False, True])
def test_a_heap_of_forgeries_hides_no_answer(
    world: PkiWorld, by_answer: Member, need: Need, *, fresh_list: bool
) -> None:
    old = (world.crl(revoked={}).der,) if fresh_list else ()  # true and fresh, of before the revocation
    true = _answer(world, by_answer, minutes=90, by=world.issuing, status=CertStatus.REVOKED)
    message = _message(world, by_answer, *_forged(world, by_answer), *old)
    policy = ValidationPolicy(revocation=need)
    network = _Network()
    network.there[OCSP] = true
    desk = Desk(world, lists=False, policy=policy, fetcher=network)
    handed_in = Desk(world, lists=False, policy=policy)
    inside = _message(world, by_answer, *_forged(world, by_answer), w.tlv(0xA1, ANSWER_FORM + true), *old)
    for verdict in (desk.verify(message), handed_in.verify(message, true)):
        assert told(verdict) == (Indication.INDETERMINATE, SubIndication.REVOKED_NO_POE)
    for octets in (message, inside):
        verdict = handed_in.verify(octets)
        assert told(verdict)[0] is Indication.INDETERMINATE
        assert "more evidence" in _words(verdict)


@pytest.mark.parametrize("need", [Need.REQUIRED, Need.WHEN_AVAILABLE])
def test_a_heap_of_forgeries_hides_no_list(world: PkiWorld, by_list: Member, need: Need) -> None:
    true = world.crl(revoked={by_list: RevocationReason.SUPERSEDED}, this_update=PkiWorld.START - timedelta(hours=3))
    good = _answer(world, by_list, minutes=300, by=world.issuing, status=CertStatus.GOOD)
    message = _message(world, by_list, *_forged(world, by_list), w.tlv(0xA1, ANSWER_FORM + good))
    policy = ValidationPolicy(revocation=need)
    network = _Network()
    network.there[LIST] = true.der
    own = Desk(world, lists=False, policy=policy)
    for verdict in (
        own.verify(message, true.der),
        Desk(world, lists=False, policy=policy, publications=_home(true.der)).verify(message),
    ):
        assert told(verdict) == (Indication.INDETERMINATE, SubIndication.REVOKED_NO_POE)
    verdict = own.verify(_message(world, by_list, *_forged(world, by_list), true.der))
    assert told(verdict)[0] is Indication.INDETERMINATE
    assert "more evidence" in _words(verdict)
    fetched = Desk(world, lists=False, policy=policy, fetcher=network).verify(
        _message(world, by_list, *_forged(world, by_list))
    )
    assert told(fetched) == (
        Indication.INDETERMINATE,
        SubIndication.REVOKED_NO_POE,
    )  # forged ones that look fresh do not keep us from asking


@pytest.mark.parametrize("heap", ["that fits no list", "that makes an old list new"])
def test_forged_deltas_hide_no_hold(world: PkiWorld, heap: str) -> None:
    """The hold is told by our own newest list, or by our own delta; the message carries what pushes that out."""
    hold, minute = {world.signer: RevocationReason.CERTIFICATE_HOLD}, timedelta(minutes=1)

    def delta(number: int, *, base: int = 1, at: int = 0, **how: object) -> bytes:
        moment, base_is = PkiWorld.START - at * minute, delta_crl_indicator(base)
        return world.crl(revoked={}, number=number, this_update=moment, more_extensions=(base_is,), **how).der  # type: ignore[arg-type]

    old = world.crl(revoked={}, this_update=PkiWorld.START - timedelta(days=5)).der
    if heap == "that fits no list":
        held = world.crl(
            revoked=hold, number=2, this_update=PkiWorld.START - 90 * minute, more_extensions=(delta_crl_indicator(1),)
        )
        own, brought = [old, held.der], [delta(900 + n, base=900, at=n, signer=world.tsa.signer) for n in range(64)]
    else:
        own = [world.crl(revoked=hold, number=5, this_update=PkiWorld.START - 90 * minute).der]
        brought = [old, delta(2, signer=world.tsa.signer)]
    desk = Desk(world, lists=False)
    for crls in ((), brought):
        verdict = desk.verify(_message(world, world.signer, *crls), *own)
        assert told(verdict) == (Indication.INDETERMINATE, SubIndication.TRY_LATER)
    assert told(desk.verify(_message(world, world.signer), old)) == (Indication.TOTAL_PASSED, None)


def _words(verdict: Verdict) -> str:
    return " ".join(check.detail for each in verdict.signatures for check in each.checks)
