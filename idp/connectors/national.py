"""Signing in with a national network identity (网号/网证), through whatever platform the operator is connected to.

The way is that of the public service's app: our page hands the app a number for this business, the app answers with data for the
platform, the platform tells our back end whether the person was authenticated (facts of a provincial integration; the app and the
platform are the operator's to contract for, and no address of either is known here). Of a person trustkit gets a network number (网号),
scoped and opaque, a result, and a strength. No name, no citizen number: none is asked for, and one that came would be kept nowhere.

Using it is a person's own choice (《国家网络身份认证公共服务管理办法》: voluntary, and a service that takes it serves those who do not use it
equally): giving up leads back to the choice of ways (IDP_UPSTREAM_DENIED), and settings refuse a home where it is the only way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum, unique
from typing import TYPE_CHECKING, Final, Protocol

from idp.connectors.answers import refusal, require_state, told
from idp.connectors.exchange import MAX_SUBJECT
from idp.connectors.port import Begun, LoginStart, Prompt
from idp.evidence import AssuranceEvidence, BrokeredIdentity, EvidenceKind
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

MAX_DATA: Final = 8 * 1024  # characters of what the app hands over for the platform
SEQUENCE_LENGTH: Final = 32  # characters of a business number (bizSeq)
_SUCCESS: Final = "0"
_CITIZEN_NUMBER: Final = re.compile(r"(?<!\d)\d{17}[\dXx](?!\d)")


@unique
class NationalMode(StrEnum):
    """How a person is authenticated (authMode); with a face is this connector's to add when pages can take one."""

    CREDENTIAL = "R01"  # 网络身份凭证
    CREDENTIAL_AND_PASSWORD = "R02"  # noqa: S105 - 网络身份凭证 and its password

    @property
    def app_type(self) -> str:
        """What the app is told: 0 for the credential, 1 with its password."""
        return "1" if self is NationalMode.CREDENTIAL_AND_PASSWORD else "0"


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalAnswer:
    """What the app handed over for one business: opaque to us, sealed for the platform."""

    sequence: str
    mode: NationalMode
    credential: str = field(repr=False)  # idCardAuthData
    password: str = field(default="", repr=False)  # certPwdData


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalResult:
    """What the platform says: the network number scoped to us, and its own word for how strong the real-name check is."""

    number: str = field(repr=False)
    level: str


class NationalPlatform(Protocol):
    """The platform, or its simulator."""

    def parameters(self) -> Mapping[str, str]:
        """Return what the app needs to know of us: ``orgID``, ``appID``, or ``simulator``."""

    async def confirm(self, answer: NationalAnswer, *, now: datetime) -> NationalResult:
        """Return the result. Raise IDP_UPSTREAM_DENIED (not authenticated), IDP_UPSTREAM_ANSWER, IDP_UPSTREAM_UNREACHABLE, IDP_UPSTREAM_REFUSED."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NationalConnector:
    """See the module."""

    name: str
    title: Mapping[str, str]
    platform: NationalPlatform
    mode: NationalMode
    ladder: str
    token: Callable[[], str] = field(repr=False)

    async def begin(self, start: LoginStart, *, now: datetime) -> Begun:  # noqa: ARG002 - the protocol's
        """See `Connector.begin`: a prompt of kind ``national-id`` with what the app is called with, and ``state``."""
        state = self.token()
        sequence = digest(DigestAlgorithm.SM3, self.token().encode()).hex()[:SEQUENCE_LENGTH]
        called = {
            **self.platform.parameters(),
            "challenge": sequence,
            "bizSeq": sequence,
            "type": self.mode.app_type,
            "state": state,
        }
        kept = {"state": state, "sequence": sequence}
        return Begun(step=Prompt(kind="national-id", parameters=called), state=state, kept=kept)

    async def finish(
        self,
        start: LoginStart,  # noqa: ARG002 - the protocol's; state and business number bind the login
        kept: Mapping[str, str],
        answer: Mapping[str, str],
        *,
        now: datetime,
    ) -> BrokeredIdentity:
        """Return who was authenticated. `answer`: ``state``, ``resultCode`` (0), ``idCardAuthData`` and ``certPwdData``.

        Raises:
            TrustError: IDP_UPSTREAM_ANSWER: ``state``, ``missing``, ``size``, ``subject``, ``plaintext`` (the platform told a citizen
                number); IDP_UPSTREAM_DENIED when the app or the platform says no; what `NationalPlatform.confirm` raises.
        """
        require_state(kept, answer)
        if answer.get("resultCode", "") != _SUCCESS:
            raise TrustError(
                IdentityCode.IDP_UPSTREAM_DENIED, f"the app says {told(answer.get('resultCode')) or 'nothing'}"
            )
        credential, password = answer.get("idCardAuthData", "").strip(), answer.get("certPwdData", "").strip()
        if not credential or (self.mode is NationalMode.CREDENTIAL_AND_PASSWORD) != bool(password):
            raise refusal("not what this mode of authentication brings", "missing")
        if len(credential) > MAX_DATA or len(password) > MAX_DATA:
            raise refusal("too much for the platform", "size")
        asked = NationalAnswer(sequence=kept["sequence"], mode=self.mode, credential=credential, password=password)
        result = await self.platform.confirm(asked, now=now)
        if not 0 < len(result.number) <= MAX_SUBJECT:
            raise refusal("names nobody", "subject")
        if _CITIZEN_NUMBER.search(result.number):
            raise refusal("a citizen number where a network number belongs", "plaintext")
        real = AssuranceEvidence(
            kind=EvidenceKind.REAL_NAME, source=self.name, ladder=self.ladder, level=result.level, at=now
        )
        login = AssuranceEvidence(
            kind=EvidenceKind.LOGIN, source=self.name, ladder=self.ladder, level=self.mode.value, at=now
        )
        return BrokeredIdentity(provider=self.name, subject=result.number, evidence=(real, login), authenticated_at=now)
