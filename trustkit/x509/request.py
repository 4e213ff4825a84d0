"""Certification requests (PKCS#10, RFC 2986), read strictly and proved to be made by the owner of the key they name.

    request = verify_request(parse_request(data))      # PEM or DER
    request.public_key, request.subject_der            # what a certificate is asked for
    request.extensions                                 # what it is asked to say (RFC 2985 5.4.2): wishes, not orders

A request is new input from whoever wants a certificate, so nothing is forgiven: DER alone, no octet after it, no attribute
or extension twice. Attributes nobody asked about stand in `attributes` as found, and extensions in `extensions`, known or not:
whoever issues decides (`ca.enrolment` refuses what it does not know).

Proof of possession is the request's signature (RFC 2986 4.2, note 2), over the octets as found. SM2 is verified under the
default ID alone; signatures under the empty ID and without Z are told apart from other wrong ones, and refused like them.
"""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from typing import TYPE_CHECKING, Final, NamedTuple

from trustkit.crypto.public_key import parse_public_key
from trustkit.crypto.suites import SignatureSuite, suite_from_algorithm
from trustkit.crypto.verify import SignatureItem, verify_batch, verify_signature
from trustkit.encoding import der
from trustkit.encoding.pem import is_pem, parse_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509 import oids
from trustkit.x509.extension import NO_EXTENSIONS, read_extensions
from trustkit.x509.name import display_name, parse_name
from trustkit.x509.request_attributes import RequestAttribute, read_attributes, read_challenge_password
from trustkit.x509.signed import read_signature_algorithm

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from trustkit.crypto.public_key import PublicKey
    from trustkit.x509.extension import Extension
    from trustkit.x509.signed import SignatureAlgorithm

MAX_REQUEST_SIZE: Final = 64 * 1024  # octets; ML-DSA-87 with a long subjectAltName stays below 10 KiB
MAX_REQUEST_DEPTH: Final = 16  # an extension request with name constraints reaches 6 outside of OCTET STRINGs
_PEM_FACTOR: Final = 2  # base64, lines, and text around the block
_LABELS: Final = frozenset({"CERTIFICATE REQUEST", "NEW CERTIFICATE REQUEST"})  # RFC 7468 7; the second is older
_ATTRIBUTES: Final = 0xA0  # [0] IMPLICIT SET OF
_VERSION: Final = b"\x00"  # RFC 2986 4.1: v1(0) and no other
_PASSED_ON: Final = frozenset(
    {
        ErrorCode.DER_NOT_DER,  # BER is refused by that name
        ErrorCode.INPUT_TOO_LARGE,
        ErrorCode.KEY_MALFORMED,
        ErrorCode.KEY_UNSUPPORTED,
        ErrorCode.KEY_WEAK,
        ErrorCode.NAME_MALFORMED,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Request:
    """What a request says.

    Attributes: `der` and `info` (what was signed) are octets as found; `subject_der` the DER name; `public_key` of a
    supported kind, strong enough, on its curve; `extensions` the requested ones by dotted OID; `challenge_password` None
    when absent; `attributes` all of them, the two understood ones included.
    """

    der: bytes = field(repr=False)
    info: bytes = field(repr=False)
    subject_der: bytes = field(repr=False)
    public_key: PublicKey
    extensions: Mapping[str, Extension]
    challenge_password: str | None = field(repr=False)
    attributes: tuple[RequestAttribute, ...]
    signature: bytes = field(repr=False)

    @property
    def subject(self) -> str:
        """The asked-for name for display."""
        return display_name(self.subject_der)


@dataclass(frozen=True, slots=True, kw_only=True)
class UnverifiedRequest(_Request):
    """A request as read. Anybody may have written it: see `verify_request`."""

    algorithm: SignatureAlgorithm


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedRequest(_Request):
    """A request whose maker has the private key to `public_key`. Who that is, and what they may have, is not proved."""

    suite: SignatureSuite


_SAID: Final = tuple(each.name for each in fields(_Request))


class _Info(NamedTuple):
    subject: bytes
    spki: bytes
    attributes: tuple[RequestAttribute, ...]


def parse_request(data: bytes) -> UnverifiedRequest:
    """Return the request in PEM (one block) or DER octets.

    Raises:
        TrustError: INPUT_TOO_LARGE, PEM_MALFORMED, DER_NOT_DER (BER), REQUEST_INVALID (everything else that is no
            request, octets after it included), NAME_MALFORMED, KEY_MALFORMED (a point off the curve among others),
            KEY_UNSUPPORTED, KEY_WEAK.
    """
    if len(data) > MAX_REQUEST_SIZE * _PEM_FACTOR:
        raise TrustError(ErrorCode.INPUT_TOO_LARGE, "request", octets=len(data), limit=MAX_REQUEST_SIZE)
    octets = _from_pem(data) if is_pem(data) else bytes(data)
    try:
        return _parse(octets)
    except TrustError as error:
        if error.code in _PASSED_ON:
            raise
        raise TrustError(ErrorCode.REQUEST_INVALID, error.detail, **error.facts) from error


def verify_request(request: UnverifiedRequest) -> VerifiedRequest:
    """Return the request, proved to be signed with the private key of the public key inside (RFC 2986 4.2).

    Raises:
        TrustError: SIGNATURE_WRONG, SIGNATURE_WRONG_ID, SIGNATURE_WITHOUT_Z, SIGNATURE_MALFORMED, ALGORITHM_UNKNOWN,
            ALGORITHM_WEAK, ALGORITHM_MISMATCH (a suite of another kind of key).
    """
    item = _item(request)
    verify_signature(suite=item.suite, key=item.key, message=item.message, signature=item.signature)
    return _proved(request, item.suite)


def verify_requests(requests: Sequence[UnverifiedRequest]) -> tuple[VerifiedRequest | TrustError, ...]:
    """Return for each request what `verify_request` returns or raises; SM2 signatures are checked together where that is faster."""
    found: list[VerifiedRequest | TrustError | None] = [None] * len(requests)
    items: dict[int, SignatureItem] = {}
    for position, request in enumerate(requests):
        try:
            items[position] = _item(request)
        except TrustError as error:
            found[position] = error
    for (position, item), code in zip(items.items(), verify_batch(tuple(items.values())), strict=True):
        found[position] = _proved(requests[position], item.suite) if code is None else _refusal(requests[position])
    return tuple(each for each in found if each is not None)


def _item(request: UnverifiedRequest) -> SignatureItem:
    key = request.public_key
    suite = suite_from_algorithm(request.algorithm.oid, request.algorithm.parameters, key=key)
    return SignatureItem(suite=suite, key=key, message=request.info, signature=request.signature)


def _proved(request: UnverifiedRequest, suite: SignatureSuite) -> VerifiedRequest:
    return VerifiedRequest(**{name: getattr(request, name) for name in _SAID}, suite=suite)


def _refusal(request: UnverifiedRequest) -> TrustError | VerifiedRequest:
    """Return what `verify_request` says by itself: its answer counts, and its words are better."""
    try:
        return verify_request(request)
    except TrustError as error:
        return error


def _from_pem(data: bytes) -> bytes:
    blocks = parse_pem(data)
    if len(blocks) != 1 or blocks[0].label not in _LABELS:
        raise TrustError(ErrorCode.REQUEST_INVALID, "the text must hold one block CERTIFICATE REQUEST")
    return blocks[0].der


def _parse(data: bytes) -> UnverifiedRequest:
    outer = der.parse_strict(data, max_size=MAX_REQUEST_SIZE, max_depth=MAX_REQUEST_DEPTH)
    der.expect(data, outer, der.SEQUENCE, "request")
    match der.children(data, outer):
        case (info, algorithm, signature):
            bits = der.expect(data, signature, der.BIT_STRING, "signature")
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "a request has three members")
    if bits[:1] != b"\x00":
        raise TrustError(ErrorCode.DER_MALFORMED, "the signature is not whole octets")
    said = _read_info(data, info)
    return UnverifiedRequest(
        der=data,
        info=der.octets(data, info),
        subject_der=said.subject,
        public_key=parse_public_key(said.spki),
        extensions=_requested(said.attributes),
        challenge_password=read_challenge_password(said.attributes),
        attributes=said.attributes,
        algorithm=read_signature_algorithm(data, algorithm),
        signature=bits[1:],
    )


def _read_info(data: bytes, info: der.Tlv) -> _Info:
    """Return the members of CertificationRequestInfo (RFC 2986 4.1)."""
    der.expect(data, info, der.SEQUENCE, "request information")
    match der.children(data, info):
        case (version, subject, spki):
            # NOTE: RFC 2986 4.1 has `attributes` always there, if empty; old writers leave it out, which says the same.
            attributes: tuple[RequestAttribute, ...] = ()
        case (version, subject, spki, found) if found.tag == _ATTRIBUTES:
            attributes = read_attributes(data, found)
        case _:
            raise TrustError(ErrorCode.DER_MALFORMED, "members of the request information")
    if der.expect(data, version, der.INTEGER, "version") != _VERSION:
        raise TrustError(ErrorCode.DER_MALFORMED, "version")
    name = der.octets(data, subject)
    parse_name(name)
    return _Info(name, der.octets(data, spki), attributes)


def _requested(attributes: tuple[RequestAttribute, ...]) -> Mapping[str, Extension]:
    """Return the extensions of extensionRequest (RFC 2985 5.4.2), or of Microsoft's attribute of the same form."""
    asked = [each for each in attributes if each.oid in oids.EXTENSION_REQUESTS]
    if not asked:
        return NO_EXTENSIONS
    if len(asked) > 1 or len(asked[0].values) != 1:
        raise TrustError(ErrorCode.DER_MALFORMED, "extensions are requested twice")
    value = asked[0].values[0]
    return read_extensions(value, der.read_tlv(value, 0, len(value)))
