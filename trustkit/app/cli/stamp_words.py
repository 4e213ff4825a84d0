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
            raise TrustError(ErrorCode.USAGE, "--tsa goes with --key: the seal's signatures are stamped by the home")
        if self.url is None and any((self.digest, self.policy)):
            raise TrustError(ErrorCode.USAGE, "--tsa-digest and --tsa-policy go with --tsa")
        if self.url is None and not encrypting and any((self.trust, self.evidence)):
            raise TrustError(ErrorCode.USAGE, "--trust and --evidence go with --tsa or --encrypt-to")

    @contextmanager
    def authority(self, home: Path | None) -> Iterator[AskedAuthority | None]:
        """Give who stamps, judged by the anchors of the home and those named; None when no stamp is asked for."""
        if self.url is None:
            yield None
            return
        from trustkit.app.asking_stamps import AskedAuthority
        from trustkit.app.verification import VerifyRequest, evidence_of, verification_for
        from trustkit.app.wiring import open_if_home
        from trustkit.crypto.digest import DigestAlgorithm

        where = VerifyRequest(
            files=(),
            trust=self.trust,
            evidence=self.evidence,
            at=None,
            content=None,
            offline=False,
            policy=None,
            home=chosen_home(home),
            home_required=home is not None,
        )
        with open_if_home(where.home, required=where.home_required) as opened:
            yield AskedAuthority(
                url=self.url,
                algorithm=DigestAlgorithm((self.digest or StampDigest.SM3).value),
                policy=self.policy,
                service=verification_for(where, opened),
                evidence=evidence_of(where),
                trusted=bool(self.trust),
            )
