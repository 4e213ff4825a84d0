"""What can go wrong with copies of licences for a purpose (加注件) and the authorisations they rest on."""

from __future__ import annotations

from enum import unique

from trustkit.error_family import Code, Family

_M, _F, _C = Family.MALFORMED, Family.FORBIDDEN, Family.CONFLICT


@unique
class CopyCode(Code):
    """Stable names of what can go wrong, sorted by value."""

    AUTHORISATION_ENDED = ("copy:authorisation:ended", _F)
    AUTHORISATION_HOLDER = ("copy:authorisation:holder", _F)
    AUTHORISATION_MANY = ("copy:authorisation:many", _C)
    AUTHORISATION_MISSING = ("copy:authorisation:missing", Family.MISSING)
    AUTHORISATION_OTHER = ("copy:authorisation:other-licence", _F)
    AUTHORISATION_TERM = ("copy:authorisation:term", Family.USAGE)
    HOLDER_CLOSED = ("copy:holder:closed", _C)
    HOLDER_LEVEL = ("copy:holder:level", _F)
    HOLDER_ORGANISATION = ("copy:holder:organisation", _F)
    HOLDER_SIGN_IN = ("copy:holder:sign-in", _F)
    HOLDER_UNKNOWN = ("copy:holder:unknown", _F)
    COPY_MISSING = ("copy:number:missing", Family.MISSING)
    COPY_PURPOSE = ("copy:purpose:unfit", Family.USAGE)
    COPY_RECIPIENT = ("copy:recipient:unfit", Family.USAGE)
    REQUEST_BOUNDS = ("copy:request:bounds", Family.USAGE)
    REQUEST_ENDED = ("copy:request:ended", _C)
    REQUEST_HOLDER = ("copy:request:holder", _F)
    REQUEST_LICENCE = ("copy:request:licence", _C)
    REQUEST_MANY = ("copy:request:many", _C)
    REQUEST_MISSING = ("copy:request:missing", Family.MISSING)
    SHARING_MATTER = ("copy:sharing:matter", _F)
    SHARING_ORGANISATION = ("copy:sharing:organisation", _F)
    STREAM_LOST = ("copy:sharing:stream-lost", _C)
    COPY_ENDED = ("copy:state:ended", _C)
    COPY_TERM = ("copy:term:bounds", Family.USAGE)
    COPY_MALFORMED = ("copy:terms:malformed", _M)
    WEBHOOK_ADDRESS = ("copy:webhook:address", Family.USAGE)
    WEBHOOK_CHALLENGE = ("copy:webhook:challenge", Family.UNTRUSTED)
    WEBHOOK_MANY = ("copy:webhook:many", _C)
    WEBHOOK_MISSING = ("copy:webhook:missing", Family.MISSING)
    WEBHOOK_STATE = ("copy:webhook:state", _C)
    WEBHOOK_UNANSWERED = ("copy:webhook:unanswered", Family.UNREACHABLE)
