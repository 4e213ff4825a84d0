"""A client of an OpenID provider and the browser of who uses it: code flow with PKCE, by hand, for providers of anybody's making."""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import httpx

from tests.support.page_walker import PageWalker

BACK = "http://127.0.0.1:9/back"


@dataclass
class WalkingClient:
    """`fixed` goes with each request."""

    authorization: str
    token: str
    client: str
    secret: str = ""
    fixed: dict[str, str] = field(default_factory=dict)
    browser: PageWalker = field(default_factory=lambda: PageWalker(refusals=True))
    verifier: str = ""

    def asks(self, **parameters: str) -> dict[str, str]:
        """Send the browser to the provider; return what comes back, nothing while a page is shown."""
        self.verifier = secrets.token_urlsafe(32)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(self.verifier.encode()).digest()).decode().rstrip("=")
        asked = {
            "client_id": self.client,
            "response_type": "code",
            "redirect_uri": BACK,
            "scope": "openid",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **self.fixed,
            **parameters,
        }
        return self.browser.visit(f"{self.authorization}?{urlencode(asked)}", stop=BACK)

    def told(self, back: dict[str, str]) -> dict[str, Any]:
        """Exchange the code; return the claims of the ID token, unverified: tokens are other tests' matter."""
        form = {
            "grant_type": "authorization_code",
            "code": back["code"],
            "redirect_uri": BACK,
            "code_verifier": self.verifier,
        }
        auth = (self.client, self.secret) if self.secret else None
        data = form if auth else {**form, "client_id": self.client}
        answer = httpx.post(self.token, data=data, auth=auth, timeout=60, trust_env=False)
        assert answer.status_code == 200, answer.text
        payload = answer.json()["id_token"].split(".")[1]
        claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=="))
        return claims
