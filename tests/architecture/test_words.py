"""Tracked files speak of the project alone: no machine's paths, no registry hosts, nothing of how it was written."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.support.source import ROOT

# One letter of each stands in brackets, so that this list does not find itself.
FORBIDDEN = {
    r"/wor[k]/": "a path of one machine",
    r"/roo[t]/": "a path of one machine",
    r"/opt/wheel[s]": "a path of one machine",
    r"pyp[i]\.org": "which index is asked is the user's own setting",
    r"pythonhoste[d]\.org": "as above",
    r"registr[y]\.npmjs": "as above",
    r"de[b]\.debian\.org": "as above",
    r"(?i)(?<![-_a-z])a[g]ents?\b": "who wrote it is no matter of the project",
    r"(?i)\b(this|previous|next|earlier|another) sessio[n]\b": "as above",
    r"(?i)\bCla[u]de\b|\bLL[M]s?\b|Co-Authored-B[y]": "as above",
}
FOREIGN = frozenset(
    {"LICENSE", "clients/js/package-lock.json", "tools/OFL-1.1.txt"}
)  # texts and names of others, word for word


def _tracked() -> list[str]:
    done = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=False, capture_output=True, text=True, timeout=30)
    if done.returncode != 0:
        pytest.skip("not a git checkout")
    return [name for name in done.stdout.split("\0") if name and (ROOT / name).is_file() and name not in FOREIGN]


def test_tracked_files_hold_no_forbidden_word() -> None:
    found = []
    for name in _tracked():
        text = (ROOT / name).read_bytes().decode("utf-8", "ignore")
        found += [f"{name}: {match[0]}" for word in FORBIDDEN for match in [re.search(word, text)] if match]
    assert found == []


@pytest.mark.parametrize(
    ("text", "allowed"),
    [
        ("see /wor" + "k/main", False),
        ("an a" + "gent did it", False),
        ("User-Agent: trustkit", True),
        ("user_agent", True),
        ("a database session", True),
        ("https://py" + "pi.org/simple", False),
    ],
)
def test_the_words_bite(text: str, allowed: bool) -> None:  # noqa: FBT001 - a column of the table
    assert any(re.search(word, text) for word in FORBIDDEN) is not allowed
