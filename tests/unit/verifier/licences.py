"""Licence PDFs of the PKI world with metadata of one's choice, and the status lists that go with them."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import typst

from esign.licence.identifier import compose_identifier
from esign.status.sign import build_status_token
from tests.support.pki import PkiWorld
from trustkit.app.page_views import DrawnViews
from trustkit.clock import FixedClock
from verifier.policy import ValidationPolicy
from verifier.service import VerificationService
from verifier.submission import Submission

if TYPE_CHECKING:
    from pathlib import Path

    from esign.credential.binding import BindingDemand
    from tests.support.pki import Member
    from trustkit.verdict import Check, CheckId, Indication, SubIndication, Verdict
    from trustkit.x509.trust_store import TrustStore
    from verifier.evidence import Publications
    from verifier.fetch import Fetcher
    from verifier.type_evidence import KnownTypes

URI = "https://status.example/lists/1"
INDEX = 5
NOW = PkiWorld.START + timedelta(hours=1)
IDENTIFIER = compose_identifier(
    type_code="11100000MB0143028R001", issuer="1199010000TRYQK01Q", serial="2026000001", version=1
).text


def metadata(**changes: object) -> bytes:
    """Return licence.json; a change of None leaves the key out."""
    values: dict[str, object] = {
        "ZZMC": "营业执照",
        "ZZLXDM": "11100000MB0143028R001",
        "ZZBS": IDENTIFIER,
        "status": {"status_list": {"uri": URI, "idx": INDEX}},
        **changes,
    }
    return json.dumps({key: value for key, value in values.items() if value is not None}).encode()


def page(folder: Path, *attachments: bytes, name: str = "licence.json") -> bytes:
    """Return a PDF/A-3 page that carries the attachments, the second and later under further names in the file system."""
    lines = ['#set document(title: "Sample")', "= Sample licence"]
    for number, octets in enumerate(attachments):
        (folder / f"{number}.json").write_bytes(octets)
        lines.append(
            f'#pdf.attach("{name if number == 0 else f"{number}-{name}"}", read("{number}.json", encoding: none), '
            'mime-type: "application/json", relationship: "data", description: "metadata")'
        )
    source = folder / "page.typ"
    source.write_text("\n".join(lines), encoding="utf-8")
    result = typst.compile(str(source), format="pdf", pdf_standards=["a-3b"], timestamp=1_760_000_000)
    assert isinstance(result, bytes)
    return result


def status_token(
    world: PkiWorld,
    *,
    status: int = 0,
    uri: str = URI,
    member: Member | None = None,
    issued_at: datetime = PkiWorld.START,
    lasting: timedelta = timedelta(days=7),
    entries: int = 64,
) -> bytes:
    """Return a token whose entry INDEX is `status`: 0 valid, 1 revoked, 2 suspended."""
    publisher = member or world.signer
    values = [0] * entries
    if entries > INDEX:
        values[INDEX] = status
    return build_status_token(
        entries=values,
        uri=uri,
        issued_at=issued_at,
        expires_at=issued_at + lasting,
        ttl=timedelta(minutes=5),
        signer=publisher.signer,
        chain=(publisher.certificate, world.issuing.certificate),
    ).encode()


@dataclass
class Desk:
    """A verification service of the world with both authorities' lists at hand; the default judges at NOW."""

    world: PkiWorld
    anchors: TrustStore | None = None
    policy: ValidationPolicy = field(default_factory=ValidationPolicy)
    at: datetime = NOW
    publications: Publications | None = None
    fetcher: Fetcher | None = None
    lists: bool = True
    demand: BindingDemand | None = None
    types: KnownTypes | None = None
    sits: bool = True  # whether a sitting is held beside it, which takes as long twice more

    def verify(self, data: bytes, *evidence: bytes, content: bytes | None = None) -> Verdict:
        own = (self.world.crl().der, self.world.crl(issuer=self.world.root).der) if self.lists else ()
        service = VerificationService(
            anchors=self.anchors or self.world.anchors,
            policy=self.policy,
            publications=self.publications,
            fetcher=self.fetcher,
            clock=FixedClock(self.at),
            views=DrawnViews(),
            types=self.types,
        )
        submission = Submission(name="x", data=data, content=content, evidence=(*evidence, *own), demand=self.demand)
        verdict = service.verify(submission)
        if self.sits and self.fetcher is None:  # who is asked, and how often, is looked at elsewhere
            sitting = service.sitting()
            assert sitting.verify(submission) == verdict == sitting.verify(submission)
        return verdict


def told(verdict: Verdict) -> tuple[Indication, SubIndication | None]:
    return verdict.conclusion.indication, verdict.conclusion.sub_indication


def found(verdict: Verdict, check: CheckId) -> Check:
    """Return the first check of that id, file-wide ones first."""
    checks = [*verdict.checks, *(each for signature in verdict.signatures for each in signature.checks)]
    return next(each for each in checks if each.id is check)


class Asked:
    """A fetcher that notes what it is asked for."""

    def __init__(self) -> None:
        self.urls: list[str] = []

    def fetch(self, url: str) -> bytes:
        self.urls.append(url)
        return b""

    def post(self, url: str, body: bytes, content_type: str) -> bytes:
        raise AssertionError(url, body, content_type)
