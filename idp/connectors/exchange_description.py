"""How a provider's own exchange of a code or ticket goes, read from TOML: data, so that a further platform needs no code.

    [begin]
    url = "https://user.example/oauth/authorize"
    parameters = { appId = "{client}", backUrl = "{return}?state={state}" }

    [return]                       # what the browser brings back: the names of its parameters
    code = "ticket"
    state = "state"
    error = "error"

    [[call]]                       # up to four, each may use what those before it took
    url = "https://user.example/api/userinfo"
    encoding = "json"              # form, json or query
    parameters = { appId = "{client}", ticket = "{code}", nonce = "{nonce}", timestamp = "{timestamp}" }
    signature = { algorithm = "hmac-sm3", input = "{parameters}", encoding = "hex", parameter = "sign" }
    success = { pointer = "/code", values = ["0"] }
    echo = "/nonce"
    take = { user = "/data/userId", level = "/data/authlevel" }

    [identity]
    subject = "user"
    real_name = "level"

Places: ``{client}`` ``{return}`` ``{state}`` ``{nonce}`` ``{timestamp}`` (seconds) ``{timestamp_ms}`` ``{code}``, what was taken, and in
calls that are POSTs ``{secret}``; in a signature's input also ``{parameters}`` (``a=1&b=2`` sorted by name, without the signature),
``{body}``, ``{method}`` and ``{path}``.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping  # noqa: TC003 - field types of public dataclasses
from dataclasses import dataclass
from typing import Final, Literal, cast

from idp.connectors.certificate_rules import ROLES
from idp.connectors.template import Template, parse_template
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

MAX_DESCRIPTION: Final = 64 * 1024
MAX_CALLS: Final = 4
MAX_PARAMETERS: Final = 32
ALGORITHMS: Final = ("hmac-sm3", "sm2")
ENCODINGS: Final = ("form", "json", "query")
SIGNATURE_TEXTS: Final = ("hex", "base64")
_BEGIN: Final = frozenset({"client", "return", "state", "nonce", "timestamp", "timestamp_ms"})
_CALL: Final = _BEGIN | {"code"}
_INPUT: Final = frozenset({"parameters", "body", "method", "path", "secret"})
_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,31}")
_POINTER: Final = re.compile(r"(/[^/~\x00-\x1f]{1,64}){1,8}")
_HEADER: Final = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
_SET_BY_US: Final = frozenset({"host", "content-length", "transfer-encoding", "connection", "accept-encoding"})


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureDescription:
    """How a call or an answer is signed; of `header` and `parameter` one is set."""

    algorithm: str
    input: Template
    encoding: str
    header: str = ""
    parameter: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CallDescription:
    """One call. `answer_signature` has no input of its own: it is over the answer's octets."""

    url: str
    method: Literal["GET", "POST"]
    encoding: str
    parameters: Mapping[str, Template]
    headers: Mapping[str, Template]
    signature: SignatureDescription | None
    answer_signature: SignatureDescription | None
    success: tuple[str, tuple[str, ...]] | None
    echo: str
    take: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityDescription:
    """Which taken value is what; an empty name is one the provider does not tell. `roles` maps its words to ours."""

    subject: str
    real_name: str = ""
    login: str = ""
    authenticated_at: str = ""  # seconds since 1970
    display_name: str = ""
    uscc: str = ""
    organisation: str = ""
    role: str = ""
    roles: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeDescription:
    """A whole exchange. `returned` are the names of code, state and error in what the browser brings back."""

    begin_url: str
    begin_parameters: Mapping[str, Template]
    returned: tuple[str, str, str]
    calls: tuple[CallDescription, ...]
    identity: IdentityDescription


def parse_exchange(text: str) -> ExchangeDescription:
    """Return a description. Raise IDP_CONNECTOR naming what is wrong."""
    tree = read_toml(text)
    begin = _Table(_table(tree, "begin"), "begin", ("url", "parameters"))
    returned = _Table(_table(tree, "return"), "return", ("code", "state", "error"))
    calls, known = parse_calls(tree, _CALL)
    _refuse_surplus(tree, ("begin", "return", "call", "identity"), "the description")
    parameters = begin.templates("parameters", _BEGIN)
    if not any("state" in each.names for each in parameters.values()):
        raise _wrong("begin.parameters", "one of them carries {state}")
    return ExchangeDescription(
        begin_url=begin.text("url"),
        begin_parameters=parameters,
        returned=(returned.text("code"), returned.text("state"), returned.optional("error")),
        calls=calls,
        identity=parse_identity(tree, known),
    )


def parse_calls(
    tree: Mapping[str, object], known: frozenset[str]
) -> tuple[tuple[CallDescription, ...], frozenset[str]]:
    """Return the calls of a description, and the names of everything they take. Raise IDP_CONNECTOR."""
    raw = tree.get("call")
    if not isinstance(raw, list) or not 0 < len(raw) <= MAX_CALLS or not all(isinstance(each, dict) for each in raw):
        raise _wrong("call", f"one to {MAX_CALLS} tables")
    calls = []
    taken: frozenset[str] = frozenset()
    for number, each in enumerate(raw):
        call = _call(_Table(each, f"call.{number}", _CALL_KEYS), known | taken)
        if set(call.take) & (known | taken | _INPUT):
            raise _wrong(f"call.{number}.take", "a name that is taken already")
        taken |= set(call.take)
        calls.append(call)
    return tuple(calls), taken


def parse_identity(tree: Mapping[str, object], taken: frozenset[str]) -> IdentityDescription:
    """Return who it is that values say, each by the name of a taken one. Raise IDP_CONNECTOR."""
    table = _Table(_table(tree, "identity"), "identity", (*_IDENTITY, "roles"))
    names = {key: table.optional(key) for key in _IDENTITY}
    for key, name in names.items():
        if name and name not in taken:
            raise _wrong(f"identity.{key}", f"{name!r} was taken by no call")
    roles = table.texts("roles")
    if not names["subject"]:
        raise _wrong("identity.subject", "needed")
    if any((names["uscc"], names["organisation"], names["role"])) and not (
        names["uscc"] and names["organisation"] and names["role"] and roles and set(roles.values()) <= set(ROLES)
    ):
        raise _wrong(
            "identity.roles", f"an organisation needs uscc, organisation, role, and roles among {', '.join(ROLES)}"
        )
    return IdentityDescription(**names, roles=roles)


_IDENTITY: Final = (
    "subject",
    "real_name",
    "login",
    "authenticated_at",
    "display_name",
    "uscc",
    "organisation",
    "role",
)
_CALL_KEYS: Final = (
    "url",
    "method",
    "encoding",
    "parameters",
    "headers",
    "signature",
    "answer_signature",
    "success",
    "echo",
    "take",
)


def _call(table: _Table, known: frozenset[str]) -> CallDescription:
    encoding = table.choice("encoding", ENCODINGS, "form")
    method = table.choice("method", ("GET", "POST"), "GET" if encoding == "query" else "POST")
    if encoding != "query" and method == "GET":
        raise _wrong(f"{table.key}.method", "a body needs POST")
    # A secret stands in no URL: addresses are written down in logs on both sides.
    with_secret = known | {"secret"} if encoding != "query" else known
    headers = table.templates("headers", known | {"secret"})
    if any(not _HEADER.fullmatch(name) or name.lower() in _SET_BY_US for name in headers):
        raise _wrong(f"{table.key}.headers", "names of headers that are not set here already")
    signature = _signature(table, "signature", known | _INPUT)
    return CallDescription(
        url=table.text("url"),
        method=cast("Literal['GET', 'POST']", method),
        encoding=encoding,
        parameters=table.templates("parameters", with_secret),
        headers=headers,
        signature=signature,
        answer_signature=_signature(table, "answer_signature", frozenset()),
        success=_success(table),
        echo=table.pointer("echo"),
        take={name: _pointer(value, f"{table.key}.take") for name, value in table.texts("take").items()},
    )


def _signature(table: _Table, name: str, known: frozenset[str]) -> SignatureDescription | None:
    if name not in table.values:
        return None
    own = name == "signature"
    keys = ("algorithm", "encoding", "header", *(("input", "parameter") if own else ()))
    part = _Table(_table(table.values, name, table.key), f"{table.key}.{name}", keys)
    found = SignatureDescription(
        algorithm=part.choice("algorithm", ALGORITHMS, ""),
        input=parse_template(part.text("input"), known=known, key=f"{part.key}.input")
        if own
        else Template("", frozenset()),
        encoding=part.choice("encoding", SIGNATURE_TEXTS, "hex"),
        header=part.optional("header"),
        parameter=part.optional("parameter") if own else "",
    )
    if bool(found.header) == bool(found.parameter) or (found.header and not _HEADER.fullmatch(found.header)):
        raise _wrong(part.key, "a header or a parameter")
    if found.parameter and "body" in found.input.names:
        raise _wrong(part.key, "a signature inside of the body cannot be over it")
    return found


def _success(table: _Table) -> tuple[str, tuple[str, ...]] | None:
    if "success" not in table.values:
        return None
    part = _Table(_table(table.values, "success", table.key), f"{table.key}.success", ("pointer", "values"))
    values = part.values.get("values")
    if not isinstance(values, list) or not values or not all(isinstance(each, str) for each in values):
        raise _wrong(f"{part.key}.values", "a list of texts")
    return _pointer(part.text("pointer"), part.key), tuple(values)


@dataclass(frozen=True, slots=True)
class _Table:
    """One table of the description; unknown keys are errors."""

    values: Mapping[str, object]
    key: str
    keys: tuple[str, ...]

    def __post_init__(self) -> None:
        _refuse_surplus(self.values, self.keys, self.key)

    def text(self, name: str) -> str:
        found = self.optional(name)
        if not found:
            raise _wrong(f"{self.key}.{name}", "needed")
        return found

    def optional(self, name: str) -> str:
        found = self.values.get(name, "")
        if not isinstance(found, str) or len(found) > 1024 or not found.isprintable():  # noqa: PLR2004 - as MAX_TEMPLATE
            raise _wrong(f"{self.key}.{name}", "a short text")
        return found

    def choice(self, name: str, among: tuple[str, ...], otherwise: str) -> str:
        found = self.values.get(name, otherwise)
        if not isinstance(found, str) or found not in among:
            raise _wrong(f"{self.key}.{name}", f"one of {', '.join(among)}")
        return found

    def texts(self, name: str) -> Mapping[str, str]:
        found = self.values.get(name, {})
        if (
            not isinstance(found, dict)
            or len(found) > MAX_PARAMETERS
            or not all(isinstance(v, str) for v in found.values())
        ):
            raise _wrong(f"{self.key}.{name}", f"a table of at most {MAX_PARAMETERS} texts")
        if name == "take" and not all(_NAME.fullmatch(each) for each in found):
            raise _wrong(f"{self.key}.{name}", "names of small letters")
        return cast("Mapping[str, str]", found)

    def templates(self, name: str, known: frozenset[str]) -> Mapping[str, Template]:
        return {
            each: parse_template(value, known=known, key=f"{self.key}.{name}.{each}")
            for each, value in self.texts(name).items()
        }

    def pointer(self, name: str) -> str:
        found = self.optional(name)
        return _pointer(found, f"{self.key}.{name}") if found else ""


def _pointer(text: str, key: str) -> str:
    """RFC 6901, without its escapes."""
    if not _POINTER.fullmatch(text):
        raise _wrong(key, "a JSON pointer such as /data/userId")
    return text


def _table(tree: Mapping[str, object], name: str, above: str = "") -> Mapping[str, object]:
    found = tree.get(name)
    if not isinstance(found, dict):
        raise _wrong(f"{above}.{name}" if above else name, "a table")
    return found


def _refuse_surplus(tree: Mapping[str, object], keys: tuple[str, ...], where: str) -> None:
    if surplus := sorted(set(tree) - set(keys)):
        raise TrustError(IdentityCode.IDP_CONNECTOR, f"{where}: {surplus[0]!r} is not known", key=surplus[0])


def read_toml(text: str) -> Mapping[str, object]:
    """Return the tables of a description. Raise IDP_CONNECTOR for one that is too large or no TOML."""
    if len(text) > MAX_DESCRIPTION:
        raise TrustError(IdentityCode.IDP_CONNECTOR, "the description is too large", limit=MAX_DESCRIPTION)
    try:
        return tomllib.loads(text)
    except (ValueError, RecursionError) as error:
        raise TrustError(IdentityCode.IDP_CONNECTOR, "the description is no TOML") from error


def _wrong(key: str, what: str) -> TrustError:
    return TrustError(IdentityCode.IDP_CONNECTOR, f"{key}: {what}", key=key)
