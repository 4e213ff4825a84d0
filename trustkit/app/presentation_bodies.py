"""What callers of ``/v1/presentations`` hand in, understood: the asker's questions, and what wallets post."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import parse_qsl, urlsplit

from trustkit.api_codes import ApiCode
from trustkit.app.client_calls import key_of
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.jose.encrypted import MAX_JWE
from verifier.asked import media_type_of, text_of
from verifier.dcql.model import MAX_QUERY
from verifier.dcql.read import parse_dcql
from verifier.presentation_api import flag_of
from verifier.presentation_request import SUITES, refusal_word

if TYPE_CHECKING:
    from starlette.requests import Request

    from verifier.dcql.model import DcqlQuery

MAX_MINUTES: Final = 60
USUAL_MINUTES: Final = 10
MAX_WAY_BACK: Final = 2048
_MAX_FORM: Final = MAX_JWE + 4096
_MAX_FIELDS: Final = 16
_MAX_ESCAPES: Final = 2048  # octets written as %XX: an answer needs none, and many are dear to read
LEAST_SECRET: Final = 22  # characters of an Idempotency-Key of 128 random bits in base64url
_REFUSAL: Final = re.compile(r"[a-z][a-z_]{0,63}")
_QUESTION: Final = frozenset({"dcql_query", "suite", "same_holder", "redirect_uri", "minutes"})
_RESULT: Final = frozenset({"key", "response_code"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a wallet is to be asked."""

    dcql: JsonValue
    query: DcqlQuery
    suite: str
    same_holder: bool
    way_back: str
    minutes: int

    def digest(self) -> str:
        """Return what tells this question from every other, in hexadecimal digits."""
        asked = [self.dcql, self.suite, self.same_holder, self.way_back, self.minutes]
        return digest(DigestAlgorithm.SM3, json.dumps(["ask", asked], sort_keys=True).encode("ascii")).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultCall:
    """What opens an answer: the asker's key and, where the wallet sent the person back, what he brought."""

    key: str = field(repr=False)
    response_code: str = field(repr=False)

    def digest(self, number: str) -> str:
        """Return what tells this call about a question from every other, in hexadecimal digits."""
        asked = json.dumps(["result", number, self.key, self.response_code])
        return digest(DigestAlgorithm.SM3, asked.encode("ascii")).hex()


@dataclass(frozen=True, slots=True, kw_only=True)
class Posted:
    """What a wallet posted: an answer, or its word for a refusal."""

    answer: str = field(default="", repr=False)
    refused: str = ""


async def read_question(request: Request) -> Question:
    """Return what is to be asked. Raise REQUEST_TYPE, REQUEST_MALFORMED, INPUT_TOO_LARGE, JSON_*, DCQL_*."""
    value = await _object(request, _QUESTION, most=MAX_QUERY)
    dcql = value.get("dcql_query")
    suite, minutes = value.get("suite", "es256"), value.get("minutes", USUAL_MINUTES)
    if not isinstance(suite, str) or suite not in SUITES:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"suite is {' or '.join(SUITES)}")
    if isinstance(minutes, bool) or not isinstance(minutes, int) or not 1 <= minutes <= MAX_MINUTES:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "minutes is a number from 1", limit=MAX_MINUTES)
    return Question(
        dcql=dcql,
        query=parse_dcql(dcql),
        suite=suite,
        same_holder=flag_of(value, "same_holder"),
        way_back=_way_back(text_of(value.get("redirect_uri", ""), "redirect_uri")),
        minutes=minutes,
    )


async def read_result_call(request: Request) -> ResultCall:
    """Return what opens an answer. Raise REQUEST_TYPE, REQUEST_MALFORMED, INPUT_TOO_LARGE, JSON_*."""
    value = await _object(request, _RESULT, most=4096)
    return ResultCall(
        key=text_of(value.get("key"), "key"), response_code=text_of(value.get("response_code", ""), "response_code")
    )


def require_secret_key(request: Request) -> None:
    """Raise REPEAT_KEY for an Idempotency-Key that can be guessed: what is kept under it holds the key that opens a wallet's answer."""
    key = key_of(request)
    if key and len(key) < LEAST_SECRET:
        raise TrustError(ApiCode.REPEAT_KEY, "of a question: random, such as a UUID", least=LEAST_SECRET)


async def read_form(request: Request) -> bytes:
    """Return the form a wallet posted, not read yet. Raise REQUEST_TYPE, REQUEST_MALFORMED, INPUT_TOO_LARGE."""
    if media_type_of(request) != "application/x-www-form-urlencoded":
        raise TrustError(ErrorCode.REQUEST_TYPE, "send application/x-www-form-urlencoded")
    body = await _body(request, _MAX_FORM)
    if body.count(b"%") > _MAX_ESCAPES:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "too many octets are written as %XX", limit=_MAX_ESCAPES)
    return body


def posted_of(body: bytes) -> Posted:
    """Return what a wallet posted (clauses 8.2, 8.3.1, 8.5). Raise REQUEST_MALFORMED."""
    try:
        pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, strict_parsing=True, max_num_fields=_MAX_FIELDS)
    except ValueError as error:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "the form cannot be read") from error
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "a field stands there twice")
    answer, refused = fields.get("response", ""), fields.get("error", "")
    if bool(answer) is bool(refused) or (refused and not _REFUSAL.fullmatch(refused)):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "response, encrypted, or a code in error")
    return Posted(answer=answer, refused=refusal_word(refused) if refused else "")


async def _object(request: Request, keys: frozenset[str], *, most: int) -> dict[str, JsonValue]:
    if media_type_of(request) != "application/json":
        raise TrustError(ErrorCode.REQUEST_TYPE, "send application/json")
    value = parse_json(await _body(request, most), max_size=most)
    if not isinstance(value, dict) or set(value) - keys:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"an object with {', '.join(sorted(keys))} is due")
    return value


async def _body(request: Request, most: int) -> bytes:
    """Return a body, and stop reading one that is longer. Raise INPUT_TOO_LARGE."""
    found = bytearray()
    async for piece in request.stream():
        found += piece
        if len(found) > most:
            raise TrustError(ErrorCode.INPUT_TOO_LARGE, "request body", limit=most)
    return bytes(found)


def _way_back(text: str) -> str:
    """Return where the person is sent afterwards: an https address to which a fragment can be put (clause 8.2)."""
    if not text:
        return ""
    try:
        parts = urlsplit(text)
        whole = parts.scheme == "https" and bool(parts.hostname) and not parts.username
    except ValueError:
        whole = False
    if (
        not whole
        or "#" in text
        or len(text) > MAX_WAY_BACK
        or not text.isascii()
        or not text.isprintable()
        or " " in text
    ):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "redirect_uri is an https address without fragment")
    return text
