"""The OCSP responders of the authorities that ``trustkit ca create`` made: a key and a short-lived certificate each.

The issuing CA's own is one of the home's keys (`trustkit.app.certificate_renewal`). A root has none: it tells of its few
certificates by its list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ca.authority import IssuingAuthority
from ca.issuance import CertificateIssuer
from ca.order import CertificateOrder
from trustkit.app.algorithms import algorithm_policy
from trustkit.app.keys import CA_KEYS, KeyName
from trustkit.app.new_keys import take_new_key
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import authorities
from trustkit.x509.name import Name

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.x509.certificate import Certificate

_TITLE: Final = " 证书状态"


def responder_key(ca: str) -> str:
    """Return what a responder's keys are called, by its authority's name in the register."""
    return KeyName.OCSP.value if ca == "issuing" else f"{KeyName.OCSP.value}-{ca}"


def responder_certificate(home: OpenedHome, ca: str) -> Certificate:
    """Return the responder's certificate that holds now. Raise OWN_CERTIFICATE when there is none."""
    if ca == "issuing":
        home.require_fit_to_sign(KeyName.OCSP)
        return home.certificate(KeyName.OCSP)
    found = home.authorities.responder(ca)
    if found is None or found[0].revoked_at is not None or home.clock.now() > found[1].not_after:
        told = "its OCSP responder has no certificate that holds; `trustkit ca publish` makes the next"
        raise TrustError(ErrorCode.OWN_CERTIFICATE, told, part=responder_key(ca), state="missing")
    return found[1]


def renew_authority_responders(home: OpenedHome, keys: Keys) -> tuple[Certificate, ...]:
    """Give every authority below a root, the issuing CA aside, a responder's certificate where one is due. Raise as issuing."""
    with home.database.reading() as unit:
        names = [row.name for row in authorities.list_all(unit) if row.parent is not None and row.name not in CA_KEYS]
    made = (renew_authority_responder(home, keys, name) for name in names)
    return tuple(each for each in made if each is not None)


def renew_authority_responder(home: OpenedHome, keys: Keys, ca: str) -> Certificate | None:
    """Make the next certificate of an authority's responder, with a key of its own, when it is due; None when it is not.

    Due is the last third of its life, as is one that is missing, revoked or of an earlier key of the authority. Nothing is made
    for an authority that has ended or whose key its custodians keep.

    Raises:
        TrustError: KEY_*, PASSPHRASE_WRONG, CA_LINT and what issuing raises.
    """
    authority, now = home.authorities.find(ca), home.clock.now()
    if authority is None or now >= authority.not_after or keys.ca_waits(ca, authority):
        return None
    try:
        current = responder_certificate(home, ca)
        ours = current.authority_key_id == authority.subject_key_id
        if ours and now < current.not_after - (current.not_after - current.not_before) / 3:
            return None
    except TrustError as error:
        if error.code is not ErrorCode.OWN_CERTIFICATE:
            raise
    signer = keys.ca_signer(ca, authority)
    key = take_new_key(home, keys, responder_key(ca), authority.public_key.kind).public_key
    links, named = home.authorities.links(ca), home.settings.authority
    order = CertificateOrder(
        profile=home.authorities.profile(KeyName.OCSP.value),
        subject_der=Name.build(country="CN", organisation=named.name, unit=named.uscc, common_name=ca + _TITLE),
        spki=key.spki,
        crl_url=links.crl_url,
        issuer_url=links.issuer_url,
        lists=links.lists,
    )
    issuer = CertificateIssuer(signer, authority, algorithms=algorithm_policy(home.settings.home))
    issuing = IssuingAuthority(name=ca, database=home.database, clock=home.clock, issuer=issuer)
    return issuing.issue(order, home.operator)
