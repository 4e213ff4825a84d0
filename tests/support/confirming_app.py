"""The app that confirms, as a telephone would run it: a key of its own, and messages signed with it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from idp.factors.app_messages import ANSWER, APP, KEY, LIST, REQUEST_ANSWER
from tests.support.factors import ISSUER, NOON
from tests.support.tokens import signer
from trustkit.crypto.public_key import KeyKind
from trustkit.jose.claims import lifetime_claims
from trustkit.jose.jwk import jwk_of
from trustkit.jose.sign import sign_jwt

if TYPE_CHECKING:
    from datetime import datetime

    from tests.support.factors import FactorDesk
    from trustkit.custody.port import Signer


@dataclass(kw_only=True)
class ConfirmingApp:
    """One app; `factor` once it is paired. Its `say` puts any claims into any kind of message."""

    signer: Signer = field(default_factory=lambda: signer(KeyKind.SM2))
    factor: str = ""

    def say(self, kind: str, *, at: datetime = NOON, key_id: str | None = None, **claims: Any) -> str:
        said = {"iss": self.factor, "aud": ISSUER, **lifetime_claims(at, timedelta(minutes=1)), **claims}
        members = {name: value for name, value in said.items() if value is not None}
        return sign_jwt(members, self.signer, kind=kind, key_id=self.factor if key_id is None else key_id)

    def key_for(self, pairing: str, **claims: Any) -> bytes:
        proof = self.say(KEY, pairing=pairing, **{"iss": APP, **claims})
        return json.dumps({"jwk": dict(jwk_of(self.signer.public_key).members), "proof": proof}).encode()

    def wish(self, at: datetime = NOON, **claims: Any) -> str:
        return self.say(LIST, at=at, **claims)

    def answer(self, confirmation: str, number: str | None, /, *, at: datetime = NOON, **claims: Any) -> str:
        decision = "deny" if number is None else "approve"
        said = {"confirmation": confirmation, "decision": decision, "number": number} | claims
        return self.say(ANSWER, at=at, **said)

    def allows(self, shown: dict[str, Any], /, *, at: datetime = NOON, **claims: Any) -> str:
        """Say yes to a client's request as the list shows it."""
        repeated = {name: shown[name] for name in ("client_id", "scope", "binding_message")}
        return self.say(REQUEST_ANSWER, at=at, **{"request": shown["id"], "decision": "approve", **repeated, **claims})

    def refuses(self, request: str, /, *, at: datetime = NOON, **claims: Any) -> str:
        return self.say(REQUEST_ANSWER, at=at, **{"request": request, "decision": "deny", **claims})

    def pair(self, desk: FactorDesk, person: str) -> ConfirmingApp:
        enroller = desk.enroller(person)
        handle = desk.apps.begin(enroller, now=NOON).handle
        desk.apps.bring(self.key_for(handle), now=NOON)
        self.factor = desk.apps.finish(enroller, handle, label="手机", now=NOON)
        return self
