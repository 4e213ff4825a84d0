"""Small texts of the protocols: the forms of scopes, handles and levels that requests carry."""

from __future__ import annotations

import re
from typing import Final

SCOPE_WORD: Final = re.compile(r"[!#-\[\]-~]{1,128}")  # RFC 6749 3.3 scope-token, bounded
HANDLE: Final = re.compile(r"[A-Za-z0-9_-]{43}")  # 256 random bits in base64url
CHALLENGE: Final = HANDLE  # RFC 7636 4.2: SHA-256 in base64url
VERIFIER: Final = re.compile(r"[A-Za-z0-9._~-]{43,128}")  # RFC 7636 4.1
THUMBPRINT: Final = HANDLE  # RFC 7638 3 with SHA-256
VISIBLE: Final = re.compile(r"[ -~]*")  # RFC 6749 appendix A: VSCHAR
MAX_STATE: Final = 1024  # characters of state and nonce: kept, and sent back
MAX_SCOPE: Final = 1024
