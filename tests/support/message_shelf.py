"""Files for judging many: what they are judged by, and a signed message to be linked as often as is wanted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.cms.model import Dialect
from trustkit.cms.sign import SignedAttributes, sign_message
from trustkit.encoding.pem import encode_pem

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.pki import PkiWorld


def shelve_evidence(world: PkiWorld, folder: Path) -> None:
    """Write a world's anchor, its issuing authority and both lists into a new folder."""
    folder.mkdir()
    (folder / "root.pem").write_bytes(encode_pem("CERTIFICATE", world.root.der))
    (folder / "issuing.cer").write_bytes(world.issuing.der)
    (folder / "issuing.crl").write_bytes(world.crl().der)
    (folder / "root.crl").write_bytes(world.crl(issuer=world.root).der)


def signed_message(world: PkiWorld, *, detached: bool = False) -> bytes:
    """Return a message a world's signer signed."""
    return sign_message(
        content=b"content",
        signer=world.signer.signer,
        certificate=world.signer.certificate,
        chain=(),
        dialect=Dialect.RFC5652,
        detached=detached,
        attributes=SignedAttributes(signing_time=world.START),
    )
