"""Settings of remote signing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from ca.csc.parameters import MAX_HASHES
from trustkit.errors import ErrorCode, TrustError

LONGEST_SAD: Final = 3600  # seconds: what the API takes for granted where nothing is said (CSC API v2, 11.6)
_MOST_REGION: Final = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class CscSettings:
    """``[csc]``: signatures over hashes by the home's seal (CSC API v2), for clients granted to ``sign``, at ``/csc/v2``.

    `sad_seconds` is how long an authorization is good, `max_hashes` of how many hashes at once; `region` (ISO 3166-1 alpha-2)
    and `logo` (a URL) are what the service tells of itself.
    """

    enabled: bool = False
    max_hashes: int = 100
    sad_seconds: int = 120
    signatures_per_minute: int = 1200  # of one client
    region: str = "CN"
    logo: str = ""

    def require_fit(self) -> None:
        """Raise SETTINGS_MALFORMED for a value that cannot be meant, naming its key."""
        for key, fits, told in (
            ("max_hashes", self.max_hashes <= MAX_HASHES, f"is at most {MAX_HASHES}"),
            ("sad_seconds", self.sad_seconds <= LONGEST_SAD, f"is at most {LONGEST_SAD}"),
            # a client may use a tenth of a minute's at once (trustkit.web.rates)
            (
                "signatures_per_minute",
                self.signatures_per_minute >= 10 * self.max_hashes,
                "is ten times max_hashes or more",
            ),
            ("region", self._is_region(), "is two capital letters"),
            ("logo", self._is_address(), "is an http or https URL"),
        ):
            if not fits:
                raise TrustError(ErrorCode.SETTINGS_MALFORMED, f"[csc] {key} {told}", key=f"csc.{key}")

    def _is_region(self) -> bool:
        return (
            len(self.region) == _MOST_REGION
            and self.region.isascii()
            and self.region.isalpha()
            and self.region.isupper()
        )

    def _is_address(self) -> bool:
        whole = self.logo.isascii() and self.logo.isprintable() and " " not in self.logo
        return not self.logo or (whole and self.logo.startswith(("https://", "http://")))
