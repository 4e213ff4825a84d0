"""Verifying one signature of an OFD (GM/T 0031-2014 6.2.3, GB/T 38540-2020, GM/T 0031-2025; GM/T 0099-2020 7.2.2).

    ofd = read_ofd(octets)
    intact = verify_ofd_signature(ofd, ofd.signatures[0])
    intact.certificate, intact.form, intact.covered

The steps, with the letters of GM/T 0031-2014 6.2.3 where they have one; any failure stops:

    1. digests of the protected files           (e, its first half: the protected original)
    2. Signature.xml: what it says of itself and of its signed value    (a)
    3. dataHash, or what stands for it in a message                     (e)
    4. the signature value                                              (b)
    5. the signer is one the seal lists                 (GB/T 38540-2020; bytes, or digest)
    6. the seal: its maker's signature, its period at the signing time  (f)
    7. the maker's chain, 8. the signer's chain at the signing time (c, d), 9. revocation before or after it (d)

Steps 1 to 6 are mathematics and done here, so that no caller can leave one out; 7 to 9 need anchors and evidence and belong to
`verifier.judgement`, which ends in g. What the signature leaves uncovered is judged apart, in `esign.ofd.coverage`.
"""

from __future__ import annotations

import hmac
from contextlib import suppress
from dataclasses import InitVar, dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from esign.ofd.check_method import check_method, weak_method
from esign.ofd.limits import MAX_PATH
from esign.ofd.model import OfdDeviation, SignatureType
from esign.ofd.path_readings import readings
from esign.ofd.paths import possible
from esign.ofd.signed_digest import signed_content
from esign.seal.verify import verify_seal_signature
from trustkit.cms.read import parse_signed_message
from trustkit.cms.verify import verify_signer
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.suites import SignatureSuite, suite_from_algorithm
from trustkit.encoding import der
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from datetime import datetime

    from esign.ofd.model import UnverifiedOfd, UnverifiedOfdSignature
    from esign.ofd.package import Package
    from esign.seal.model import UnverifiedSealSignature
    from esign.seal.verify import IntactSealSignature
    from trustkit.cms.verify import VerifiedSigner
    from trustkit.x509.certificate import Certificate

_MADE_HERE: Final = object()
_TOLD_FILES: Final = 5
_SAME_TIME: Final = timedelta(minutes=10)  # between the two places where a signing time stands
_PSS: Final = "1.2.840.113549.1.1.10"  # says nothing without parameters, which have no place here
_SM2_NAMES: Final = frozenset({"sm2", "sm3withsm2", "sm2withsm3", "sgd_sm3_sm2"})
_SM2_OIDS: Final = frozenset({"1.2.156.10197.1.501", "1.2.156.10197.1.301", "1.2.156.10197.1.301.1"})


@dataclass(frozen=True, slots=True, kw_only=True)
class IntactOfdSignature:
    """Proof that `certificate`'s key signed Signature.xml, and that the files it lists are as they were. Made only here.

    Attributes:
        form: ``ofd-seal-v1``, ``ofd-seal-v4``, ``ofd-seal-v5``, ``ofd-sign-gbt35275``, ``ofd-sign-cms`` or ``ofd-sign-cades``.
        covered: the files of the package whose octets are proved to be those signed, the description included.
        claimed_time: the signer's word: timeInfo of a seal signature, the signed attribute of a message, else SignatureDateTime.
        timestamp_tokens: DER of the tokens that stamp the signature value, unverified unless the seal signature holds them.
        seal_signature, signer: the details; exactly one is set.
        notes: `OfdDeviation` of the description; what seal signature or message depart from stands in theirs.
    """

    signature: UnverifiedOfdSignature
    form: str
    certificate: Certificate
    digest_algorithm: DigestAlgorithm
    check_digest: DigestAlgorithm
    suite: SignatureSuite
    signature_value: bytes = field(repr=False)
    covered: frozenset[str] = field(repr=False)
    claimed_time: datetime | None
    timestamp_tokens: tuple[bytes, ...] = field(default=(), repr=False)
    certificates: tuple[Certificate, ...] = field(default=(), repr=False)
    crls: tuple[bytes, ...] = field(default=(), repr=False)
    seal_signature: IntactSealSignature | None = None
    signer: VerifiedSigner | None = None
    notes: tuple[str, ...] = ()
    made_here: InitVar[object]

    def __post_init__(self, made_here: object) -> None:
        if made_here is not _MADE_HERE:
            message = "an IntactOfdSignature comes from verify_ofd_signature"
            raise TypeError(message)

    @property
    def signed_by(self) -> VerifiedSigner:
        """The signer of a message. Raise ValueError for a seal signature, which has none."""
        if self.signer is None:
            message = "signed by a seal"
            raise ValueError(message)
        return self.signer


class FileDigests:
    """Digests of a package's files, each worked out once however many signatures list it."""

    __slots__ = ("_known", "package")

    def __init__(self, package: Package) -> None:
        self.package = package
        self._known: dict[tuple[str, DigestAlgorithm, bool], bytes] = {}

    def digest(self, file: str, algorithm: DigestAlgorithm, *, allow_weak: bool = False) -> bytes:
        """Return the digest of a file's octets as they were packed. Raise ALGORITHM_WEAK, and what `Package.octets` raises."""
        key = (file, algorithm, allow_weak)
        if key not in self._known:
            self._known[key] = digest(algorithm, self.package.octets(file), allow_weak=allow_weak)
        return self._known[key]


def verify_ofd_signature(
    ofd: UnverifiedOfd,
    signature: UnverifiedOfdSignature,
    *,
    digests: FileDigests | None = None,
    extra_certificates: tuple[Certificate, ...] = (),
    accepted: frozenset[str] = frozenset(),
) -> IntactOfdSignature:
    """Return who signed which files. `extra_certificates` serve messages, `accepted` names dialects, both as in `trustkit.cms.verify`.

    Raises:
        TrustError: OFD_DIGEST naming files that changed or are gone; OFD_PROPERTY, OFD_SEAL_DIFFERS, OFD_SIGNATURE_FORM,
            OFD_SIGNER_UNKNOWN for a bare value without a certificate; ALGORITHM_WEAK for MD5 and SHA-1, ALGORITHM_MISMATCH when
            SignatureMethod names another algorithm than was used; OFD_ZIP for a file that does not unpack; and what
            `trustkit.cms` and `esign.seal` raise.
    """
    known = digests or FileDigests(ofd.package)
    try:
        check_digest, notes = check_method(signature.check_method)
    except TrustError as refusal:
        # whoever tampers may name a weak or unknown digest: what is proved wrong is told first
        found = _Step(signature=signature, covered=frozenset(), check_digest=DigestAlgorithm.SM3, notes=())
        _signed(ofd, found, extra_certificates, accepted)
        _require_unbroken(signature, known)
        raise refusal from None
    found = _Step(
        signature=signature,
        covered=_verified_files(signature, check_digest, known),  # step 1
        check_digest=check_digest,
        notes=(*signature.notes, *(each.value for each in notes)),
    )
    return _signed(ofd, found, extra_certificates, accepted)


def _signed(
    ofd: UnverifiedOfd, found: _Step, extra_certificates: tuple[Certificate, ...], accepted: frozenset[str]
) -> IntactOfdSignature:
    """Take steps 2 to 6, by what the signed value is."""
    match _shape(found.signature.value):
        case der.SEQUENCE:
            return _seal(ofd, found, accepted)
        case der.OID:
            return _message(found, extra_certificates, accepted)
        case der.INTEGER:
            raise TrustError(ErrorCode.OFD_SIGNER_UNKNOWN, "a bare signature value without a certificate")
        case _:
            raise TrustError(ErrorCode.OFD_SIGNATURE_FORM, "neither a seal signature nor a signed message")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What is settled before the signed value is looked into."""

    signature: UnverifiedOfdSignature
    covered: frozenset[str]
    check_digest: DigestAlgorithm
    notes: tuple[str, ...]


def _verified_files(
    signature: UnverifiedOfdSignature, algorithm: DigestAlgorithm, digests: FileDigests
) -> frozenset[str]:
    """Step 1: return the files whose octets are those the signature lists."""
    wrong, covered = [], {signature.file}
    for each in signature.references:
        files = () if each.file is None else (each.file, *each.others)
        if files and all(hmac.compare_digest(digests.digest(file, algorithm), each.value) for file in files):
            covered.update(files[: int(each.is_named)])
        else:
            wrong.append(each.path)
    if not signature.references:
        raise TrustError(ErrorCode.OFD_DIGEST, "the signature lists no file at all")
    if wrong:
        told = ", ".join(each[:120] for each in wrong[:_TOLD_FILES])
        raise TrustError(
            ErrorCode.OFD_DIGEST,
            "protected files are gone or hold something else than was signed",
            files=told,
            count=len(wrong),
        )
    return frozenset(covered)


def _require_unbroken(signature: UnverifiedOfdSignature, digests: FileDigests) -> None:
    """Refuse files that do not even have the weak digest their signer names. Raise OFD_DIGEST."""
    weak = weak_method(signature.check_method)
    if weak is None:
        return
    for each in signature.references:
        alike = len(each.value) == weak.size
        if alike and (
            each.file is None or not hmac.compare_digest(digests.digest(each.file, weak, allow_weak=True), each.value)
        ):
            raise TrustError(
                ErrorCode.OFD_DIGEST, "a protected file is gone or holds something else", files=each.path[:120]
            )


def _shape(value: bytes) -> int:
    """Return the tag of the first element inside the signed value, which tells its syntax whatever Type says; 0 for none."""
    # a message in BER is told by its first octets all the same, and refused or read by its own reader
    return der.OID if value[:2] == b"\x30\x80" else der.first_inside(value)


def _seal(ofd: UnverifiedOfd, found: _Step, accepted: frozenset[str]) -> IntactOfdSignature:
    """Steps 2 to 6 of a signature by seal: SES_Signature in the signed value."""
    signature = found.signature
    parsed = signature.seal_signature()  # step 2 (a)
    notes = (*found.notes, *_property(ofd.package, signature, parsed))
    if signature.seal_file is not None and ofd.package.octets(signature.seal_file) != parsed.seal.raw:
        raise TrustError(ErrorCode.OFD_SEAL_DIFFERS, "the seal file is not the seal inside the signature")
    if signature.type is not SignatureType.SEAL:
        notes = (*notes, OfdDeviation.TYPE_DIFFERS)
    intact = verify_seal_signature(parsed, content=signature.description, accepted=accepted)  # steps 3 to 6
    notes = (*notes, *_method(signature, intact.certificate, intact.suite))
    notes = (*notes, *_times(signature, intact.claimed_time))
    seal_file = () if signature.seal_file is None else (signature.seal_file,)  # proved octet for octet above
    return IntactOfdSignature(
        signature=signature,
        form=f"ofd-seal-v{int(parsed.version)}",
        certificate=intact.certificate,
        digest_algorithm=intact.suite.digest,
        check_digest=found.check_digest,
        suite=intact.suite,
        signature_value=parsed.signature,
        covered=found.covered.union(seal_file),
        claimed_time=intact.claimed_time,
        timestamp_tokens=() if parsed.timestamp is None else (parsed.timestamp,),
        seal_signature=intact,
        notes=_once(notes),
        made_here=_MADE_HERE,
    )


def _message(found: _Step, extra_certificates: tuple[Certificate, ...], accepted: frozenset[str]) -> IntactOfdSignature:
    """Steps 2 to 4 of a signature by certificate: GB/T 35275, or RFC 5652 for other algorithms."""
    signature = found.signature
    message = parse_signed_message(signature.value)  # step 2 (a)
    if len(message.signers) != 1:
        raise TrustError(ErrorCode.OFD_SIGNATURE_FORM, "not exactly one signer", signers=len(message.signers))
    if signature.seal_file is not None:
        raise TrustError(ErrorCode.OFD_SEAL_DIFFERS, "a seal is shown, and the signature holds none")
    notes = found.notes
    if signature.type is not SignatureType.SIGN:
        notes = (*notes, OfdDeviation.TYPE_DIFFERS)
    content, more = signed_content(message, signature.description)  # step 3
    signer = verify_signer(
        message, 0, content=content, extra_certificates=extra_certificates, accepted=accepted
    )  # step 4
    notes = (*notes, *more, *_method(signature, signer.certificate, signer.suite))
    notes = (*notes, *_times(signature, signer.claimed_signing_time))
    return IntactOfdSignature(
        signature=signature,
        form=f"ofd-sign-{signer.form.value}",
        certificate=signer.certificate,
        digest_algorithm=signer.digest_algorithm,
        check_digest=found.check_digest,
        suite=signer.suite,
        signature_value=signer.signature,
        covered=found.covered,
        claimed_time=signer.claimed_signing_time or signature.claimed_time,
        timestamp_tokens=signer.timestamp_tokens,
        certificates=signer.certificates,
        crls=message.crls,
        signer=signer,
        notes=_once(notes),
        made_here=_MADE_HERE,
    )


def _property(package: Package, signature: UnverifiedOfdSignature, parsed: UnverifiedSealSignature) -> tuple[str, ...]:
    """Hold propertyInfo against the file it is found with: where it names a file, it says what the signature protects.

    What stands in it is free (GB/T 38540), and the digest proves what is signed; so a path to nothing is a word like any other. Raise
    OFD_PROPERTY where it is a path to another file of the package.
    """
    told = parsed.property_info.strip()
    if not any(mark in told for mark in "/\\") and not told.lower().endswith(".xml"):
        return (OfdDeviation.PROPERTY_NOT_PATH,)
    written = told[:MAX_PATH]
    if written == f"/{signature.file}" and package.is_only(signature.file):
        return ()  # as nearly all are
    if signature.file in _meant_by(package, (written,), signature.file):
        return ()
    meant = _meant_by(package, readings(written), signature.file)
    if not meant:
        return (OfdDeviation.PROPERTY_NOT_PATH,)
    if signature.file not in meant:
        raise TrustError(ErrorCode.OFD_PROPERTY, "propertyInfo names another file", property_info=told[:120])
    return ()


def _meant_by(package: Package, paths: tuple[str, ...], holder: str) -> set[str]:
    """Return the files that some reader takes one of the paths for."""
    found: set[str] = set()
    for path in paths:
        with suppress(TrustError):  # no path in a package
            found.update(possible(package, path, holder=holder))
    return found


def _method(signature: UnverifiedOfdSignature, certificate: Certificate, suite: SignatureSuite) -> tuple[str, ...]:
    """Hold SignatureMethod against the algorithm used. Raise ALGORITHM_MISMATCH."""
    told = signature.method.strip()
    if told in _SM2_OIDS or told.lower() in _SM2_NAMES:
        if suite is not SignatureSuite.SM2_SM3:
            raise _other_method(told, suite)
        return () if told in _SM2_OIDS else (OfdDeviation.METHOD_NAME,)
    try:
        named = suite_from_algorithm(told, None, key=certificate.public_key)
    except TrustError as error:
        if error.code in {ErrorCode.ALGORITHM_MISMATCH, ErrorCode.ALGORITHM_WEAK} and told != _PSS:
            raise _other_method(told, suite) from error
        return (OfdDeviation.METHOD_UNKNOWN,)
    if named is not suite:
        raise _other_method(told, suite)
    return ()


def _other_method(told: str, suite: SignatureSuite) -> TrustError:
    return TrustError(
        ErrorCode.ALGORITHM_MISMATCH, "SignatureMethod names another algorithm", named=told[:64], used=suite.value
    )


def _times(signature: UnverifiedOfdSignature, inside: datetime | None) -> tuple[str, ...]:
    """Note two signing times that contradict each other: SignatureDateTime and that inside the signed value."""
    told = signature.claimed_time
    if told is None or inside is None or abs(told - inside) <= _SAME_TIME:
        return ()
    return (OfdDeviation.TIMES_DIFFER,)


def _once(notes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(str(each) for each in notes))
