"""Every code there is, and each by its value: rooms with many have an enumeration of their own beside `trustkit.errors`."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from trustkit.api_codes import ApiCode
from trustkit.bulk_codes import BulkCode
from trustkit.capsule_codes import CapsuleCode
from trustkit.copy_codes import CopyCode
from trustkit.credential_codes import CredentialCode
from trustkit.errors import ErrorCode
from trustkit.identity_codes import IdentityCode
from trustkit.licence_codes import LicenceCode
from trustkit.presentation_codes import PresentationCode
from trustkit.record_codes import RecordCode

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.error_family import Code

EVERY_CODE: Final[tuple[Code, ...]] = (
    *ErrorCode,
    *BulkCode,
    *CapsuleCode,
    *ApiCode,
    *CopyCode,
    *CredentialCode,
    *IdentityCode,
    *LicenceCode,
    *PresentationCode,
    *RecordCode,
)
CODES: Final[Mapping[str, Code]] = MappingProxyType({code.value: code for code in EVERY_CODE})
