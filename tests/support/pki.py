"""A small world of certificates, made by our own builder and throw-away software keys: a simulator, not a mock.

    world = PkiWorld()                          # SM2 by GB/T 20518; PkiWorld(kind=KeyKind.RSA) and others work too
    world.signer.certificate                    # Certificate; world.signer.signer is the trustkit.custody Signer
    world.anchors, world.pool                   # TrustStore of the root; (issuing CA, root) as helper certificates
    world.chain(world.signer)                   # (leaf, issuing CA, root)
    world.crl()                                 # CertificateList of the issuing CA: lists `world.revoked`
    world.crl(issuer=world.root)                # the root's own list, empty
    world.crl(revoked={world.signer: RevocationReason.SUPERSEDED}, number=9)
    world.clock.advance(timedelta(days=4000))   # bend the time; world.clock.now() is what tests hand to `at=`
    world.issue("someone", usage=("nonRepudiation",), issuer=world.root, not_after=…, kind=KeyKind.EC_P256)

Members are made when first used: `root`, `issuing`, `signer`, `tsa`, `revoked`, `expired`, `encryption`,
`status_signer` (no extended usage), `status_service` (made for status lists), `seal_maker` (made for making seals).
All validity is relative to `PkiWorld.START` (2026-12-01T00:00:00Z). Make one world a module (a module-scoped fixture) and
never change it; RSA worlds take a second.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cached_property
from typing import TYPE_CHECKING, ClassVar

from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.x509 import crl_build, extensions
from trustkit.x509.build import CertificateSpec, assemble_certificate, build_tbs_certificate
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.crl import CertificateList, parse_crl
from trustkit.x509.name import Name
from trustkit.x509.reason import RevocationReason
from trustkit.x509.trust_store import TrustStore

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from trustkit.custody.port import Signer

CA_USAGE = ("keyCertSign", "cRLSign")
SIGNING_USAGE = ("digitalSignature", "nonRepudiation")
ENCRYPTION_USAGE = ("keyEncipherment", "dataEncipherment", "keyAgreement")


@dataclass
class BendableClock:
    """A clock that stands still until told otherwise."""

    at: datetime

    def now(self) -> datetime:
        return self.at

    def monotonic(self) -> float:
        return 0.0

    def advance(self, by: timedelta) -> None:
        self.at += by

    def bend(self, to: datetime) -> None:
        self.at = to


@dataclass(frozen=True, eq=False)
class Member:
    """Somebody with a certificate and the key to it."""

    certificate: Certificate
    signer: Signer = field(repr=False)

    @property
    def der(self) -> bytes:
        return self.certificate.der


class PkiWorld:
    """See the module's docstring."""

    START: ClassVar[datetime] = datetime(2026, 12, 1, tzinfo=UTC)
    BASE_URL: ClassVar[str] = "http://pki.example.test"

    USCC: ClassVar[str] = "1199010000TRYQK01Q"

    def __init__(self, *, kind: KeyKind = KeyKind.SM2, organisation: str = "示例市政务服务管理局") -> None:
        self.kind = kind
        self.organisation = organisation
        self.clock = BendableClock(self.START)
        self._serial = 0x10_0000_0000_0000

    def name(self, common_name: str) -> bytes:
        return Name.build(country="CN", organisation=self.organisation, unit=self.USCC, common_name=common_name)

    def issue(
        self,
        common_name: str,
        *,
        issuer: Member | None = None,
        self_signed: bool = False,
        kind: KeyKind | None = None,
        ca: bool = False,
        path_length: int | None = None,
        usage: Iterable[str] = SIGNING_USAGE,
        purposes: Iterable[str] = (),
        not_before: datetime | None = None,
        not_after: datetime | None = None,
        serial: int | None = None,
        subject_der: bytes | None = None,
        issuer_der: bytes | None = None,
        exact_extensions: tuple[bytes, ...] | None = None,
        more_extensions: tuple[bytes, ...] = (),
        signer: Signer | None = None,
    ) -> Member:
        """Return a new member under `issuer` (the issuing CA unless told; itself when `self_signed`).

        `exact_extensions` replaces the usual ones, `more_extensions` follows them, `signer` reuses a key.
        """
        own = signer or generate_key(kind or self.kind).signer()
        subject = subject_der or self.name(common_name)
        if not self_signed and issuer is None:
            issuer = self.issuing
        signing = own if issuer is None else issuer.signer
        usual = extensions.standard_extensions(
            key_identifier=own.public_key.identifier,
            authority_identifier=signing.public_key.identifier,
            ca=ca,
            path_length=path_length,
            usage=tuple(usage),
            purposes=tuple(purposes),
            crl_urls=() if issuer is None else (f"{self.BASE_URL}/crl/{issuer.certificate.serial:x}.crl",),
            issuer_urls=() if issuer is None else (f"{self.BASE_URL}/ca/{issuer.certificate.serial:x}.cer",),
        )
        self._serial += 1
        spec = CertificateSpec(
            serial=serial if serial is not None else self._serial,
            suite=signing.suite,
            issuer_der=issuer_der or (subject if issuer is None else issuer.certificate.subject_der),
            subject_der=subject,
            not_before=not_before or self.START - timedelta(days=30),
            not_after=not_after or self.START + timedelta(days=730),
            spki=own.public_key.spki,
            extensions=(exact_extensions if exact_extensions is not None else usual) + more_extensions,
        )
        tbs = build_tbs_certificate(spec)
        return Member(parse_certificate(assemble_certificate(tbs, signing.suite, signing.sign(tbs))), own)

    @cached_property
    def root(self) -> Member:
        return self.issue(
            "示例根CA",
            self_signed=True,
            ca=True,
            usage=CA_USAGE,
            not_before=self.START - timedelta(days=365),
            not_after=self.START + timedelta(days=7300),
        )

    @cached_property
    def issuing(self) -> Member:
        return self.issue(
            "示例签发CA",
            issuer=self.root,
            ca=True,
            path_length=0,
            usage=CA_USAGE,
            not_before=self.START - timedelta(days=180),
            not_after=self.START + timedelta(days=3650),
        )

    @cached_property
    def signer(self) -> Member:
        return self.issue("电子证照签发专用章")

    @cached_property
    def tsa(self) -> Member:
        return self.issue("时间戳服务", usage=("digitalSignature",), purposes=("timeStamping",))

    @cached_property
    def status_signer(self) -> Member:
        return self.issue("证照状态服务", usage=("digitalSignature",))

    @cached_property
    def status_service(self) -> Member:
        return self.issue("证照状态服务", usage=("digitalSignature",), purposes=("statusSigning",))

    @cached_property
    def seal_maker(self) -> Member:
        return self.issue("制章人", purposes=("sealMaking",))

    @cached_property
    def revoked(self) -> Member:
        return self.issue("已吊销签名人")

    @cached_property
    def expired(self) -> Member:
        past = self.START - timedelta(days=1)
        return self.issue("已过期签名人", not_before=self.START - timedelta(days=100), not_after=past)

    @cached_property
    def encryption(self) -> Member:
        return self.issue("电子证照签发专用章", usage=ENCRYPTION_USAGE)

    @cached_property
    def anchors(self) -> TrustStore:
        return TrustStore(anchors=(self.root.certificate,))

    @property
    def pool(self) -> tuple[Certificate, ...]:
        return (self.issuing.certificate, self.root.certificate)

    def chain(self, member: Member) -> tuple[Certificate, ...]:
        return (member.certificate, *self.pool)

    def crl(
        self,
        *,
        issuer: Member | None = None,
        revoked: Mapping[Member, RevocationReason] | None = None,
        revoked_at: datetime | None = None,
        suspected: datetime | None = None,
        this_update: datetime | None = None,
        next_update: datetime | None = None,
        number: int = 1,
        more_extensions: tuple[bytes, ...] = (),
        signer: Signer | None = None,
    ) -> CertificateList:
        """Return a list of `issuer` (the issuing CA unless told), a day old and good for a week.

        Without `revoked` the issuing CA's list holds `world.revoked` for keyCompromise since two days before START.
        """
        by = issuer or self.issuing
        if revoked is None:
            revoked = {self.revoked: RevocationReason.KEY_COMPROMISE} if by is self.issuing else {}
        since = revoked_at or self.START - timedelta(days=2)
        signing = signer or by.signer
        spec = crl_build.CrlSpec(
            suite=signing.suite,
            issuer_der=by.certificate.subject_der,
            this_update=this_update or self.START - timedelta(days=1),
            next_update=next_update or self.START + timedelta(days=6),
            number=number,
            authority_key_id=by.signer.public_key.identifier,
            entries=tuple(
                crl_build.CrlEntry(
                    serial=member.certificate.serial, revoked_at=since, reason=reason, invalidity_date=suspected
                )
                for member, reason in revoked.items()
            ),
            extensions=more_extensions,
        )
        tbs = crl_build.build_tbs_crl(spec)
        return parse_crl(crl_build.assemble_crl(tbs, signing.suite, signing.sign(tbs)))
