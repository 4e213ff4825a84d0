"""The calls a service answers: what is sent, and how the answer is read. Nothing here waits for anything."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Generic, TypeVar
from urllib.parse import quote

from trustkit_client.catalogue import LicenceStatus, LicenceType, status_of, type_of, types_of
from trustkit_client.documents import base64_of, document_of, rfc3339
from trustkit_client.errors import UsageError
from trustkit_client.presentations import PresentationVerdict, presentation_of
from trustkit_client.reading import read_object
from trustkit_client.results import BundleVerdict, Verdict, bundle_of, verdict_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from datetime import date, datetime

    from trustkit_client.documents import Document, Source

Answered = TypeVar("Answered")
Part = tuple[str, tuple[str, bytes]]
_IDENTIFIER: Final = re.compile(r"[0-9A-Z.]{1,128}", re.ASCII)
_TYPE: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,63}", re.ASCII)
KINDS: Final = frozenset({"simple", "detailed", "diagnostic"})
FORMS: Final = frozenset({"json", "xml", "html", "pdf"})
MAX_BUNDLE: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Call(Generic[Answered]):
    """One call. `keyed` ones may carry an Idempotency-Key, `guarded` ones a token."""

    method: str
    path: str
    read: Callable[[bytes], Answered] = field(repr=False)
    parts: tuple[Part, ...] = field(default=(), repr=False)
    fields: Mapping[str, str] = field(default_factory=dict, repr=False)
    value: object = field(default=None, repr=False)
    query: Mapping[str, str] = field(default_factory=dict)
    keyed: bool = False
    guarded: bool = True


def verifying(source: Source) -> Call[Verdict]:
    """Return the call for a verdict on one file. Raise UsageError."""
    return _of_document(document_of(source), "/v1/verify", lambda body: verdict_of(read_object(body)), keyed=True)


def reporting(source: Source, kind: str, form: str) -> Call[bytes]:
    """Return the call for a report. Raise UsageError."""
    if kind not in KINDS or form not in FORMS:
        raise UsageError(f"a report is one of {', '.join(sorted(KINDS))} and of {', '.join(sorted(FORMS))}")
    return _of_document(document_of(source), "/v1/verify/report", bytes, query={"kind": kind, "as": form}, keyed=True)


def verifying_bundle(
    sources: Iterable[Source], *, types: Iterable[str], same_holder: bool, on: date | None, at: datetime | None
) -> Call[BundleVerdict]:
    """Return the call for one verdict on several licences. Raise UsageError."""
    documents = [document_of(each) for each in sources]
    if not 1 <= len(documents) <= MAX_BUNDLE:
        raise UsageError(f"a bundle has one to {MAX_BUNDLE} licences")
    if any(each.at is not None for each in documents):
        raise UsageError("all licences of a bundle are judged as of one time, which stands beside them")
    if at is not None and at.tzinfo is None:
        raise UsageError("the time of judging needs a time zone")
    value: dict[str, object] = {
        "licences": [each.to_json() for each in documents],
        "types": list(types),
        "same_holder": same_holder,
    }
    if on is not None:
        value["on"] = on.isoformat()
    if at is not None:
        value["at"] = rfc3339(at)
    return Call(
        method="POST",
        path="/v1/verify/bundle",
        value=value,
        keyed=True,
        read=lambda body: bundle_of(read_object(body)),
    )


def verifying_presentation(
    vp_token: Mapping[str, object],
    *,
    query: Mapping[str, object],
    audience: str,
    nonce: str,
    same_holder: bool,
    evidence: Iterable[bytes],
) -> Call[PresentationVerdict]:
    """Return the call for a verdict on a wallet's answer. Raise UsageError for an answer to nobody's question, and for what is no JSON."""
    if not audience or not nonce:
        raise UsageError("audience and nonce are those of the request: an answer to nobody's question proves nothing")
    value = {
        "dcql_query": query,
        "vp_token": vp_token,
        "audience": audience,
        "nonce": nonce,
        "same_holder": same_holder,
        "evidence": [base64_of(each) for each in evidence],
    }
    try:
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise UsageError("query and vp_token are JSON objects") from error
    return Call(
        method="POST",
        path="/v1/verify/presentation",
        value=value,
        keyed=True,
        read=lambda body: presentation_of(read_object(body)),
    )


def licence_status(identifier: str) -> Call[LicenceStatus]:
    """Return the call for where a licence stands. Raise UsageError for what is no identifier."""
    if not _IDENTIFIER.fullmatch(identifier):
        raise UsageError("an identifier of a licence (GB/T 36904) has digits, capitals and points")
    return Call(
        method="GET",
        path=f"/v1/licences/{quote(identifier)}/status",
        guarded=False,
        read=lambda body: status_of(read_object(body)),
    )


def licence_types() -> Call[tuple[LicenceType, ...]]:
    """Return the call for the catalogue of licence types."""
    return Call(method="GET", path="/v1/licence-types", guarded=False, read=lambda body: types_of(read_object(body)))


def licence_type(name: str) -> Call[LicenceType]:
    """Return the call for one licence type. Raise UsageError for what is no name of one."""
    if not _TYPE.fullmatch(name):
        raise UsageError("a licence type has a name such as business-licence")
    return Call(
        method="GET", path=f"/v1/licence-types/{name}", guarded=False, read=lambda body: type_of(read_object(body))
    )


def _of_document(
    document: Document,
    path: str,
    read: Callable[[bytes], Answered],
    *,
    query: Mapping[str, str] | None = None,
    keyed: bool = False,
) -> Call[Answered]:
    parts: list[Part] = [("file", (document.label, document.data))]
    if document.content is not None:
        parts.append(("content", ("content", document.content)))
    parts += [("evidence", ("evidence", each)) for each in document.evidence]
    return Call(
        method="POST",
        path=path,
        parts=tuple(parts),
        fields=document.asked(),
        query=query or {},
        keyed=keyed,
        read=read,
    )
