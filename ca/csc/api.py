"""``/csc/v2/…``: remote signing as the Cloud Signature Consortium's API v2 names it. Translation only.

Offered are info, credentials/list, credentials/info, credentials/authorize and signatures/signHash. A registered client shows its
secret with each call (Bearer or Basic): there is no auth/login to give another, no OAuth, no asynchronous operation, and no
signatures/signDoc, as documents are not to come here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from ca.api_forms import admit
from ca.clients import Permission
from ca.csc.credentials import VALID, SigningCredential, credential_info
from ca.csc.parameters import MAX_HASHES, Parameters
from ca.csc.problems import csc_problem
from trustkit.encoding.text64 import encode_base64
from trustkit.errors import TrustError
from trustkit.web.problem import request_id

if TYPE_CHECKING:
    from collections.abc import Callable

    from ca.clients import Client, ClientRegistry
    from ca.csc.signing import RemoteSigning
    from trustkit.encoding.canonical_json import JsonValue

BASE: Final = "/csc/v2"
SPECS: Final = "2.0.0.2"
_METHODS: Final = (
    "info",
    "credentials/list",
    "credentials/info",
    "credentials/authorize",
    "signatures/signHash",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceInfo:
    """What info tells of who runs the service: name, URL of a logo, country (ISO 3166-1 alpha-2)."""

    name: str
    logo: str
    region: str


def csc_router(registry: ClientRegistry, signing: RemoteSigning, info: ServiceInfo) -> APIRouter:
    """Return the routes."""
    router = APIRouter(tags=["remote signing"], responses=_RESPONSES)
    calls = _Calls(registry, signing, info)
    for method, act, told in (
        (_METHODS[0], calls.info, "What the service offers"),
        (_METHODS[1], calls.listed, "The credentials this client was granted"),
        (_METHODS[2], calls.credential, "A credential: its key, its certificates, how it is authorized"),
        (_METHODS[3], calls.authorize, "Authorize signatures over hashes; the SAD serves once"),
        (_METHODS[4], calls.sign, "Sign the hashes a SAD was given for"),
    ):
        router.add_api_route(
            f"{BASE}/{method}",
            act,
            methods=["POST"],
            response_class=JSONResponse,
            response_model=None,
            summary=told,
            openapi_extra=_BODIES[method],
        )
    return router


@dataclass(frozen=True, slots=True)
class _Calls:
    registry: ClientRegistry
    signing: RemoteSigning
    about: ServiceInfo

    async def info(self) -> JSONResponse:
        found = await run_in_threadpool(self._algorithms)
        answer: dict[str, JsonValue] = {
            "specs": SPECS,
            "name": self.about.name,
            "logo": self.about.logo,
            "region": self.about.region,
            "lang": "en-US",
            "description": "Signatures over hashes by the authority's keys",
            "authType": ["external"],  # the operator hands out secrets; each call shows one
            "asynchronousOperationMode": False,
            "methods": list(_METHODS),
            "signAlgorithms": {"algos": found},
            "signature_formats": {"formats": [], "envelope_properties": []},
            "conformance_levels": [],
        }
        return _answer(answer)

    async def listed(self, request: Request) -> JSONResponse:
        def act(client: Client, asked: Parameters) -> dict[str, JsonValue]:
            asked.require_own()
            valid, in_full, certificates = asked.flag("onlyValid"), asked.flag("credentialInfo"), asked.certificates()
            details, authorization = asked.flag("certInfo"), asked.flag("authInfo")
            found = [each for each in self.signing.usable(client) if not valid or each.status == VALID]
            answer: dict[str, JsonValue] = {"credentialIDs": [each.identifier for each in found]}
            if in_full:
                answer["credentialInfos"] = [
                    {
                        "credentialID": each.identifier,
                        **self._told(each, certificates, details=details, authorization=authorization),
                    }
                    for each in found
                ]
            return answer | ({"onlyValid": True} if valid else {})

        return await self._answered(request, act)

    async def credential(self, request: Request) -> JSONResponse:
        def act(client: Client, asked: Parameters) -> dict[str, JsonValue]:
            found = self.signing.credential(client, asked.text("credentialID"))
            details, authorization = asked.flag("certInfo"), asked.flag("authInfo")
            return self._told(found, asked.certificates(), details=details, authorization=authorization)

        return await self._answered(request, act)

    async def authorize(self, request: Request) -> JSONResponse:
        def act(client: Client, asked: Parameters) -> dict[str, JsonValue]:
            sad = self.signing.authorize(client, asked, request_id=request_id(request))
            return {"SAD": sad, "expiresIn": int(self.signing.lifetime.total_seconds())}

        return await self._answered(request, act)

    async def sign(self, request: Request) -> JSONResponse:
        def act(client: Client, asked: Parameters) -> dict[str, JsonValue]:
            signatures = self.signing.sign(client, asked, request_id=request_id(request))
            return {"signatures": [encode_base64(each) for each in signatures]}

        return await self._answered(request, act)

    async def _answered(
        self, request: Request, act: Callable[[Client, Parameters], dict[str, JsonValue]]
    ) -> JSONResponse:
        """Return the answer to a client that was let in, or the refusal in the API's own form."""
        try:
            client = await admit(self.registry, request, Permission.CREDENTIAL_SIGN)
            media_type = request.headers.get("content-type", "")
            asked = Parameters.read(await request.body(), media_type=media_type)
            return _answer(await run_in_threadpool(act, client, asked))
        except TrustError as error:
            return csc_problem(error)

    def _told(
        self, credential: SigningCredential, certificates: str, *, details: bool, authorization: bool
    ) -> dict[str, JsonValue]:
        return credential_info(
            credential,
            certificates=certificates,
            details=details,
            authorization=authorization,
            multisign=self.signing.most,
        )

    def _algorithms(self) -> list[JsonValue]:
        stored = self.signing.credentials
        every = (oid for each in stored.identifiers() for oid in stored.find(each).algorithms())
        return list(dict.fromkeys(every))


def _answer(body: dict[str, JsonValue]) -> JSONResponse:
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


def _refusal(told: str) -> dict[str, object]:
    properties = {"error": {"type": "string"}, "error_description": {"type": "string"}}
    schema = {"type": "object", "required": ["error"], "properties": properties}
    return {"description": told, "content": {"application/json": {"schema": schema}}}


def _body(required: tuple[str, ...], **properties: dict[str, object]) -> dict[str, object]:
    shared = {"lang": {"type": "string"}, "clientData": {"type": "string", "description": "Left aside"}}
    schema = {"type": "object", "required": list(required), "properties": properties | shared}
    return {"requestBody": {"required": True, "content": {"application/json": {"schema": schema}}}}


_RESPONSES: Final[dict[int | str, dict[str, object]]] = {
    400: _refusal("A parameter is missing or wrong, the credential cannot be used, or the SAD is not good for this"),
    401: _refusal("No secret of a client, or one that is not accepted"),
    403: _refusal("The client's role or grant does not include signing"),
    413: _refusal("The body is too large"),
    415: _refusal("The body is not application/json"),
    429: _refusal("Too many calls or signatures: Retry-After says when"),
    503: _refusal("The key cannot be reached at present"),
}
_TEXT: Final[dict[str, object]] = {"type": "string"}
_FLAG: Final[dict[str, object]] = {"type": "boolean", "default": False}
_WHICH: Final[dict[str, object]] = {"enum": ["none", "single", "chain"], "default": "single"}
_HASHES: Final[dict[str, object]] = {
    "type": "array",
    "minItems": 1,
    "maxItems": MAX_HASHES,
    "items": {"type": "string", "format": "byte"},
    "description": "Hashes in Base64; for SM2 each is SM3(Z ‖ M) with Z of the credential's key. At most multisign of them",
}
_OID: Final[dict[str, object]] = {"type": "string", "description": "Dotted OID"}
_BODIES: Final[dict[str, dict[str, object]]] = {
    "info": {},
    "credentials/list": _body(
        (), credentialInfo=_FLAG, certificates=_WHICH, certInfo=_FLAG, authInfo=_FLAG, onlyValid=_FLAG
    ),
    "credentials/info": _body(
        ("credentialID",), credentialID=_TEXT, certificates=_WHICH, certInfo=_FLAG, authInfo=_FLAG
    ),
    "credentials/authorize": _body(
        ("credentialID", "numSignatures", "hashes", "hashAlgorithmOID"),
        credentialID=_TEXT,
        numSignatures={"type": "integer", "minimum": 1, "description": "As many as hashes"},
        hashes=_HASHES,
        hashAlgorithmOID=_OID,
    ),
    "signatures/signHash": _body(
        ("credentialID", "SAD", "hashes", "signAlgo"),
        credentialID=_TEXT,
        SAD=_TEXT,
        hashes=_HASHES,
        hashAlgorithmOID=_OID,
        signAlgo=_OID,
        signAlgoParams={"type": "string", "format": "byte", "description": "DER in Base64, for RSASSA-PSS"},
        operationMode={"enum": ["S"]},
    ),
}
