"""Messages over HTTP: bags of certificates, envelopes, and signatures inside what somebody opened."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Final

from tests.support.pki import PkiWorld
from tests.support.web import Visitor
from trustkit.app.wiring import open_authority
from trustkit.cms.bag import write_bag
from trustkit.cms.cosign import SigningParty
from trustkit.cms.encrypt import encrypt_message
from trustkit.cms.model import Dialect
from trustkit.cms.sign_encrypt import sign_and_encrypt

if TYPE_CHECKING:
    from tests.support.authority import Issued

VERIFY: Final = "/v1/verify"


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def test_bags_and_envelopes_are_told_and_never_passed(issued: Issued) -> None:
    """A bag of certificates is evidence for others and nothing by itself; an envelope says who can open it, no more."""
    with open_authority(issued.home) as authority:
        _ask(Visitor.of(authority), PkiWorld())


def _ask(visitor: Visitor, world: PkiWorld) -> None:
    party = SigningParty(signer=world.signer.signer, certificate=world.signer.certificate)
    bag = write_bag((world.issuing.certificate,), crls=(world.crl().der,))
    envelope = encrypt_message(b"letter", (world.encryption.certificate,), dialect=Dialect.GBT35275)
    both = sign_and_encrypt(b"letter", (party,), recipients=(world.encryption.certificate,))
    for data, told in ((bag, "NOT_SIGNED"), (envelope, "NOT_SIGNED"), (both, "SIGNED_DATA_NOT_FOUND")):
        verdict = visitor.post(VERIFY, json={"data": _text(data)}).json()
        assert (verdict["format"], verdict["indication"], verdict["sub_indication"]) == ("cms", "INDETERMINATE", told)
    asked = {"data": _text(both), "content": _text(b"letter"), "evidence": [_text(bag)], "at": "2026-12-01T01:00:00Z"}
    (signature,) = visitor.post(VERIFY, json=asked).json()["signatures"]
    assert world.signer.certificate.common_name in signature["signer"]
    assert signature["sub_indication"] == "NO_CERTIFICATE_CHAIN_FOUND"  # known, and not trusted here
