"""Tokens in our own forms, without which a form changes nothing: another site can make a browser send one, and cannot read ours.

    token = csrf_token(sealing, browser, "login", interaction.id)
    require_csrf(sealing, browser, token, "login", interaction.id)

A token is made of the browser's secret under the home's, so nothing is kept, and one browser's is no good at another, nor one form's in
another form.
"""

from __future__ import annotations

import hmac
from typing import TYPE_CHECKING, Final

from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from idp.sealing import Sealing

_PURPOSE: Final = "csrf"
_LENGTH: Final = 64  # hexadecimal digits of HMAC-SM3


def csrf_token(sealing: Sealing, secret: str, *form: str) -> str:
    """Return the token of a form at the browser that has a cookie's secret."""
    return sealing.mac(_PURPOSE, secret.encode(), *(part.encode() for part in form)).hex()


def require_csrf(sealing: Sealing, secret: str | None, token: str, *form: str) -> None:
    """Raise IDP_FORGED unless the token is that form's at that browser; compared in constant time."""
    whole = secret is not None and len(token) == _LENGTH and token.isascii()
    if secret is None or not whole or not hmac.compare_digest(csrf_token(sealing, secret, *form), token):
        raise TrustError(IdentityCode.IDP_FORGED, "the form is not one this browser was given")
