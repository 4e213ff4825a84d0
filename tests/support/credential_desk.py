"""A home that issues credentials in both suites, a wallet with a key of each, and what is done between them."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from esign.credential.binding import BindingDemand
from esign.credential.sign import KeyBinding, present
from esign.credential.suites import CredentialSuite
from tests.support.authority import copy_home, passphrase
from trustkit.app.credential_issuing import credential_changes, credential_service
from trustkit.app.credential_setup import CredentialSetup
from trustkit.app.keys import Keys
from trustkit.app.verification import home_verification
from trustkit.app.wiring import open_authority
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.custody.private_key import generate_key
from trustkit.jose.jwk import Jwk, jwk_of
from verifier.submission import Submission

if TYPE_CHECKING:
    from contextlib import ExitStack
    from datetime import timedelta
    from pathlib import Path

    from esign.credential.changes import CredentialChanges
    from esign.credential.issuance import CredentialService, IssuedCredential
    from esign.credential.model import ClaimPath
    from esign.licence.issuance import LicenceService
    from trustkit.app.authority import Authority
    from trustkit.clock import Clock
    from trustkit.custody.private_key import PrivateKey
    from trustkit.verdict import Verdict

DEMAND = BindingDemand(audience="https://window.test", nonce="n-1")
WALLET: dict[CredentialSuite, PrivateKey] = {suite: generate_key(suite.key_kind) for suite in CredentialSuite}


def wallet_key(suite: CredentialSuite) -> Jwk:
    """Return the wallet's public key of a suite."""
    return jwk_of(WALLET[suite].signer().public_key)


BOTH = tuple(wallet_key(suite) for suite in CredentialSuite)


def issuing_home(place: Path, *, clock: Clock | None = None, suites: tuple[CredentialSuite, ...]) -> Path:
    """Put a home there that can issue credentials of these suites."""
    copy_home(place)
    with open_authority(place, clock) as authority:
        setup = CredentialSetup(home=authority)
        keys = Keys(place, passphrase(), iterations=MIN_ITERATIONS)
        for suite in suites:
            plan = setup.plan(suite)
            assert plan is not None
            setup.make(plan, keys)
            assert setup.plan(suite) is None
    return place


@dataclass
class CredentialDesk:
    """Whoever issues in a home that is open; `clock` is what the home reads."""

    authority: Authority

    @cached_property
    def keys(self) -> Keys:
        return self.authority.unlock(passphrase())

    @cached_property
    def licences(self) -> LicenceService:
        return self.authority.licences(self.keys)

    @cached_property
    def service(self) -> CredentialService:
        return credential_service(self.authority, self.keys)

    @cached_property
    def changes(self) -> CredentialChanges:
        return credential_changes(self.authority, self.keys)

    def licence(self, kind: str = "business-licence", **fields: str) -> str:
        """Issue a licence of a type's sample and return its identifier."""
        types = self.authority.settings.home / "policies" / "licences"
        data = json.loads((types / kind / "sample.json").read_bytes())
        octets = json.dumps({**data, **fields}, ensure_ascii=False).encode()
        return self.licences.issue(kind, octets, actor=self.authority.operator).identifier

    def issue(self, identifier: str, *holders: Jwk, lifetime: timedelta | None = None) -> tuple[IssuedCredential, ...]:
        """Issue credentials to the wallet, in both suites unless keys are given."""
        more: dict[str, Any] = {} if lifetime is None else {"lifetime": lifetime}
        return self.service.issue(identifier, holders or BOTH, actor=self.authority.operator, **more)

    def verdict(self, text: str | bytes, demand: BindingDemand | None = None) -> Verdict:
        data = text.encode("ascii") if isinstance(text, str) else text
        service = home_verification(self.authority, offline=True)
        return service.judge(Submission(name="x", data=data, demand=demand))

    def told(self, *credentials: IssuedCredential) -> list[str]:
        """Return for each what becomes of it: ``TOTAL-PASSED``, or the sub-indication."""
        conclusions = [self.verdict(each.text).conclusion for each in credentials]
        return [str((each.sub_indication or each.indication).value) for each in conclusions]

    def present(self, issued: IssuedCredential, *paths: ClaimPath) -> str:
        binding = KeyBinding(
            signer=WALLET[issued.suite].signer(),
            audience=DEMAND.audience,
            nonce=DEMAND.nonce,
            at=self.authority.clock.now(),
        )
        return present(issued.text, paths=paths, binding=binding)


def opened_desk(home: Path, stack: ExitStack, clock: Clock | None = None) -> CredentialDesk:
    """Return the desk of a home that stays open as long as the stack."""
    return CredentialDesk(stack.enter_context(open_authority(home, clock)))
