"""Signing in with a certificate: a key on a USB token or behind an electronic business licence signs a challenge of ours.

    connector = CertificateConnector(name="usb-key", …, rules=rules, standing=standing, token=token)
    begun = await connector.begin(start, now=now)         # a prompt: the octets to sign, base64
    identity = await connector.finish(start, begun.kept, {"state": …, "certificate": …, "signature": …}, now=now)

The order of finishing is that of cost and harm: this login's own challenge, the certificate's path and the signature over the challenge,
and only then revocation, so that nobody without a fit key makes us ask anybody anything.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from idp.connectors.answers import require_state
from idp.connectors.certificate_answer import read_answer
from idp.connectors.certificate_challenge import LoginChallenge
from idp.connectors.certificate_rules import CertificateRules, require_not_revoked
from idp.connectors.port import Begun, LoginStart, Prompt
from idp.evidence import AssuranceEvidence, BrokeredIdentity, EvidenceKind
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from trustkit.x509.certificate import Certificate
    from trustkit.x509.path import ValidatedPath
    from trustkit.x509.path_revocation import OwnEvidence

CHALLENGE_MINUTES: Final = 5  # to insert a key and enter its PIN
HARDWARE_LEVEL: Final = "certificate-hardware"  # the words of the ladder ``certificate``
SOFTWARE_LEVEL: Final = "certificate"
_CANCELLED: Final = "cancelled"


class CertificateStanding(Protocol):
    """Where revocation lists and answers come from."""

    async def evidence(self, path: ValidatedPath, *, now: datetime) -> OwnEvidence:
        """Return what is to be had about the path's certificates; nothing where nothing is. Nothing of it need be proved."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CertificateConnector:
    """See the module; `audience` is the origin of our own pages.

    `ladder` knows ``certificate`` and ``certificate-hardware`` as logins, and `real_name` (empty for none) as what the authority
    makes sure of before it issues.
    """

    name: str
    title: Mapping[str, str]
    audience: str
    rules: CertificateRules
    standing: CertificateStanding
    ladder: str
    real_name: str = ""
    form: str = "der"
    token: Callable[[], str] = field(repr=False)

    async def begin(self, start: LoginStart, *, now: datetime) -> Begun:
        """See `Connector.begin`: a prompt of kind ``certificate`` with ``message`` (base64, to be signed as it is), ``form`` and ``state``.

        ``challenge`` is the same as the text that a person reads and has signed.
        """
        expires_at = (now + timedelta(minutes=CHALLENGE_MINUTES)).astimezone(UTC).replace(microsecond=0)
        kept = {"nonce": self.token(), "state": self.token(), "expires": expires_at.isoformat()}
        message = self._challenge(start, kept).message
        parameters = {
            "challenge": message.decode(),
            "message": encode_base64(message),
            "form": self.form,
            "state": kept["state"],
        }
        return Begun(step=Prompt(kind="certificate", parameters=parameters), state=kept["state"], kept=kept)

    async def finish(
        self, start: LoginStart, kept: Mapping[str, str], answer: Mapping[str, str], *, now: datetime
    ) -> BrokeredIdentity:
        """Return the holder. `answer` has ``state``, and what `certificate_answer.read_answer` takes.

        Raises:
            TrustError: IDP_UPSTREAM_ANSWER (``state``, ``missing``, ``size``), IDP_UPSTREAM_DENIED for ``error=cancelled``;
                IDP_CHALLENGE, IDP_CERTIFICATE, IDP_CERTIFICATE_STATUS, each with the rule that was broken.
        """
        require_state(kept, answer)
        if answer.get("error") == _CANCELLED:
            raise TrustError(IdentityCode.IDP_UPSTREAM_DENIED, "no key was used")
        challenge = self._challenge(start, kept)
        handed = read_answer(answer, challenge, now=now)
        certificate = handed.certificate
        path = self.rules.path(certificate, now=now)
        handed.require_over(challenge, form=self.form, now=now)
        subject = self.rules.subject(path)
        organisations = self.rules.organisations(certificate)
        require_not_revoked(path, await self.standing.evidence(path, now=now), now=now)
        return BrokeredIdentity(
            provider=self.name,
            subject=subject,
            evidence=self._evidence(certificate, now),
            authenticated_at=now,
            methods=("hwk",) if self.rules.hardware else ("swk",),  # RFC 8176 2
            organisations=organisations,
            display_name=certificate.common_name,
        )

    def _evidence(self, certificate: Certificate, now: datetime) -> tuple[AssuranceEvidence, ...]:
        words: list[tuple[EvidenceKind, str, datetime | None]] = [
            (EvidenceKind.LOGIN, HARDWARE_LEVEL if self.rules.hardware else SOFTWARE_LEVEL, None)
        ]
        if self.real_name:
            words.append((EvidenceKind.REAL_NAME, self.real_name, certificate.not_after))
        return tuple(
            AssuranceEvidence(kind=kind, source=self.name, ladder=self.ladder, level=level, at=now, expires_at=ends)
            for kind, level, ends in words
        )

    def _challenge(self, start: LoginStart, kept: Mapping[str, str]) -> LoginChallenge:
        return LoginChallenge(
            audience=self.audience,
            connector=self.name,
            login=start.handle,
            nonce=kept["nonce"],
            expires_at=datetime.fromisoformat(kept["expires"]),
        )
