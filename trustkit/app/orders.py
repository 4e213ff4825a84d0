"""What each certificate of an authority says, asked for in one place: by `trustkit init` and by `trustkit ca renew`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.enrolment import PublicationLinks
from ca.list_scope import ListBinding
from ca.order import CertificateOrder
from ca.profile import PROFILE_NAME, load_profile
from trustkit.app.home import POLICIES, policies_source
from trustkit.app.keys import OWN_PROFILES, KeyName
from trustkit.x509.name import Name

if TYPE_CHECKING:
    from pathlib import Path

    from ca.profile_model import CertificateProfile
    from trustkit.app.settings import Settings

_PROFILES: Final = "certificates"
AUTHORITIES: Final = {KeyName.ROOT: "root", KeyName.ISSUING: "issuing"}  # whose own certificates these are
_SUFFIX: Final = {
    KeyName.ROOT: " 根CA",
    KeyName.ISSUING: " 签发CA",
    KeyName.SEAL: "",
    KeyName.TIMESTAMP: " 时间戳",
    KeyName.STATUS: " 证照状态",
    KeyName.OCSP: " 证书状态",
    KeyName.SEAL_MAKER: " 制章",
    KeyName.CREDENTIAL: " 凭证",
    KeyName.CREDENTIAL_STATUS: " 凭证状态",
}


def certificate_order(settings: Settings, name: KeyName, *, register: str, spki: bytes) -> CertificateOrder:
    """Return the order of a certificate under the CA called `register`, for a SubjectPublicKeyInfo. Raise CA_PROFILE."""
    links = publication_links(settings, register, root=register == AUTHORITIES[KeyName.ROOT])
    return CertificateOrder(
        profile=profile_of(settings, name),
        subject_der=subject_of(settings, name),
        spki=spki,
        crl_url=links.crl_url,
        issuer_url=links.issuer_url,
        lists=links.lists,
        authority=AUTHORITIES.get(name),
        ocsp_url=links.ocsp_url if name is not KeyName.OCSP else None,  # vouched for until its end (ocsp-nocheck)
    )


def publication_links(settings: Settings, register: str, *, root: bool) -> PublicationLinks:
    """Return where what belongs to a CA is published, and how its new certificates are bound to its lists.

    A root's few are never divided. Of OCSP responders this knows the issuing CA's; `HomeAuthorities.links` adds those of others.
    """
    base, publication = settings.server.base_url, settings.publication
    partitions = 1 if root else publication.crl_partitions
    return PublicationLinks(
        crl_url=f"{base}/v1/crls/{register}.crl",
        issuer_url=f"{base}/v1/certificates/{register}.cer",
        ocsp_url=f"{base}/v1/ocsp" if register == AUTHORITIES[KeyName.ISSUING] else None,
        lists=ListBinding(partitions=partitions, deltas=publication.crl_deltas),
    )


def subject_of(settings: Settings, name: KeyName) -> bytes:
    """Return the subject of an authority's certificate, DER."""
    authority = settings.authority
    return Name.build(
        country="CN", organisation=authority.name, unit=authority.uscc, common_name=authority.name + _SUFFIX[name]
    )


def profile_of(settings: Settings, name: KeyName) -> CertificateProfile:
    """Return the home's profile of a certificate; one the home is too old to have comes from the installation."""
    return load_profile(profile_folder(settings, name.value), name.value)


def is_for_others(profile: CertificateProfile) -> bool:
    """Whether others may be given certificates of a profile.

    Not an authority's, and none of those by which the home knows its own: who had one of these could speak in its name, and
    the home would take it for its newest.
    """
    return not profile.ca and profile.subject is not None and profile.name not in OWN_PROFILES


def profile_folder(settings: Settings, name: str) -> Path:
    """Return the folder a profile is read from: the home's, or the installation's for one the home does not have."""
    folder = settings.home / POLICIES / _PROFILES
    known = PROFILE_NAME.fullmatch(name) is not None and not (folder / f"{name}.toml").exists()
    return policies_source() / _PROFILES if known else folder


def profile_names(settings: Settings) -> tuple[str, ...]:
    """Return the names of all profiles, sorted."""
    folders = (settings.home / POLICIES / _PROFILES, policies_source() / _PROFILES)
    return tuple(sorted({path.stem for folder in folders for path in folder.glob("*.toml")}))
