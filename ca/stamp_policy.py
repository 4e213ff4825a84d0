"""The policy stamps are made under unless told, apart from what makes them: settings are read by processes that stamp nothing."""

from __future__ import annotations

from typing import Final

# A UUID-based identifier (ITU-T X.667 clause 8) needs no registration: 80948066-b4b9-5b0c-baed-65ef4b68f03d, made once for trustkit.
TIMESTAMP_POLICY: Final = "2.25.170912247681165613104137739891238301757"
