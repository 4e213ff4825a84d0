"""Names of signers for display, with the identity numbers of persons made unreadable.

Organisations are shown as they are. Chinese personal certificates carry the citizen number in serialNumber, in the subject
identity extensions' attribute 1.2.156.10260.4.1.1, or inside the common name (GB 11643: 18 characters with a birth date);
wherever one stands, its digits are masked before the name leaves the judgement.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from trustkit.x509.certificate import Certificate

MAX_NAME: Final = 512  # characters shown; certificates hold hundreds at most
_CITIZEN: Final = re.compile(
    r"(?<![0-9])[1-9][0-9]{5}(?:19|20)[0-9]{2}(?:0[1-9]|1[0-2])(?:0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx](?![0-9])"
)
_PERSONAL: Final = re.compile(
    r"((?:serialNumber|2\.5\.4\.5|1\.2\.156\.10260\.4\.1\.[12](?:\.\d+)?)=)((?:\\.|[^,+\\])*)", re.IGNORECASE
)
_KEPT: Final = 4  # what remains of a masked number, enough to tell two certificates apart


def signer_name(certificate: Certificate) -> str:
    """Return the subject for display, personal numbers masked."""
    return mask(certificate.subject)


def issuer_name(certificate: Certificate) -> str:
    """Return the issuer for display, personal numbers masked."""
    return mask(certificate.issuer)


def mask(text: str) -> str:
    """Return the text with citizen numbers and personal attributes masked, and cut to `MAX_NAME`."""
    hidden = _PERSONAL.sub(lambda found: found.group(1) + _masked(found.group(2)), text)
    hidden = _CITIZEN.sub(lambda found: _masked(found.group(0)), hidden)
    return hidden if len(hidden) <= MAX_NAME else hidden[: MAX_NAME - 1] + "…"


def _masked(value: str) -> str:
    """Replace every digit but those among the last characters."""
    if not any(each.isdigit() for each in value):
        return value
    head, tail = value[:-_KEPT], value[-_KEPT:]
    return "".join("*" if each.isdigit() else each for each in head) + tail
