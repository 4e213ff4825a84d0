"""What a request hands in, understood: forms and JSON objects, each bounded before it is read.

    asked = await read_asked(request, max_files=1, max_octets=20_000_000)
    asked.submissions[0].data, asked.at

Translation alone; what a file holds is nobody's matter here. No file name reaches a log or the trail.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException

from esign.copies.model import demand_of
from esign.credential.binding import MAX_NONCE, BindingDemand
from trustkit.clock import parse_rfc3339
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.encoding.canonical_json import JsonValue, parse_json
from trustkit.encoding.text64 import decode_base64
from trustkit.errors import ErrorCode, TrustError, disk_code
from verifier.submission import Submission

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from starlette.requests import Request

MAX_PARTS: Final = 200  # files of a batch and their evidence
MAX_NAME: Final = 255
MAX_MARKS: Final = MAX_PARTS + MAX_NAME + 64  # commas and brackets: evidence, a name full of commas, and the keys
_SMALL: Final = 64 * 1024  # octets of a body that is read where it comes in
NDJSON: Final = "application/x-ndjson"
_WORDS: Final = ("audience", "nonce", "recipient", "purpose")  # parts of words, each once
_PARTS: Final = frozenset({"file", "content", "evidence", "at", *_WORDS})
_JSON_KEYS: Final = frozenset({"name", "data", "content", "evidence", "at", *_WORDS})


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A request understood: what to verify, and as of when (None: now)."""

    submissions: tuple[Submission, ...]
    at: datetime | None

    def digest(self, *told: str) -> str:
        """Return what tells this call from every other, in hexadecimal digits: SM3 over all of it, and over what else is told of it."""
        parts = [*(each.encode("utf-8", "surrogatepass") for each in told), str(self.at).encode()]
        for one in self.submissions:
            asked = [one.demand.audience, one.demand.nonce] if one.demand else ["", ""]
            if one.copy_demand is not None:
                asked += [one.copy_demand.recipient or "", one.copy_demand.purpose or ""]
            texts = (one.name, *asked, str(one.content is None), str(len(one.evidence)))
            parts += [each.encode("utf-8", "surrogatepass") for each in texts]
            parts += [one.data, one.content or b"", *one.evidence]
        return digest(DigestAlgorithm.SM3, b"".join(len(each).to_bytes(8, "big") + each for each in parts)).hex()


async def read_asked(request: Request, *, max_files: int, max_octets: int) -> Asked:
    """Return what a request hands in. Raise REQUEST_TYPE, REQUEST_MALFORMED, BASE64_MALFORMED, or as the disk has it."""
    kind = media_type_of(request)
    if kind == "multipart/form-data":
        submissions, at, _ = await read_form(request, max_octets)
        asked = Asked(submissions=submissions, at=at)
    elif kind == "application/json":
        body = await request.body()
        if len(body) <= _SMALL:  # a thread's turn would take longer
            asked = asked_of_line(body, max_octets)
        else:
            asked = await run_in_threadpool(asked_of_line, body, max_octets)
    else:
        raise TrustError(ErrorCode.REQUEST_TYPE, "send multipart/form-data or application/json")
    if not asked.submissions:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "no file part, no document")
    if len(asked.submissions) > max_files:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "too many files in one request", limit=max_files)
    return asked


def asked_of_line(line: bytes, max_octets: int) -> Asked:
    """Return what a JSON object hands in: a body, or one line of a batch. One with more marks than any honest one is not even parsed.

    Raises:
        TrustError: REQUEST_MALFORMED, JSON_*, BASE64_MALFORMED.
    """
    require_marks(line, MAX_MARKS)
    return asked_of_value(parse_json(line, max_size=2 * max_octets))


def require_marks(octets: bytes, most: int) -> None:
    """Raise REQUEST_MALFORMED for JSON that has more parts than are read: what is not parsed costs nothing."""
    if sum(octets.count(mark) for mark in (b",", b"[", b"{")) > most:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "an object has more parts than are read", limit=most)


def media_type_of(request: Request) -> str:
    """Return the media type of a request's body, without parameters, in small letters."""
    return request.headers.get("content-type", "").split(";")[0].strip().lower()


async def read_form(
    request: Request, max_octets: int, *, more: frozenset[str] = frozenset()
) -> tuple[tuple[Submission, ...], datetime | None, Mapping[str, tuple[str, ...]]]:
    """Return the files of a form, as of when they are to be judged, and the texts of the parts named in `more` that are there.

    Raises:
        TrustError: REQUEST_MALFORMED, or as the disk has it.
    """
    try:
        form = await request.form(max_files=MAX_PARTS, max_fields=MAX_PARTS, max_part_size=max_octets)
    except (
        HTTPException,
        MultiPartException,
        AssertionError,
        ValueError,
    ) as error:  # within an application it is the first
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "the multipart body cannot be read") from error
    except OSError as error:  # larger parts are kept in files while they come
        raise TrustError(disk_code(error), "a part of the body cannot be kept") from error
    async with form_closing(form):
        if surplus := sorted(set(form) - _PARTS - more):
            raise TrustError(ErrorCode.REQUEST_MALFORMED, "unknown part", part=surplus[0][:MAX_NAME])
        content = [await _octets(part) for part in form.getlist("content")]
        evidence = tuple([await _octets(part) for part in form.getlist("evidence")])
        at = [await _words(part) for part in form.getlist("at")]
        asked = [[await _words(part) for part in form.getlist(key)] for key in _WORDS]
        if any(len(words) > 1 for words in asked):
            raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{', '.join(_WORDS)} stand once each")
        audience, nonce, recipient, purpose = ("".join(words) for words in asked)
        demand, copy_demand = _demand(audience, nonce), demand_of(recipient, purpose)
        texts = {name: tuple([await _words(part) for part in form.getlist(name)]) for name in more & set(form)}
        submissions = tuple(
            [
                Submission(
                    name=((part.filename if isinstance(part, UploadFile) else "") or "file")[:MAX_NAME],
                    data=await _octets(part),
                    content=content[0] if content else None,
                    evidence=evidence,
                    demand=demand,
                    copy_demand=copy_demand,
                )
                for part in form.getlist("file")
            ]
        )
    if len(content) > 1 or len(at) > 1:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "content and at stand once")
    return submissions, time_of(at[0]) if at else None, texts


class form_closing:  # noqa: N801 - a context manager is named like a function
    """Close the spooled files of a form whatever happens."""

    def __init__(self, form: FormData) -> None:
        self._form = form

    async def __aenter__(self) -> None:
        """Nothing to open."""

    async def __aexit__(self, *_: object) -> None:
        """Remove temporary files."""
        await self._form.close()


async def _octets(part: UploadFile | str) -> bytes:
    """Return the octets of a file. A part without a file name was read as text, in a charset that the client chose."""
    if isinstance(part, str):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "files are sent as such: give the part a filename")
    return await part.read()


async def _words(part: UploadFile | str) -> str:
    return part if isinstance(part, str) else (await part.read()).decode("utf-8", "replace")


def asked_of_value(value: JsonValue) -> Asked:
    """Return what a JSON object hands in, already parsed. Raise REQUEST_MALFORMED, BASE64_MALFORMED."""
    if not isinstance(value, dict) or set(value) - _JSON_KEYS or not isinstance(value.get("data"), str):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"an object with {', '.join(sorted(_JSON_KEYS))} is due")
    evidence = value.get("evidence", [])
    if not isinstance(evidence, list) or len(evidence) > MAX_PARTS:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "evidence is a list of base64 texts")
    at = time_of(text_of(value["at"], "at")) if "at" in value else None
    submission = Submission(
        name=text_of(value.get("name", "file"), "name")[:MAX_NAME],
        data=decode_base64(text_of(value["data"], "data")),
        content=decode_base64(text_of(value["content"], "content")) if "content" in value else None,
        evidence=tuple(decode_base64(text_of(item, "evidence")) for item in evidence),
        demand=_demand(*(text_of(value.get(key, ""), key) for key in _WORDS[:2])),
        copy_demand=demand_of(*(text_of(value.get(key, ""), key) for key in _WORDS[2:])),
    )
    return Asked(submissions=(submission,), at=at)


def text_of(value: JsonValue, key: str) -> str:
    """Return a text. Raise REQUEST_MALFORMED for anything else."""
    if not isinstance(value, str):
        raise TrustError(ErrorCode.REQUEST_MALFORMED, f"{key} is text", key=key)
    return value


def _demand(audience: str, nonce: str) -> BindingDemand | None:
    """Return what a holder was asked for, None when the request does not say. One of the two alone would prove nothing."""
    if not audience and not nonce:
        return None
    if not audience or not nonce or len(nonce) > MAX_NONCE:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "audience and nonce stand together", limit=MAX_NONCE)
    return BindingDemand(audience=audience, nonce=nonce)


def time_of(text: str) -> datetime:
    """Return a time with its offset. Raise REQUEST_MALFORMED."""
    try:
        return parse_rfc3339(text)
    except ValueError as error:
        raise TrustError(ErrorCode.REQUEST_MALFORMED, "at is a time such as 2026-12-01T00:00:00Z") from error
