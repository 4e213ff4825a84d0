"""A wallet that fetches licences from the service of a home, in this process and without a socket."""

from __future__ import annotations

import asyncio
import json
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import httpx

from esign.credential.suites import CredentialSuite
from esign.wallet.metadata import PRE_AUTHORIZED
from esign.wallet.offers import OfferOrder
from tests.support.credential_desk import WALLET
from tests.support.dpop_proof import sign_dpop
from tests.support.wallet_proof import key_proof
from trustkit.app.wallet_asgi import wallet_application
from trustkit.app.wallet_issuing import offer_desk
from trustkit.clock import SystemClock
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.private_key import generate_key
from trustkit.encoding.text64 import decode_base64url, encode_base64url
from trustkit.jose.claims import numeric_date

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from esign.wallet.offers import MadeOffer
    from tests.support.credential_desk import CredentialDesk
    from trustkit.clock import Clock
    from trustkit.custody.port import Signer

ES256, SM2 = CredentialSuite.ES256, CredentialSuite.SM2
JSON = "application/json"


def offered(link: str) -> dict[str, Any]:
    """Return the offer in a link."""
    (text,) = parse_qs(urlsplit(link).query)["credential_offer"]
    found: dict[str, Any] = json.loads(text)
    return found


def code_of(offer: MadeOffer) -> str:
    """Return the code in an offer's link."""
    return str(offered(offer.link)["grants"][PRE_AUTHORIZED]["pre-authorized_code"])


@dataclass
class Wallet:
    """What a wallet does, step by step; `key` is what its tokens are bound to, where it proves one."""

    app: ASGIApp
    issuer: str
    clock: Clock
    key: Signer = field(default_factory=lambda: generate_key(KeyKind.EC_P256).signer())

    def send(self, method: str, path: str, **request: Any) -> httpx.Response:
        async def act() -> httpx.Response:
            transport = httpx.ASGITransport(app=self.app)
            async with httpx.AsyncClient(transport=transport, base_url=self.issuer) as client:
                return await client.request(method, path, **request)

        return asyncio.run(act())

    def get(self, path: str) -> Any:
        answer = self.send("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def dpop(self, path: str, token: str = "", **bent: Any) -> str:
        """Return a proof of the wallet's key for a request."""
        given: dict[str, Any] = {
            "method": "POST",
            "url": f"{self.issuer}{path}",
            "token_id": secrets.token_hex(16),
            "now": self.clock.now(),
            "access_token": token,
        }
        return sign_dpop(self.key, **given | bent)

    def token(self, code: str, tx_code: str = "", *, bound: bool = False, **more: str) -> httpx.Response:
        form = {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": code, **({"tx_code": tx_code} if tx_code else {})}
        headers = {"dpop": self.dpop("/token")} if bound else {}
        return self.send("POST", "/token", data=form | more, headers=headers)

    def nonce(self) -> str:
        answer = self.send("POST", "/nonce")
        assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
        return str(answer.json()["c_nonce"])

    def proof(self, suite: CredentialSuite = ES256, nonce: str | None = None, algorithm: str = "", **bent: Any) -> str:
        """Return a proof of a key of the wallet's, right or bent; `algorithm` is put in place of the one it was signed by."""
        signer = WALLET[suite].signer()
        given: dict[str, Any] = {
            "issuer": self.issuer,
            "nonce": self.nonce() if nonce is None else nonce,
            "seconds": numeric_date(self.clock.now()),
        }
        made = key_proof(signer, **given | bent)
        if not algorithm:
            return made
        head, _, rest = made.partition(".")
        members = json.loads(decode_base64url(head)) | {"alg": algorithm}
        return f"{encode_base64url(json.dumps(members).encode())}.{rest}"

    def authorized(self, token: str, path: str, *, bound: bool) -> dict[str, str]:
        if not bound:
            return {"authorization": f"Bearer {token}"}
        return {"authorization": f"DPoP {token}", "dpop": self.dpop(path, token)}

    def credential(
        self, token: str, name: str = "business-licence.es256", *, proof: str | None = None, bound: bool = False
    ) -> httpx.Response:
        made = self.proof(SM2 if name.endswith("sm2") else ES256) if proof is None else proof
        body = {"credential_configuration_id": name, "proofs": {"jwt": [made]}}
        return self.send("POST", "/credential", json=body, headers=self.authorized(token, "/credential", bound=bound))

    def notify(self, token: str, identifier: str, event: str = "credential_accepted") -> httpx.Response:
        body = {"notification_id": identifier, "event": event}
        return self.send("POST", "/notification", json=body, headers={"authorization": f"Bearer {token}"})


def wallet_of(desk: CredentialDesk) -> Wallet:
    """Return a wallet that comes to the service of a home, which stays open."""
    authority = desk.authority
    app = wallet_application(authority, desk.keys)
    return Wallet(app=app, issuer=authority.settings.wallet.url(), clock=authority.clock)


def offer_of(desk: CredentialDesk, licence: str, *suites: CredentialSuite, **more: Any) -> MadeOffer:
    """Make an offer of a licence, in ES256 unless told."""
    order = OfferOrder(licence=licence, suites=suites or (ES256,), **more)
    return offer_desk(desk.authority).make(order, actor=desk.authority.operator)


def token_of(wallet: Wallet, code: str, tx_code: str = "", **more: Any) -> str:
    answer = wallet.token(code, tx_code, **more)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["access_token"])


def refused(answer: httpx.Response, status: int, error: str) -> None:
    assert (answer.status_code, answer.json()["error"]) == (status, error), answer.text
    assert answer.headers["cache-control"] == "no-store"
    if status in {401, 403}:
        assert "www-authenticate" in answer.headers


class MovedClock:
    """The machine's clock, some time ahead."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> Any:
        return SystemClock().now() + self.ahead

    def monotonic(self) -> float:
        return SystemClock().monotonic() + self.ahead.total_seconds()
