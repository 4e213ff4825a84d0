"""``trustkit ca create`` and the renewal of authorities: names in the tree, their keys and their certificates.

An authority's key is durable and it is named before it has a certificate, and the certificate
becomes the current one in the commit that registers it: a crash leaves at most a name and a key that nothing uses, and the
next `create` of the same name goes on from there.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from ca.authority import IssuingAuthority
from ca.hierarchy import add_authority
from ca.issuance import CertificateIssuer
from ca.order import AuthorityRole, CertificateOrder
from ca.order_rules import BACKDATING
from ca.subject_form import build_subject
from trustkit.app.issuing_rules import issuing_rules
from trustkit.app.keys import KeyName, ca_key
from trustkit.app.new_keys import take_new_key
from trustkit.app.ocsp_certificates import renew_authority_responder, renew_responder
from trustkit.clock import format_rfc3339
from trustkit.crypto.public_key import KeyKind
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import authorities
from trustkit.store.authorities import AuthorityRow
from trustkit.x509.name import display_name

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ca.profile_model import CertificateProfile
    from trustkit.app.keys import Keys
    from trustkit.app.new_keys import KeyInModule
    from trustkit.app.opened import OpenedHome
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.port import BatchSigner
    from trustkit.x509.certificate import Certificate

CA_KEY_KINDS: Final = {
    "sm2": KeyKind.SM2,
    "ecdsa-p256": KeyKind.EC_P256,
    "ecdsa-p384": KeyKind.EC_P384,
    "rsa-3072": KeyKind.RSA,
    "ed25519": KeyKind.ED25519,
}
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,30}")  # part of URLs and of key files
_LINK_PROFILE: Final = "link"


@dataclass(frozen=True, slots=True, kw_only=True)
class CreationPlan:
    """What `Hierarchy.create` will sign."""

    name: str
    parent: str | None
    profile: CertificateProfile
    kind: KeyKind
    subject_der: bytes

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return what a person is shown before it is signed."""
        return (
            ("authority", self.name),
            ("under", self.parent or "nobody: a root"),
            ("subject", display_name(self.subject_der)),
            ("profile", f"{self.profile.name}, {self.profile.title_en}"),
            ("levels below", "any" if self.profile.path_length is None else str(self.profile.path_length)),
            ("key", f"{self.kind.value}, made anew"),
            ("valid for", f"{self.profile.days} days at most"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AuthorityRenewal:
    """What `Hierarchy.renew` will sign: a certificate, and link certificates where a root gets a new key."""

    name: str
    parent: str | None
    subject: str
    new_key: bool
    until: datetime

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return what a person is shown before it is signed."""
        return (
            ("authority", self.name),
            ("subject", self.subject),
            ("by", self.parent or "itself: a root, which relying parties must come to trust"),
            ("key", "made anew" if self.new_key else "the same as before"),
            ("links", "old key to new and new to old" if self.new_key and self.parent is None else "none"),
            ("valid until", format_rfc3339(self.until)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Hierarchy:
    """The tree of authorities of one home."""

    home: OpenedHome

    def plan(
        self, name: str, *, parent: str | None, profile: str, kind: str, subject: Mapping[str, str]
    ) -> CreationPlan:
        """Return what `create` would sign, every refusal made that needs no key.

        Raises:
            TrustError: USAGE for a name, kind or profile that cannot be; CA_AUTHORITY_EXISTS, CA_AUTHORITY_MISSING for the
                parent; CA_ENDS_FIRST when the parent has expired or is revoked; CA_LINT when it allows fewer levels below;
                CA_PROFILE, CA_ORDER, CA_SUBJECT.
        """
        if _NAME.fullmatch(name) is None:
            raise TrustError(ErrorCode.USAGE, "an authority's name is small letters, digits and hyphens, at most 31")
        if kind not in CA_KEY_KINDS:
            raise TrustError(ErrorCode.USAGE, f"a kind of key is one of {', '.join(CA_KEY_KINDS)}")
        chosen = self.home.authorities.profile(profile)
        if not chosen.ca or chosen.subject is None or (parent is None) == chosen.publish_links:
            told = "a root's profile publishes no links, any other authority's does; both have a subject form"
            raise TrustError(ErrorCode.USAGE, told, profile=profile)
        with self.home.database.reading() as unit:
            existing = authorities.find(unit, name)
        if existing is not None:
            if self.home.authorities.find(name) is not None:
                raise TrustError(ErrorCode.CA_AUTHORITY_EXISTS, "the name is taken", name=name)
            _require_same(existing, parent, profile)
        if parent is not None:
            _require_depth(self.home.authorities.in_force(parent, self.home.clock.now()), parent, chosen)
        return CreationPlan(
            name=name,
            parent=parent,
            profile=chosen,
            kind=CA_KEY_KINDS[kind],
            subject_der=build_subject(chosen.subject, subject),
        )

    def create(self, plan: CreationPlan, keys: Keys, module: KeyInModule | None = None) -> Certificate:
        """Make the authority: its name, its key (or a module's), its certificate, its first revocation list, its OCSP responder.

        Raises:
            TrustError: KEY_MISSING, PASSPHRASE_WRONG, CA_LINT and what issuing raises; what was begun can be gone on with.
        """
        signer = self._issuer_key(plan.parent, keys)  # a wrong passphrase ends here, with nothing made
        own = take_new_key(self.home, keys, ca_key(plan.name), plan.kind, module)
        with self.home.database.unit_of_work() as uow:
            begun = authorities.find(uow, plan.name)
            if begun is not None:
                _require_same(begun, plan.parent, plan.profile.name)
            else:
                row = AuthorityRow(
                    name=plan.name,
                    parent=plan.parent,
                    profile=plan.profile.name,
                    key_kind=own.public_key.kind.value,
                    created_at=self.home.clock.now(),
                )
                add_authority(uow, row, self.home.operator)
        order = self._order(plan.profile, plan.name, plan.parent, plan.subject_der, own.public_key)
        certificate = self._issue(plan.parent, signer or own, order)
        self.home.revocation(keys, plan.name).publish(self.home.operator)
        if plan.parent is not None:
            renew_authority_responder(self.home, keys, plan.name)
        return certificate

    def plan_renewal(self, name: str, *, new_key: bool) -> AuthorityRenewal:
        """Return what `renew` would sign. Raise CA_AUTHORITY_MISSING, CA_PROFILE, CA_ENDS_FIRST when the parent has ended."""
        row, current = self._row(name), self.home.authorities.certificate(name)
        until = self.home.clock.now().replace(microsecond=0) - BACKDATING
        until += timedelta(days=self.home.authorities.profile(row.profile).days)
        if row.parent is not None:
            parent = self.home.authorities.in_force(row.parent, self.home.clock.now())
            if parent.not_after <= max(current.not_after, self.home.clock.now()):
                told = "the authority above ends no later than this one's certificate: renew it first"
                raise TrustError(ErrorCode.CA_ENDS_FIRST, told, part=row.parent)
            until = min(until, parent.not_after)
        return AuthorityRenewal(name=name, parent=row.parent, subject=current.subject, new_key=new_key, until=until)

    def renew(self, plan: AuthorityRenewal, keys: Keys, module: KeyInModule | None = None) -> tuple[Certificate, ...]:
        """Make the next certificate of an authority, the first returned; then the links of a root's new key, if any.

        A link is the new key under the old one, and the old under the new (RFC 4210 4.4), so that whoever trusts either root
        believes what the other signed. The revocation list is signed by the new key at once.

        Raises:
            TrustError: PASSPHRASE_WRONG, KEY_*, CA_LINT and what issuing raises; the old certificate is current then.
        """
        row, old = self._row(plan.name), self.home.authorities.certificate(plan.name)
        old_key = keys.ca_signer(plan.name, old)
        kind = old.public_key.kind
        own = take_new_key(self.home, keys, ca_key(plan.name), kind, module) if plan.new_key else old_key
        order = self._order(
            self.home.authorities.profile(row.profile), plan.name, row.parent, old.subject_der, own.public_key
        )
        made = [self._issue(row.parent, self._issuer_key(row.parent, keys) or own, order)]
        if plan.new_key and row.parent is None:
            made += self._links(plan.name, (old, old_key), (made[0], own))
        self.home.revocation(keys, plan.name).publish(self.home.operator)
        if row.parent is not None:
            renew_authority_responder(self.home, keys, plan.name)
        if ca_key(plan.name) == KeyName.ISSUING:
            renew_responder(self.home, keys)
        return tuple(made)

    def plan_cross(self, name: str, by: str) -> tuple[Certificate, Certificate]:
        """Return whose key is vouched for, and who vouches; nothing is signed.

        Raises:
            TrustError: USAGE for itself; CA_AUTHORITY_MISSING; CA_ENDS_FIRST when the signer is not in force.
        """
        if name == by:
            raise TrustError(ErrorCode.USAGE, "an authority does not cross-certify itself")
        return self.home.authorities.certificate(name), self.home.authorities.in_force(by, self.home.clock.now())

    def cross_certify(self, name: str, by: str, keys: Keys) -> Certificate:
        """Return a certificate of one authority's key by another that is not its parent (a bridge between hierarchies).

        Raises:
            TrustError: as `plan_cross`; PASSPHRASE_WRONG, KEY_*, CA_LINT and what issuing raises.
        """
        subject, issuer = self.plan_cross(name, by)
        order = self._link_order(name, by, subject, issuer, AuthorityRole.CROSS)
        return self._issue(by, keys.ca_signer(by, issuer), order)

    def _links(
        self, name: str, old: tuple[Certificate, BatchSigner], new: tuple[Certificate, BatchSigner]
    ) -> list[Certificate]:
        made = []
        for (subject, _), (issuer, signer) in ((new, old), (old, new)):
            order = self._link_order(name, name, subject, issuer, AuthorityRole.LINK)
            made.append(self._authority(name, self._issuer(signer, issuer)).issue(order, self.home.operator))
        return made

    def _link_order(
        self, name: str, by: str, subject: Certificate, issuer: Certificate, role: AuthorityRole
    ) -> CertificateOrder:
        profile = self.home.authorities.profile(_LINK_PROFILE)
        length = subject.path_length
        if issuer.path_length is not None and subject.subject_der != issuer.subject_der:
            length = min(issuer.path_length - 1, issuer.path_length - 1 if length is None else length)
        longest = self.home.clock.now().replace(microsecond=0) - BACKDATING + timedelta(days=profile.days)
        order = self._order(replace(profile, path_length=length), name, by, subject.subject_der, subject.public_key)
        return replace(order, role=role, not_after=min(longest, subject.not_after, issuer.not_after))

    def _order(
        self, profile: CertificateProfile, name: str, parent: str | None, subject_der: bytes, key: PublicKey
    ) -> CertificateOrder:
        links = self.home.authorities.links(parent or name)
        return CertificateOrder(
            profile=profile,
            subject_der=subject_der,
            spki=key.spki,
            crl_url=links.crl_url,
            issuer_url=links.issuer_url,
            ocsp_url=links.ocsp_url,
            lists=links.lists,
            authority=name,
        )

    def _issue(self, parent: str | None, signer: BatchSigner, order: CertificateOrder) -> Certificate:
        issuer = self._issuer(signer, None if parent is None else self.home.authorities.certificate(parent))
        return self._authority(parent or str(order.authority), issuer).issue(order, self.home.operator)

    def _issuer(self, signer: BatchSigner, certificate: Certificate | None) -> CertificateIssuer:
        return CertificateIssuer(signer, certificate, rules=issuing_rules(self.home.settings.home))

    def _authority(self, name: str, issuer: CertificateIssuer) -> IssuingAuthority:
        return IssuingAuthority(name=name, database=self.home.database, clock=self.home.clock, issuer=issuer)

    def _issuer_key(self, parent: str | None, keys: Keys) -> BatchSigner | None:
        return None if parent is None else keys.ca_signer(parent, self.home.authorities.certificate(parent))

    def _row(self, name: str) -> AuthorityRow:
        with self.home.database.reading() as unit:
            row = authorities.find(unit, name)
        if row is None:
            raise TrustError(ErrorCode.CA_AUTHORITY_MISSING, "no authority of this name", name=name)
        return row


def _require_same(begun: AuthorityRow, parent: str | None, profile: str) -> None:
    """Refuse to go on with an authority that was begun as another: the register would keep what it was begun as."""
    if (begun.parent, begun.profile) != (parent, profile):
        told = "the name was begun under another authority or profile"
        raise TrustError(
            ErrorCode.CA_AUTHORITY_EXISTS, told, name=begun.name, under=begun.parent or "", profile=begun.profile
        )


def _require_depth(above: Certificate, name: str, profile: CertificateProfile) -> None:
    """Refuse, before a name or a key is made, what the lint `path-length` would (RFC 5280 4.2.1.9)."""
    allowed, wanted = above.path_length, profile.path_length
    if allowed is not None and (allowed == 0 or wanted is None or wanted >= allowed):
        told = "path-length (RFC 5280 4.2.1.9): the authority above allows fewer levels below it"
        needed = "any" if wanted is None else wanted + 1
        raise TrustError(ErrorCode.CA_LINT, told, authority=name, allowed=allowed, needed=needed, profile=profile.name)
