"""A home whose wallets fetch what their holders sign in for: its provider as a process, a wallet as a client there, a browser that signs in."""

from __future__ import annotations

import base64
import hashlib
import secrets
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlencode, urlsplit

import httpx

from esign.wallet.sign_in import FETCH
from tests.support.credential_desk import CredentialDesk, issuing_home, opened_desk
from tests.support.served_provider import TWO_FACTORS, Served, served
from tests.support.wallet import ES256, SM2, Wallet, wallet_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import ExitStack
    from pathlib import Path

    from idp.factors.port import FactorKind

BACK = "http://127.0.0.1:9/back"
COMPANY = "91990100MA7TRYQ01H"  # whose the sample licence is


@dataclass
class SignedInWallet:
    """A wallet's way to a token by the browser of its holder."""

    provider: Served
    client: str
    wallet: Wallet
    desk: CredentialDesk

    def sign_in(self, uscc: str = COMPANY, *matters: str, kinds: tuple[FactorKind, ...] = TWO_FACTORS) -> str:
        """Sign somebody in who acts for an organisation, for nobody where none is named; return the mandate's number."""
        person = self.provider.person()
        mandate = self.provider.mandate(person, uscc, *matters) if uscc else None
        self.provider.sign_in(person, kinds, mandate=mandate)
        return mandate or ""

    def token(self, scope: str = FETCH, resource: str = "", *, bound: bool = False) -> str:
        """Return an access token by the code flow with PKCE, bound to the wallet's key or borne."""
        url = f"{self.provider.issuer}/token"
        headers = {"dpop": self.wallet.dpop("/token", url=url)} if bound else {}
        resource = resource or self.wallet.issuer
        return token_by_code(self.provider, self.client, scope=scope, resource=resource, headers=headers)


def token_by_code(
    provider: Served, client: str, *, scope: str, resource: str, headers: dict[str, str] | None = None
) -> str:
    """Return an access token of whoever is signed in at the provider's browser, by the code flow with PKCE."""
    verifier = secrets.token_urlsafe(48)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    asked = {
        "response_type": "code",
        "client_id": client,
        "redirect_uri": BACK,
        "scope": scope,
        "resource": resource,
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    answer = provider.follow(f"{provider.issuer}/authorize?{urlencode(asked)}", BACK)
    (code,) = parse_qs(urlsplit(answer.headers["location"]).query)["code"]
    form = {
        "grant_type": "authorization_code",
        "client_id": client,
        "redirect_uri": BACK,
        "code": code,
        "code_verifier": verifier,
    }
    told: dict[str, Any] = httpx.post(
        f"{provider.issuer}/token", data=form, headers=headers or {}, trust_env=False
    ).json()
    return str(told["access_token"])


@contextmanager
def signed_in_wallet(
    place: Path, passphrase_file: Path, stack: ExitStack, more: str = "", **client: Any
) -> Iterator[SignedInWallet]:
    """Yield a wallet that is a client of a running provider of a home with licences; `more` is added to ``[wallet]``."""
    home = issuing_home(place / "home", suites=(SM2, ES256))
    with (home / "settings.toml").open("a", encoding="utf-8") as settings:
        settings.write(f"\n[wallet]\nsign_in = true\nanonymous_per_minute = 1000000\n{more}")
    with served(home, passphrase_file, place / "log") as provider:
        desk = opened_desk(home, stack)
        wallet = wallet_of(desk)
        yield SignedInWallet(
            provider=provider, client=wallet_client(provider, wallet, **client), wallet=wallet, desk=desk
        )


def wallet_client(provider: Served, wallet: Wallet, name: str = "wallet", **client: Any) -> str:
    """Register a wallet at the provider and return its identifier."""
    preset: dict[str, Any] = {
        "token_endpoint_auth_method": "none",
        "grant_types": ["authorization_code"],
        "redirect_uris": [BACK],
        "scope": f"{FETCH} other",
        "resources": [wallet.issuer, "https://other.test"],
    }
    registered, _ = provider.client(name, **preset | client)
    return registered.identifier
