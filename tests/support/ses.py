"""Seals and seal signatures made by members of the PKI world, every part replaceable, to be refused or accepted.

seal = make_seal(world)                                   # SESeal, v4
signature = make_seal_signature(world, seal, b"content")  # SES_Signature
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from esign.seal.model import SealVersion
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding import der_write as write

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from tests.support.pki import Member, PkiWorld

SM2_WITH_SM3 = "1.2.156.10197.1.501"
# A ring and a star in red on a clear ground, 80 pixels square.
PICTURE = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000050000000500103000000b4df60ee00000006504c5445ffffffc80000ca7e148600000001"
    "74524e530040e6d866000001374944415478da6dd3316edb401085e14fb38c692342e2d24500f3082ad3c947c911720421270972129629"
    "7904962e55a850048a4ab15c792d78ab1f0f0f6f767766787fb653a1f672198bd8a7224f6c33a591b6075f610fbec177f013be80115ac2"
    "6a84698794737ac9a773e6217938657c0deb8584a78c076193f154626945c149acf29dccbb52813ede5e984a316ab5d47da7c663a1fb98"
    "6087b136745841134778c1be36bc25d6ea064d8753e0f9f87c5c0c7b0a1e18169ce9e1072e17dc05bc9cafb9e3745b02bae62375c101db"
    "5fb86b60fe73351c722f371813d6718fdf331e4b2b78aac39a425dec0b1e6bc3f57b3795fa718762de6558f5cbbb494297b191ec87ac9e"
    "13afe0e1140b590b87e58ec25279538f5c987b487d3d9e097ff1f9dfcd2897010f0e23ed70bb0cf58a548b53add372fe0394f359ac02cf"
    "91a80000000049454e44ae426082"
)


def extension(oid: str, value: bytes, *, critical: bool | None = None) -> bytes:
    """Return an ExtData; `critical` False is written although it is the default, as the tax seals do."""
    flag = b"" if critical is None else write.boolean(value=critical)
    return write.sequence(write.oid(oid), flag, write.octet_string(value))


def certificate_list(certificates: Sequence[bytes], *, digests: bool, kind: str = "SM3") -> bytes:
    if not digests:
        return write.sequence(*(write.octet_string(certificate) for certificate in certificates))
    return write.sequence(
        *(
            write.sequence(write.printable_string(kind), write.octet_string(digest(DigestAlgorithm.SM3, certificate)))
            for certificate in certificates
        )
    )


def digest_list(entries: Sequence[tuple[str, bytes]]) -> bytes:
    """Return the list of certificates by digests as they are told, type and value of each; nothing of none."""
    told = (write.sequence(write.printable_string(name), write.octet_string(value)) for name, value in entries)
    return write.sequence(*told) if entries else b""


def _header(header: str, number: int, vendor: bytes | None) -> bytes:
    return write.sequence(write.ia5_string(header), write.integer(number), vendor or write.ia5_string("trustkit"))


def make_seal(
    world: PkiWorld,
    *,
    version: SealVersion = SealVersion.V4,
    header: str = "ES",
    header_version: int | None = None,
    users: Sequence[bytes] | None = None,
    digests: bool = False,
    digest_name: str = "SM3",
    digest_entries: Sequence[tuple[str, bytes]] = (),
    list_type: int | None = None,
    valid_from: datetime | None = None,
    valid_until: datetime | None = None,
    created: datetime | None = None,
    extensions: bytes = b"",
    maker: Member | None = None,
    signed_octets: bytes | None = None,
    timestamp: bytes | None = None,
    algorithm: str = SM2_WITH_SM3,
    seal_type: int = 1,
    name: str = "示例市政务服务管理局",
    picture_type: bytes = b"PNG",
    picture: bytes = PICTURE,
    sides: tuple[int, int] = (40, 40),
    vendor: bytes | None = None,
    time: Callable[[datetime], bytes] | None = None,
) -> bytes:
    """Return an SESeal, by the world's maker of seals unless told; `vendor` is a whole element."""
    maker = maker or world.seal_maker
    now = world.clock.now()
    time = time or (write.time if version is SealVersion.V1 else write.generalized_time)
    named = users if users is not None else (world.signer.der,)
    listed = digest_list(digest_entries) or certificate_list(named, digests=digests, kind=digest_name)
    v1 = version is SealVersion.V1 and list_type is None
    kind = b"" if v1 else write.integer(list_type or (2 if digests or digest_entries else 1))
    info = write.sequence(
        _header(header, header_version or int(version), vendor),
        write.ia5_string("11010000000001"),
        write.sequence(
            write.integer(seal_type),
            write.utf8_string(name),
            kind,
            listed,
            time(created or now - timedelta(days=10)),
            time(valid_from or now - timedelta(days=10)),
            time(valid_until or now + timedelta(days=365)),
        ),
        write.sequence(write.tlv(0x16, picture_type), write.octet_string(picture), *map(write.integer, sides)),
        extensions,
    )
    certificate, oid = write.octet_string(maker.der), write.oid(algorithm)
    if version is SealVersion.V1:
        signed = write.sequence(info, certificate, oid) if signed_octets is None else signed_octets
        return write.sequence(info, write.sequence(certificate, oid, write.bit_string(maker.signer.sign(signed))))
    signature = maker.signer.sign(info if signed_octets is None else signed_octets)
    stamp = b"" if timestamp is None else write.explicit(0, write.bit_string(timestamp))
    return write.sequence(info, certificate, oid, write.bit_string(signature), stamp)


def make_seal_signature(
    world: PkiWorld,
    seal: bytes,
    content: bytes,
    *,
    version: SealVersion = SealVersion.V4,
    signer: Member | None = None,
    certificate: bytes | None = None,
    at: datetime | None = None,
    time_info: bytes | None = None,
    data_hash: bytes | None = None,
    extensions: bytes = b"",
    timestamp: bytes | None = None,
    algorithm: str = SM2_WITH_SM3,
    property_info: str = "ByteRange",
    value: Callable[[bytes], bytes] = bytes,
    stamping: Callable[[bytes], bytes] | None = None,
) -> bytes:
    """Return an SES_Signature over `content` by the world's signer unless told.

    `timestamp` is put in as it is, `stamping` makes one of the signature value, `value` changes that; v1 has no place for stamps.
    """
    signer = signer or world.signer
    own = write.octet_string(certificate or signer.der)
    moment = at or world.clock.now()
    hashed = write.bit_string(digest(DigestAlgorithm.SM3, content) if data_hash is None else data_hash)
    oid = write.oid(algorithm)
    if version is SealVersion.V1:
        info = write.bit_string(time_info if time_info is not None else write.time(moment))
        to_sign = write.sequence(write.integer(1), seal, info, hashed, write.ia5_string(property_info), own, oid)
        return write.sequence(to_sign, write.bit_string(signer.signer.sign(to_sign)))
    to_sign = write.sequence(
        write.integer(int(version)),
        seal,
        time_info if time_info is not None else write.generalized_time(moment),
        hashed,
        write.ia5_string(property_info),
        extensions,
    )
    signed = value(signer.signer.sign(to_sign))
    if stamping is not None:
        timestamp = stamping(signed)
    stamp = b"" if timestamp is None else write.explicit(0, write.bit_string(timestamp))
    return write.sequence(to_sign, own, oid, write.bit_string(signed), stamp)
