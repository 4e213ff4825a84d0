"""Those who sign documents: the authority with its seal's key, or whoever has a key and a certificate of his own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from trustkit.app.algorithms import algorithm_policy
from trustkit.app.keys import KeyName
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.custody.policed import policed
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.stamping import TimestampAuthority
    from trustkit.app.asking_stamps import AskedAuthority
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.app.own_keys import SigningKey
    from trustkit.clock import Clock
    from trustkit.crypto.algorithm_policy import AlgorithmPolicy
    from trustkit.custody.port import Signer
    from trustkit.x509.certificate import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """One who signs: key, certificate, how his signatures are stamped, and the name on his seal."""

    signer: Signer = field(repr=False)
    certificate: Certificate
    chain: tuple[Certificate, ...]
    stamp: Callable[[bytes], bytes] | None
    stamp_url: str = ""
    stamp_room: int | None = None
    seal_name: str = ""


def home_party(home: Authority, keys: Keys, stamping: TimestampAuthority) -> Party:
    """Return the authority as it signs with its seal's key. Raise ALGORITHM_SUNSET, KEY_*, OWN_CERTIFICATE."""
    seal, rules = home.certificate(KeyName.SEAL), algorithm_policy(home.settings.home)
    return Party(
        signer=policed(keys.signer(KeyName.SEAL, seal), rules, AlgorithmUse.SIGNATURE, home.clock),
        certificate=seal,
        chain=(home.authorities.issuer_of(seal),),
        stamp=lambda value: stamping.stamp(value, home.operator),
        seal_name=home.settings.authority.name,
    )


def own_party(own: SigningKey, asked: AskedAuthority | None, rules: AlgorithmPolicy, clock: Clock) -> Party:
    """Return who signs with a key of his own. Raise USAGE without a certificate."""
    if own.certificate is None:
        raise TrustError(ErrorCode.USAGE, "who signs needs a certificate")
    return Party(
        signer=policed(own.signer(), rules, AlgorithmUse.SIGNATURE, clock),
        certificate=own.certificate,
        chain=own.chain,
        stamp=None if asked is None else asked.stamp,
        stamp_url="" if asked is None else asked.url,
        seal_name=own.certificate.common_name,
    )
