"""The house rules hold over the whole source, and each of them bites."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support import lints
from tests.support.source import PACKAGES, ROOT, Module, modules

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    Lint = Callable[[Iterable[Module]], list[str]]

EVERYWHERE = (lints.long_modules, lints.long_functions, lints.vague_names, lints.clock_reads, lints.talkative_rooms)
IN_PACKAGES = (lints.wide_classes, lints.boolean_checks, lints.forged_verifications)


@pytest.mark.parametrize("lint", EVERYWHERE, ids=lambda lint: lint.__name__)
def test_the_whole_source_keeps(lint: Lint) -> None:
    assert lint(modules()) == []


@pytest.mark.parametrize("lint", IN_PACKAGES, ids=lambda lint: lint.__name__)
def test_the_packages_keep(lint: Lint) -> None:
    assert lint(modules(ROOT, PACKAGES)) == []


LONG_FUNCTION = "def f():\n" + "    x = 1\n" * 60
WIDE_CLASS = "class C:\n" + "".join(f"    def m{number}(self): ...\n" for number in range(13))

BITES: list[tuple[Lint, str, str]] = [
    (lints.long_modules, "verifier/x.py", "x = 1\n" * 401),
    (lints.long_functions, "verifier/x.py", LONG_FUNCTION),
    (lints.wide_classes, "verifier/x.py", WIDE_CLASS),
    (lints.vague_names, "trustkit/utils.py", ""),
    (lints.vague_names, "esign/common/model.py", ""),
    (lints.vague_names, "trustkit/_helpers.py", ""),
    (lints.boolean_checks, "verifier/x.py", "def verify_file(data) -> bool: ..."),
    (lints.boolean_checks, "verifier/x.py", "async def check_it() -> 'bool': ..."),
    (lints.boolean_checks, "verifier/x.py", "def require_role() -> bool | None: ..."),
    (lints.boolean_checks, "verifier/x.py", "def _verify() -> Optional[bool]: ..."),
    (lints.boolean_checks, "verifier/x.py", "class C:\n    def verify(self) -> Literal[True]: ..."),
    (lints.clock_reads, "ca/x.py", "import datetime\nx = datetime.datetime.now()"),
    (lints.clock_reads, "ca/x.py", "from datetime import datetime, UTC\nx = datetime.now(UTC)"),
    (lints.clock_reads, "ca/x.py", "from datetime import date\nx = date.today()"),
    (lints.clock_reads, "ca/x.py", "import time\nx = time.time()"),
    (lints.forged_verifications, "verifier/x.py", "from trustkit.x509.crl import VerifiedCrl\nx = VerifiedCrl(crl=1)"),
    (lints.forged_verifications, "verifier/x.py", "from trustkit.x509 import crl\nx = crl.VerifiedCrl(crl=1)"),
    (lints.talkative_rooms, "ca/__init__.py", '"""The authority."""\nimport ca.service'),
    (lints.talkative_rooms, "ca/__init__.py", ""),
]

KEEPS: list[tuple[Lint, str, str]] = [
    (lints.long_modules, "verifier/x.py", "x = 1\n" * 400),
    (lints.long_functions, "verifier/x.py", "def f():\n" + "    x = 1\n" * 59),
    (lints.vague_names, "trustkit/database.py", ""),
    (lints.boolean_checks, "verifier/x.py", "def is_expired() -> bool: ..."),
    (lints.boolean_checks, "verifier/x.py", "def verify() -> VerifiedFile: ..."),
    (lints.boolean_checks, "verifier/x.py", "def checks_done() -> bool: ..."),
    (lints.boolean_checks, "verifier/x.py", "def check_all() -> tuple[bool, str]: ..."),
    (lints.clock_reads, "trustkit/clock.py", "from datetime import datetime, UTC\nx = datetime.now(UTC)"),
    (lints.clock_reads, "ca/x.py", "x = clock.now()"),
    (lints.forged_verifications, "trustkit/x509/crl.py", "class VerifiedCrl: ...\nx = VerifiedCrl()"),
    (lints.talkative_rooms, "ca/__init__.py", '"""The authority."""'),
]


def _sample(path: str, text: str) -> tuple[Module, ...]:
    name = path.removesuffix(".py").replace("/", ".")
    return (Module(path=path, name=name, text=text),)


@pytest.mark.parametrize(("lint", "path", "text"), BITES, ids=range(len(BITES)))
def test_a_lint_bites(lint: Lint, path: str, text: str) -> None:
    assert len(lint(_sample(path, text))) == 1


@pytest.mark.parametrize(("lint", "path", "text"), KEEPS, ids=range(len(KEEPS)))
def test_a_lint_lets_pass(lint: Lint, path: str, text: str) -> None:
    assert lint(_sample(path, text)) == []


def test_every_lint_has_been_seen_to_bite() -> None:
    assert {lint for lint, _, _ in BITES} == {*EVERYWHERE, *IN_PACKAGES}
