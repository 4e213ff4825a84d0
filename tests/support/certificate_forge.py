"""Certificates our builder refuses to write: every field can be replaced by octets of one's own.

forge_certificate(world, serial=w.integer(-5))          # properly signed by the issuing CA unless `signature` is given
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.encoding import der_write as w
from trustkit.x509.extensions import standard_extensions

if TYPE_CHECKING:
    from tests.support.pki import PkiWorld

VALIDITY = w.sequence(w.tlv(0x17, b"261101000000Z"), w.tlv(0x17, b"281101000000Z"))


def usual_extensions(world: PkiWorld) -> tuple[bytes, ...]:
    return standard_extensions(
        key_identifier=world.signer.signer.public_key.identifier,
        authority_identifier=world.issuing.signer.public_key.identifier,
        ca=False,
        usage=("digitalSignature",),
    )


def forge_certificate(
    world: PkiWorld,
    *,
    version: bytes | None = None,
    serial: bytes | None = None,
    inner_algorithm: bytes | None = None,
    outer_algorithm: bytes | None = None,
    issuer: bytes | None = None,
    validity: bytes = VALIDITY,
    subject: bytes | None = None,
    spki: bytes | None = None,
    extensions: tuple[bytes, ...] | None = None,
    after_key: bytes | None = None,
    signature: bytes | None = None,
    tail: bytes = b"",
) -> bytes:
    """Return a certificate; `after_key` replaces everything that follows the public key, `tail` follows the whole."""
    by = world.issuing
    algorithm = by.signer.suite.algorithm_identifier()
    listed = usual_extensions(world) if extensions is None else extensions
    tbs = w.sequence(
        w.explicit(0, w.integer(2)) if version is None else version,
        w.integer(7) if serial is None else serial,
        algorithm if inner_algorithm is None else inner_algorithm,
        by.certificate.subject_der if issuer is None else issuer,
        validity,
        world.name("伪造") if subject is None else subject,
        world.signer.certificate.spki if spki is None else spki,
        w.explicit(3, w.sequence(*listed)) if after_key is None else after_key,
    )
    bits = w.bit_string(by.signer.sign(tbs)) if signature is None else signature
    return w.sequence(tbs, algorithm if outer_algorithm is None else outer_algorithm, bits) + tail
