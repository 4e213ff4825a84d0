"""How long the certificate of an OCSP responder lives: some months, and a year where custodians must sit for each."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from trustkit.app.home import KEYS
from trustkit.app.key_sets import KeySets

if TYPE_CHECKING:
    from pathlib import Path

    from ca.profile_model import CertificateProfile
    from trustkit.x509.certificate import Certificate

# Nobody asks about a responder's own revocation (ocsp-nocheck), so its life is the time a stolen key serves: as short as renewing
# without a person allows. Custodians who meet once a year are what a shared key can count on.
SHARED_DAYS: Final = 396  # a year, and a month to meet in


def responder_profile(profile: CertificateProfile, home: Path, issuer: Certificate) -> CertificateProfile:
    """Return the profile of a responder under an authority's key, for a home's folder. Raise KEY_SET_MALFORMED, KEY_FILE_MODE."""
    shared = KeySets(home / KEYS).of_key(issuer.public_key) is not None
    return replace(profile, days=max(profile.days, SHARED_DAYS)) if shared else profile
