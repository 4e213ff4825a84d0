"""The calls of an exchange, one after the other: written by their description, signed, asked, and read under bounds."""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from urllib.parse import urlencode, urlsplit

from idp.connectors.answers import MAX_TEXT, json_object, refusal, told
from idp.connectors.exchange_signing import ExchangeKeys  # noqa: TC001 - a field type of a public dataclass
from idp.connectors.upstream import FORM, JSON, MAX_ANSWER, Answer, Call, Upstream, ask, require_success
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from idp.connectors.exchange_description import CallDescription
    from trustkit.encoding.canonical_json import JsonValue

_READ: Final = frozenset({JSON, "text/json", "text/plain"})  # platforms send JSON as these, too; it is read as strictly
_MEDIA: Final = {"form": FORM, "json": JSON, "query": ""}


@dataclass(frozen=True, slots=True, kw_only=True)
class Exchanging:
    """What calls are made with: the network, keys, and a source of nonces."""

    upstream: Upstream
    keys: ExchangeKeys
    token: Callable[[], str] = field(repr=False)

    async def taken(
        self, calls: tuple[CallDescription, ...], values: Mapping[str, str], *, now: datetime
    ) -> Mapping[str, str]:
        """Return `values` and what the calls took.

        Raises:
            TrustError: IDP_UPSTREAM_UNREACHABLE; IDP_UPSTREAM_REFUSED (a 4xx); IDP_UPSTREAM_DENIED when `success` is told
                otherwise; IDP_UPSTREAM_ANSWER: ``json``, ``media-type``, ``signature``, ``nonce``, ``missing``, ``size``.
        """
        known = dict(values)
        for call in calls:
            known |= times(now) | {"nonce": self.token()}
            answer = require_success(await ask(self.upstream, self._written(call, known)))
            known |= self._read(call, answer, known["nonce"])
        return known

    def _written(self, call: CallDescription, known: Mapping[str, str]) -> Call:
        values = {**known, "secret": self._secret()}
        parameters = {name: template.filled(values) for name, template in call.parameters.items()}
        headers = {name: _header(template.filled(values)) for name, template in call.headers.items()}
        signing = call.signature
        if signing is not None and signing.parameter:
            parameters[signing.parameter] = self._signature(call, values, parameters, b"")
        body = _body(call.encoding, parameters)
        if signing is not None and signing.header:
            headers[signing.header] = self._signature(call, values, parameters, body)
        url = call.url
        if call.encoding == "query":
            url, body = f"{call.url}{'&' if '?' in call.url else '?'}{body.decode('ascii')}", b""
        return Call(method=call.method, url=url, headers=headers, body=body, media_type=_MEDIA[call.encoding])

    def _signature(
        self, call: CallDescription, values: Mapping[str, str], parameters: Mapping[str, str], body: bytes
    ) -> str:
        signing = call.signature
        if signing is None:
            raise TrustError(ErrorCode.BUG, "a call without a signature")
        line = "&".join(f"{name}={parameters[name]}" for name in sorted(parameters))
        path = urlsplit(call.url).path
        more = {"parameters": line, "body": body.decode(), "method": call.method, "path": path}
        return self.keys.sign(signing.algorithm, signing.input.filled({**values, **more}).encode(), signing.encoding)

    def _read(self, call: CallDescription, answer: Answer, nonce: str) -> dict[str, str]:
        signed = call.answer_signature
        if signed is not None:
            given = answer.headers.get(signed.header.lower(), "")
            self.keys.require_signed(signed.algorithm, answer.body, given, signed.encoding)
        if answer.media_type not in _READ:
            raise refusal("not JSON", "media-type")
        tree = json_object(answer.body, limit=MAX_ANSWER)
        if call.success is not None:
            pointer, values = call.success
            if (said := _at(tree, pointer)) not in values:
                raise TrustError(IdentityCode.IDP_UPSTREAM_DENIED, f"{pointer} is {told(said)}")
        if call.echo and not hmac.compare_digest((_at(tree, call.echo) or "").encode(), nonce.encode()):
            raise refusal("the answer is to another call", "nonce")
        return {name: _taken(tree, name, pointer) for name, pointer in call.take.items()}

    def _secret(self) -> str:
        return self.keys.secret.decode("utf-8", "strict") if self.keys.secret.isascii() else ""


def times(now: datetime) -> dict[str, str]:
    """Return the present as descriptions can have it."""
    seconds = now.timestamp()
    return {"timestamp": str(int(seconds)), "timestamp_ms": str(int(seconds * 1000))}


def _taken(tree: JsonValue, name: str, pointer: str) -> str:
    value = _at(tree, pointer)
    if value is None:
        return ""
    if len(value) > MAX_TEXT:
        raise refusal(f"{name} is too long", "size")
    return value


def _at(tree: JsonValue, pointer: str) -> str | None:
    """Return the text or whole number a pointer leads to; None for anything else, or for nothing."""
    for step in pointer.split("/")[1:]:
        tree = tree.get(step) if isinstance(tree, dict) else None
    if isinstance(tree, bool):
        return "true" if tree else "false"
    return str(tree) if isinstance(tree, str | int) else None


def _body(encoding: str, parameters: Mapping[str, str]) -> bytes:
    if encoding == "json":
        return canonical_json(dict(parameters))
    return urlencode(parameters).encode("ascii")


def _header(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise refusal("a taken value does not fit into a header", "header")
    return value
