"""Behind a proxy each client has a bucket of his own; who is no proxy of ours names nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from tests.support.web import Visitor
from trustkit.app.asgi import application
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from tests.support.authority import Issued

ONE, OTHER = {"x-forwarded-for": "203.0.113.7"}, {"x-forwarded-for": "203.0.113.8"}


@pytest.mark.parametrize(("proxies", "status"), [(("127.0.0.1",), 200), ((), 429)])
def test_clients_behind_a_proxy_are_told_apart(issued: Issued, proxies: tuple[str, ...], status: int) -> None:
    with open_authority(issued.home) as authority:
        server = replace(authority.settings.server, anonymous_per_minute=10, trusted_proxies=proxies)
        visitor = Visitor(application(replace(authority, settings=replace(authority.settings, server=server))))
        answers = [visitor.get("/v1/health", headers=ONE).status_code for _ in range(6)]
        assert answers[-1] == 429
        assert visitor.get("/v1/health", headers=OTHER).status_code == status
