"""Which authority elsewhere stamps signatures by keys of one's own, and by whose word its tokens are believed."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from trustkit.app.asking_stamps import AskedAuthority, require_authority_address
from trustkit.app.verification import evidence_of, verification_for
from trustkit.app.verify_request import VerifyRequest
from trustkit.app.wiring import open_if_home
from trustkit.crypto.digest import DigestAlgorithm

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


@dataclass(frozen=True, slots=True, kw_only=True)
class StampOrder:
    """Where stamps are asked for.

    Attributes:
        url: where the authority answers.
        digest: name of what the signature's octets are condensed by.
        policy: dotted OID of the policy the stamp is to be made under; None leaves it to the authority.
        trust, evidence: files and folders of anchors, and of what else judging needs; with anchors only trusted tokens are kept.
        home: whose anchors count as well; with `home_required` it must be there.
    """

    url: str
    digest: str
    policy: str | None
    trust: tuple[Path, ...]
    evidence: tuple[Path, ...]
    home: Path
    home_required: bool

    @contextmanager
    def authority(self) -> Iterator[AskedAuthority]:
        """Give who stamps, for as long as the block lasts."""
        require_authority_address(self.url)
        where = VerifyRequest(
            trust=self.trust,
            evidence=self.evidence,
            home=self.home,
            home_required=self.home_required,
        )
        with open_if_home(where.home, required=where.home_required) as opened:
            yield AskedAuthority(
                url=self.url,
                algorithm=DigestAlgorithm(self.digest),
                policy=self.policy,
                service=verification_for(where, opened),
                evidence=evidence_of(where),
                trusted=bool(self.trust),
            )

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` reads again."""
        return {
            "url": self.url,
            "digest": self.digest,
            "policy": self.policy,
            "trust": [str(path) for path in self.trust],
            "evidence": [str(path) for path in self.evidence],
            "home": str(self.home),
            "home_required": self.home_required,
        }

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> StampOrder:
        """Return what `to_json` wrote."""
        policy = value["policy"]
        return cls(
            url=str(value["url"]),
            digest=str(value["digest"]),
            policy=None if policy is None else str(policy),
            trust=paths_from_json(value["trust"]),
            evidence=paths_from_json(value["evidence"]),
            home=Path(str(value["home"])),
            home_required=bool(value["home_required"]),
        )


def paths_from_json(value: object) -> tuple[Path, ...]:
    """Return the paths of a JSON array, none of anything else."""
    return tuple(Path(str(each)) for each in value) if isinstance(value, list) else ()
