"""What is made is verified before anybody gets it, a countersignature too."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from tests.support.pki import PkiWorld
from trustkit.app.cosigning import MessageOrder, make_message
from trustkit.cms.cosign import SigningParty
from trustkit.cms.model import Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.cms.verify import verify_countersignature
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.crypto.public_key import PublicKey
    from trustkit.crypto.suites import SignatureSuite
    from trustkit.custody.port import Signer

CONTENT = b"minutes"


@dataclass(frozen=True)
class Faulty:
    """A signer whose module signs something else."""

    inner: Signer

    @property
    def suite(self) -> SignatureSuite:
        return self.inner.suite

    @property
    def public_key(self) -> PublicKey:
        return self.inner.public_key

    def sign(self, message: bytes, /) -> bytes:
        return self.inner.sign(message + b"!")


@pytest.mark.parametrize("dialect", Dialect)
def test_a_countersignature_is_verified_before_it_is_handed_out(dialect: Dialect) -> None:
    world = PkiWorld()
    author, witness = world.signer, world.issue("见证人")
    order = MessageOrder(content=CONTENT, dialect=dialect, attached=True)
    message = make_message(order, (SigningParty(signer=author.signer, certificate=author.certificate),))
    again = MessageOrder(content=CONTENT, dialect=dialect, attached=True, existing=message, countersign=0)
    party = SigningParty(signer=witness.signer, certificate=witness.certificate)
    for _ in range(2):  # the second beside the first
        made = make_message(again, (party,))
        found = verify_countersignature(parse_signed_message(made), 0, 0)
        assert found.certificate == witness.certificate
        again = MessageOrder(content=CONTENT, dialect=dialect, attached=True, existing=made, countersign=0)
    faulty = SigningParty(signer=Faulty(witness.signer), certificate=witness.certificate)
    with pytest.raises(TrustError) as caught:
        make_message(again, (faulty,))
    assert caught.value.code is ErrorCode.SIGNATURE_WRONG
