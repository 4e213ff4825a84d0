"""What ``trustkit sign`` was told of time stamps for signatures by keys of one's own."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import KW_ONLY, dataclass
from typing import TYPE_CHECKING

from trustkit.app.cli.options import chosen_home
from trustkit.app.cli.timestamp import StampDigest
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from trustkit.app.asking_stamps import AskedAuthority
    from trustkit.app.stamp_order import StampOrder


@dataclass(frozen=True, slots=True)
class StampWords:
    """``--tsa`` and what goes with it, as given."""

    url: str | None
    digest: StampDigest | None
    policy: str | None
    _: KW_ONLY
    trust: tuple[Path, ...]
    evidence: tuple[Path, ...]

    def require_fit(self, *, own_keys: bool, encrypting: bool) -> None:
        """Raise USAGE for words that do not go together."""
        if self.url is not None and not own_keys:
            raise TrustError(
                ErrorCode.USAGE, "--tsa goes with --key and --remote: the seal's signatures are stamped by the home"
            )
        if self.url is None and any((self.digest, self.policy)):
            raise TrustError(ErrorCode.USAGE, "--tsa-digest and --tsa-policy go with --tsa")
        if self.url is None and not encrypting and any((self.trust, self.evidence)):
            raise TrustError(ErrorCode.USAGE, "--trust and --evidence go with --tsa or --encrypt-to")

    def order(self, home: Path | None) -> StampOrder | None:
        """Return who is to stamp, judged by the anchors of the home and those named; None when no stamp is asked for."""
        if self.url is None:
            return None
        from trustkit.app.stamp_order import StampOrder

        return StampOrder(
            url=self.url,
            digest=(self.digest or StampDigest.SM3).value,
            policy=self.policy,
            trust=self.trust,
            evidence=self.evidence,
            home=chosen_home(home),
            home_required=home is not None,
        )

    @contextmanager
    def authority(self, home: Path | None) -> Iterator[AskedAuthority | None]:
        """Give who stamps, None when no stamp is asked for."""
        order = self.order(home)
        if order is None:
            yield None
            return
        with order.authority() as asked:
            yield asked
