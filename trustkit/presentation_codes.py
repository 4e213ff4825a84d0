"""What can go wrong while a wallet is asked and answers (OpenID4VP), beside what it shows."""

from __future__ import annotations

from enum import unique

from trustkit.error_family import Code, Family


@unique
class PresentationCode(Code):
    """Stable names of what can go wrong, sorted by value."""

    JWE_MALFORMED = ("jose:jwe:malformed", Family.MALFORMED)
    PRESENTATION_KEY = ("presentation:key:wrong", Family.FORBIDDEN)
    PRESENTATION_ANSWERED = ("presentation:request:answered", Family.CONFLICT)
    PRESENTATION_LIMIT = ("presentation:request:limit", Family.RESOURCE)
    PRESENTATION_MISSING = ("presentation:request:missing", Family.MISSING)
    PRESENTATION_REFUSED = ("presentation:request:refused", Family.CONFLICT)
    PRESENTATION_WAITING = ("presentation:request:waiting", Family.CONFLICT)
    PRESENTATION_RETURN = ("presentation:return:wrong", Family.FORBIDDEN)
    PRESENTATION_STATE = ("presentation:state:wrong", Family.UNTRUSTED)
