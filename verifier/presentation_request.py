"""A request to a wallet (OpenID4VP 1.0 clause 5), unsigned and whole in one link, and its answer once it is decrypted.

    link = request_link(asked, key)            # openid4vp://?client_id=redirect_uri%3A…
    shown = read_answer(plaintext, asked)

The asker is named by the address the answer goes to (`redirect_uri:`, clause 5.9.3): such a request cannot be signed, and whoever sees the wallet's page sees the name
of this service.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode

from trustkit.encoding.canonical_json import JsonValue, canonical_json, parse_json
from trustkit.errors import TrustError
from trustkit.jose.claims import same_text
from trustkit.jose.encrypted import AGREEMENT, ENCRYPTIONS, MAX_JWE
from trustkit.jose.model import JwsAlgorithm
from trustkit.presentation_codes import PresentationCode
from verifier.dcql.model import FORMAT
from verifier.dcql.read import parse_dcql
from verifier.presentation import parse_vp_token

if TYPE_CHECKING:
    from trustkit.jose.jwk import Jwk
    from verifier.dcql.model import DcqlQuery

SCHEME: Final = "openid4vp"  # clause 13.1.2; wallets of a profile have their own
SUITES: Final = {"es256": JwsAlgorithm.ES256, "sm2": JwsAlgorithm.SGD_SM3_SM2}
PREFIX: Final = "redirect_uri:"
OTHER: Final = "other"
_REFUSALS: Final = frozenset(  # RFC 6749 4.1.2.1; OpenID4VP 1.0 8.5
    {
        "access_denied",
        "invalid_client",
        "invalid_request",
        "invalid_request_uri_method",
        "invalid_scope",
        "invalid_transaction_data",
        "server_error",
        "temporarily_unavailable",
        "unauthorized_client",
        "unsupported_response_type",
        "vp_formats_not_supported",
        "wallet_unavailable",
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedOfWallet:
    """What is asked of a wallet.

    Attributes:
        dcql: the query as it was written; `query` is the same, understood.
        answer_to: where the wallet sends its answer.
        suite: which algorithms may sign: ``es256`` or ``sm2``, never both.
        same_holder: all credentials have to be of one key.
        way_back: where the wallet sends the person afterwards, empty for nowhere.
    """

    dcql: JsonValue
    query: DcqlQuery
    answer_to: str = field(repr=False)
    nonce: str = field(repr=False)
    state: str = field(repr=False)
    suite: str = "es256"
    same_holder: bool = False
    way_back: str = ""

    @property
    def client_id(self) -> str:
        """How the asker is named, and whom a holder signs for."""
        return PREFIX + self.answer_to

    @property
    def algorithm(self) -> JwsAlgorithm:
        """What issuers and holders sign with."""
        return SUITES[self.suite]

    def to_json(self) -> bytes:
        """Return it as it is kept; the inverse of `kept_request`."""
        return canonical_json(
            {
                "answer_to": self.answer_to,
                "dcql_query": self.dcql,
                "nonce": self.nonce,
                "same_holder": self.same_holder,
                "state": self.state,
                "suite": self.suite,
                "way_back": self.way_back,
            }
        )


def kept_request(octets: bytes) -> AskedOfWallet:
    """Return what was asked, as `AskedOfWallet.to_json` wrote it. Raise KeyError or TrustError for anything else."""
    kept = parse_json(octets)
    if not isinstance(kept, dict):
        raise TrustError(PresentationCode.PRESENTATION_MISSING, "nothing that was kept here")
    return AskedOfWallet(
        dcql=kept["dcql_query"],
        query=parse_dcql(kept["dcql_query"]),
        answer_to=str(kept["answer_to"]),
        nonce=str(kept["nonce"]),
        state=str(kept["state"]),
        suite=str(kept["suite"]),
        same_holder=kept["same_holder"] is True,
        way_back=str(kept["way_back"]),
    )


def request_link(asked: AskedOfWallet, key: Jwk, *, key_id: str) -> str:
    """Return the link that asks a wallet, for a QR code or a button; `key` is what it encrypts its answer to."""
    algorithms: list[JsonValue] = [asked.algorithm.value]
    metadata: JsonValue = {
        "jwks": {"keys": [{**key.members, "use": "enc", "alg": AGREEMENT, "kid": key_id}]},
        "encrypted_response_enc_values_supported": list(ENCRYPTIONS),
        "vp_formats_supported": {FORMAT: {"sd-jwt_alg_values": algorithms, "kb-jwt_alg_values": algorithms}},
    }
    parameters = {
        "client_id": asked.client_id,
        "response_type": "vp_token",
        "response_mode": "direct_post.jwt",
        "response_uri": asked.answer_to,
        "nonce": asked.nonce,
        "state": asked.state,
        "dcql_query": canonical_json(asked.dcql).decode("utf-8"),
        "client_metadata": canonical_json(metadata).decode("utf-8"),
    }
    return f"{SCHEME}://?{urlencode(parameters)}"


def read_answer(plaintext: bytes, asked: AskedOfWallet) -> tuple[tuple[str, str], ...]:
    """Return the presentations of a decrypted answer, each with the id of the query it answers (clauses 8.1, 8.3).

    Raises:
        TrustError: PRESENTATION_STATE for another request's answer; PRESENTATION_REFUSED for an encrypted refusal; VP_TOKEN_MALFORMED; JSON_*.
    """
    value = parse_json(plaintext, max_size=MAX_JWE)
    state = value.get("state") if isinstance(value, dict) else None
    if not isinstance(value, dict) or not isinstance(state, str) or not same_text(state, asked.state):
        raise TrustError(PresentationCode.PRESENTATION_STATE, "state is another")
    if "error" in value:
        refused = refusal_word(value["error"])
        raise TrustError(PresentationCode.PRESENTATION_REFUSED, "the wallet did not answer", error=refused)
    return parse_vp_token(value.get("vp_token"), asked.query)


def refusal_word(found: JsonValue) -> str:
    """Return a wallet's code for a refusal where it is one of the standards', `other` for any: what it says goes into the trail, and stays."""
    return found if isinstance(found, str) and found in _REFUSALS else OTHER
