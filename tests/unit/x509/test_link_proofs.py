"""What searches of one verification know of each other's work, and where it ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.pki import CA_USAGE, PkiWorld
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.link_proofs import LinkProofs
from trustkit.x509.path import validate_path
from trustkit.x509.purpose import Purpose

if TYPE_CHECKING:
    from trustkit.error_family import Code
    from trustkit.x509.certificate import Certificate

NOW = PkiWorld.START


def _refusal(leaf: Certificate, world: PkiWorld, pool: tuple[Certificate, ...], links: LinkProofs) -> Code:
    with pytest.raises(TrustError) as caught:
        validate_path(leaf, anchors=world.anchors, pool=pool, at=NOW, purpose=Purpose.ANY, links=links)
    return caught.value.code


def test_searches_that_share_their_links_share_their_bound(world: PkiWorld) -> None:
    name = world.name("重名CA")
    crowd = tuple(
        world.issue("x", self_signed=True, subject_der=name, ca=True, usage=CA_USAGE).certificate for _ in range(12)
    )
    leaves = [world.issue(f"叶{n}", issuer=world.root, issuer_der=name).certificate for n in range(4)]
    links = LinkProofs(limit=30)
    codes = [_refusal(leaf, world, crowd, links) for leaf in leaves]
    assert codes == [ErrorCode.PATH_SIGNATURE] * 2 + [ErrorCode.PATH_LIMIT] * 2
    assert len(links) == 30
    assert _refusal(leaves[0], world, crowd, links) is ErrorCode.PATH_SIGNATURE  # known already


def test_what_is_known_is_not_checked_again(world: PkiWorld) -> None:
    links = LinkProofs()
    for purpose in (Purpose.ANY, Purpose.DOCUMENT_SIGNING, Purpose.ANY):
        leaf = world.signer.certificate
        path = validate_path(leaf, anchors=world.anchors, pool=world.pool, at=NOW, purpose=purpose, links=links)
        assert path.certificates == world.chain(world.signer)
    assert len(links) == len(world.chain(world.signer)) - 1
