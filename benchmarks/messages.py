"""Signed messages and time-stamp tokens a second, beside asn1crypto with the same engine and beside the engine alone.

    python -m benchmarks.messages [SECONDS]

CPU time of one thread, medians of interleaved rounds, one SM2 signature each: CAdES-B over 1 KiB with three certificates.
The peer does the same work the usual way: asn1crypto's structures, then the same SM2 engine. The engine alone does the
signature operation and nothing else, so its line says what the format costs.
"""

from __future__ import annotations

import statistics
import sys
import time
from typing import TYPE_CHECKING

from asn1crypto import cms as asn1_cms
from asn1crypto import core

from tests.support.pki import PkiWorld
from trustkit.cms.model import Dialect
from trustkit.cms.read import parse_signed_message
from trustkit.cms.sign import sign_message
from trustkit.cms.verify import verify_signer
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.timestamp.read import parse_token
from trustkit.timestamp.sign import make_token
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.pki import Member

ROUNDS = 7
FORMAT_LIMIT = 1.0  # ms that writing a message may cost besides the signature
CONTENT = bytes(range(256)) * 4
SM3_OID, SM2_OID = "1.2.156.10197.1.401", "1.2.156.10197.1.501"
SM3 = asn1_cms.DigestAlgorithm({"algorithm": SM3_OID})
SM2 = asn1_cms.SignedDigestAlgorithm({"algorithm": SM2_OID})


def _rate(act: Callable[[], object], seconds: float) -> float:
    started, done = time.thread_time(), 0
    while time.thread_time() - started < seconds:
        act()
        done += 1
    return done / (time.thread_time() - started)


def _medians(acts: dict[str, Callable[[], object]], seconds: float) -> dict[str, float]:
    rounds = [{name: _rate(act, seconds / ROUNDS) for name, act in acts.items()} for _ in range(ROUNDS)]
    return {name: statistics.median(found[name] for found in rounds) for name in acts}


def _sign(world: PkiWorld, member: Member) -> bytes:
    return sign_message(
        content=CONTENT,
        signer=member.signer,
        certificate=member.certificate,
        chain=world.pool,
        dialect=Dialect.RFC5652,
        detached=False,
    )


def _stamp(world: PkiWorld) -> bytes:
    return make_token(
        imprint=digest(DigestAlgorithm.SM3, CONTENT),
        imprint_algorithm=DigestAlgorithm.SM3,
        serial=1,
        gen_time=world.START,
        policy="1.2.3.4",
        signer=world.tsa.signer,
        certificate=world.tsa.certificate,
        chain=world.pool,
    )


def _peer_verify(octets: bytes) -> None:
    """Find digest, certificate and attributes with asn1crypto, then verify: no checks of anything else."""
    data = asn1_cms.ContentInfo.load(octets, strict=True)["content"]
    (signer,) = data["signer_infos"]
    sid = signer["sid"].chosen
    serial = sid["serial_number"].native
    certificates = [choice.chosen for choice in data["certificates"]]
    (certificate,) = [c for c in certificates if c.serial_number == serial and c.issuer == sid["issuer"]]
    attributes = {attribute["type"].native: attribute["values"] for attribute in signer["signed_attrs"]}
    content = data["encap_content_info"]["content"].native
    if attributes["message_digest"][0].native != digest(DigestAlgorithm.SM3, content):
        raise SystemExit("peer: digest")
    verify_signature(
        suite=SignatureSuite.SM2_SM3,
        key=parse_public_key(certificate.public_key.dump()),
        message=signer["signed_attrs"].untag().dump(),
        signature=signer["signature"].native,
    )


def _peer_sign(world: PkiWorld, member: Member) -> bytes:
    """Build the same message, less the certificate attribute, with asn1crypto."""
    certificates = [asn1_cms.Certificate.load(c.der) for c in (member.certificate, *world.pool)]
    attributes = asn1_cms.CMSAttributes(
        [
            asn1_cms.CMSAttribute({"type": "content_type", "values": ["data"]}),
            asn1_cms.CMSAttribute(
                {"type": "message_digest", "values": [core.OctetString(digest(DigestAlgorithm.SM3, CONTENT))]}
            ),
        ]
    )
    signer_info = asn1_cms.SignerInfo(
        {
            "version": "v1",
            "sid": asn1_cms.SignerIdentifier(
                {
                    "issuer_and_serial_number": asn1_cms.IssuerAndSerialNumber(
                        {"issuer": certificates[0].issuer, "serial_number": certificates[0].serial_number}
                    )
                }
            ),
            "digest_algorithm": SM3,
            "signed_attrs": attributes,
            "signature_algorithm": SM2,
            "signature": member.signer.sign(attributes.dump()),
        }
    )
    data = asn1_cms.SignedData(
        {
            "version": "v1",
            "digest_algorithms": [SM3],
            "encap_content_info": {"content_type": "data", "content": CONTENT},
            "certificates": certificates,
            "signer_infos": [signer_info],
        }
    )
    octets: bytes = asn1_cms.ContentInfo({"content_type": "signed_data", "content": data}).dump()
    return octets


def main(seconds: float) -> None:
    """Print one line a figure."""
    world = PkiWorld()
    member = world.signer
    signed, token = _sign(world, member), _stamp(world)
    verify_signer(parse_signed_message(_peer_sign(world, member)), 0, content=None)
    message = parse_signed_message(signed)
    attributes, signature = message.signers[0].signed_attributes or b"", message.signers[0].signature
    key = member.certificate.public_key
    rates = _medians(
        {
            "verify": lambda: verify_signer(parse_signed_message(signed), 0, content=None),
            "peer verify": lambda: _peer_verify(signed),
            "engine verify": lambda: verify_signature(
                suite=SignatureSuite.SM2_SM3, key=key, message=attributes, signature=signature
            ),
            "sign": lambda: _sign(world, member),
            "peer sign": lambda: _peer_sign(world, member),
            "engine sign": lambda: member.signer.sign(attributes),
            "token verify": lambda: verify_token(parse_token(token), data=CONTENT),
            "token make": lambda: _stamp(world),
        },
        seconds,
    )
    for name, ours, other in (
        ("message verify, beside asn1crypto", "verify", "peer verify"),
        ("message verify, beside the engine alone", "verify", "engine verify"),
        ("message sign, beside asn1crypto", "sign", "peer sign"),
        ("message sign, beside the engine alone", "sign", "engine sign"),
        ("token verify, beside the engine alone", "token verify", "engine verify"),
        ("token make, beside the engine alone", "token make", "engine sign"),
    ):
        print(f"{name:<42} {rates[ours]:9.0f} /s   peer  {rates[other]:9.0f}   ratio {rates[ours] / rates[other]:6.2f}")
    cost = 1000 / rates["sign"] - 1000 / rates["engine sign"]
    print(
        f"{'message sign, besides the signature':<42} {cost:9.3f} ms   limit {FORMAT_LIMIT:9.3f}   ratio {FORMAT_LIMIT / cost:6.2f}"
    )


if __name__ == "__main__":
    main(float(sys.argv[1]) if len(sys.argv) > 1 else 2.0)
