"""What can go wrong in the life of licences: acts on them, later versions, repeated orders, files of many. What is older stands in `ErrorCode`."""

from __future__ import annotations

from enum import unique

from trustkit.error_family import Code, Family

_U, _F, _C, _M = Family.UNTRUSTED, Family.FORBIDDEN, Family.CONFLICT, Family.MALFORMED


@unique
class LicenceCode(Code):
    """Stable names of what can go wrong, sorted by value."""

    ACT_NOT_OF_TYPE = ("esign:licence-act:not-of-type", _F)
    ACT_PENDING = ("esign:licence-act:pending", _C)
    ACT_TIME = ("esign:licence-act:time", Family.USAGE)
    CHANGE_HOLDER = ("esign:licence-change:holder", _F)
    HOLDER_KEY = ("esign:licence-holder:key", Family.CONFIG)
    REPEATED_OTHERWISE = ("esign:licence-order:repeated-otherwise", _C)
    REPEATED_UNDECIDED = ("esign:licence-order:undecided", _C)
    PROPOSAL_EXPIRED = ("esign:licence-proposal:expired", _C)
    PROPOSAL_MISSING = ("esign:licence-proposal:missing", Family.MISSING)
    PROPOSAL_NEEDED = ("esign:licence-proposal:needed", _F)
    PROPOSAL_NOT_MAKER = ("esign:licence-proposal:not-maker", _F)
    PROPOSAL_OTHERWISE = ("esign:licence-proposal:otherwise", _U)
    PROPOSAL_OVERTAKEN = ("esign:licence-proposal:overtaken", _C)
    PROPOSAL_PERSONS = ("esign:licence-proposal:persons", Family.CONFIG)
    PROPOSAL_SAME_PERSON = ("esign:licence-proposal:same-person", _F)
    PROPOSAL_STATE = ("esign:licence-proposal:state", _C)
    ROWS_FAULTY = ("esign:licence-rows:faulty", _M)
    ROWS_MALFORMED = ("esign:licence-rows:malformed", _M)
    ROWS_TWICE = ("esign:licence-rows:twice", _M)
    TYPE_ALTERED = ("esign:licence-type:altered", _C)
    TYPE_UNFIT = ("esign:licence-type:unfit", _U)
    SUSPENDED = ("esign:licence:suspended", _U)
