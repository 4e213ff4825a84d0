"""Signers of the home's own keys for documents and lists, which sign only what the home's rules of algorithms still let be made."""

from __future__ import annotations

from typing import TYPE_CHECKING

from trustkit.app.algorithms import algorithm_policy
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.custody.policed import policed

if TYPE_CHECKING:
    from trustkit.app.keys import Keys
    from trustkit.app.opened import OpenedHome
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate


def document_signer(home: OpenedHome, keys: Keys, name: str, certificate: Certificate) -> Signer:
    """Return the signer of a key for documents. Raise ALGORITHM_SUNSET when the home's rules no longer let it make any; KEY_*."""
    rules = algorithm_policy(home.settings.home)
    return policed(keys.signer(name, certificate), rules, AlgorithmUse.SIGNATURE, home.clock)
