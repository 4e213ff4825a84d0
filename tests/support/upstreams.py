"""A provider behind the connectors' network port, as far as one test needs it: answers by address, and what was asked."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from typing import TypeAlias
from urllib.parse import parse_qsl, urlsplit

from idp.connectors.upstream import Answer, Call
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

Behaviour: TypeAlias = Callable[[Call], Answer]


@dataclass
class ScriptedUpstream:
    """Answers each address (without its query) by the behaviour put there; the last call asked is `asked[-1]`."""

    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    asked: list[Call] = field(default_factory=list)

    async def ask(self, call: Call) -> Answer:
        self.asked.append(call)
        behaviour = self.behaviours.get(call.url.partition("?")[0])
        if behaviour is None:
            raise TrustError(IdentityCode.IDP_UPSTREAM_UNREACHABLE, "nobody there")
        return behaviour(call)


def json_answer(value: object, *, status: int = 200, media_type: str = "application/json", **headers: str) -> Answer:
    body = json.dumps(value, ensure_ascii=False).encode()
    return Answer(
        status=status,
        media_type=media_type,
        body=body,
        headers={name.replace("_", "-"): text for name, text in headers.items()},
    )


def form_of(call: Call) -> dict[str, str]:
    return dict(parse_qsl(call.body.decode(), keep_blank_values=True))


def query_of(url: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(url).query, keep_blank_values=True))


def tokens(prefix: str = "token") -> Callable[[], str]:
    numbers = count()
    return lambda: f"{prefix}-{next(numbers):04}-0123456789abcdefghijklmnopqrstuvw"
