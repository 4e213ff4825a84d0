"""Credentials for a service: a file that its owner alone can read, of which nothing is told."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from trustkit.api_codes import ApiCode
from trustkit.app.assistant_service import service_source
from trustkit.app.service_credentials import MAX_CREDENTIALS, MAX_VALUE, ServiceCredentials, read_service_credentials
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.error_family import Code

URL = "https://id.example.cn/token"
GOOD = f'token_url = "{URL}"\nclient_id = "me"\nclient_secret = "s3cret"\n'


def _file(place: Path, text: str, mode: int = 0o600) -> Path:
    path = place / "client.toml"
    path.write_text(text, "utf-8")
    path.chmod(mode)
    return path


def test_what_is_in_the_file(tmp_path: Path) -> None:
    found = read_service_credentials(_file(tmp_path, GOOD))
    assert found == ServiceCredentials(token_url=URL, client_id="me", client_secret="s3cret")
    more = read_service_credentials(_file(tmp_path, GOOD + 'resource = "https://a.example.cn"\nscope = "s"\n'))
    assert (more.resource, more.scope) == ("https://a.example.cn", "s")
    with service_source("https://verify.example.cn", found) as source:
        assert "s3cret" not in repr(found) + repr(source) + repr([vars(each) for each in source.clients.values()])


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", ApiCode.ASSISTANT_CREDENTIALS),
        ('client_secret = "s3cret', ApiCode.ASSISTANT_CREDENTIALS),
        ("a = " + "[" * 5000, ApiCode.ASSISTANT_CREDENTIALS),
        (GOOD.replace('"me"', '""'), ApiCode.ASSISTANT_CREDENTIALS),
        (GOOD.replace('"me"', "1"), ApiCode.ASSISTANT_CREDENTIALS),
        (GOOD.replace('"me"', f'"{"x" * (MAX_VALUE + 1)}"'), ApiCode.ASSISTANT_CREDENTIALS),
        (GOOD.replace("client_id", "client"), ApiCode.ASSISTANT_CREDENTIALS),
        (GOOD + "scope = []\n", ApiCode.ASSISTANT_CREDENTIALS),
        (GOOD + 'passphrase = "s3cret"\n', ApiCode.ASSISTANT_CREDENTIALS),
        (GOOD + "#" * MAX_CREDENTIALS, ErrorCode.INPUT_TOO_LARGE),
    ],
)
def test_what_is_no_credentials(tmp_path: Path, text: str, code: Code) -> None:
    with pytest.raises(TrustError) as refused:
        read_service_credentials(_file(tmp_path, text))
    assert refused.value.code is code
    assert "s3cret" not in str(refused.value) + repr(refused.value.__cause__)


def test_a_file_others_can_read_is_not_read(tmp_path: Path) -> None:
    with pytest.raises(TrustError) as refused:
        read_service_credentials(_file(tmp_path, GOOD, 0o640))
    assert refused.value.code is ErrorCode.KEY_FILE_MODE
    (tmp_path / "link").symlink_to(_file(tmp_path, GOOD))
    os.mkfifo(tmp_path / "pipe", 0o600)
    for name, code in (
        ("link", ErrorCode.KEY_FILE_MODE),
        ("pipe", ErrorCode.KEY_FILE_MODE),
        ("none", ErrorCode.KEY_MISSING),
    ):
        with pytest.raises(TrustError) as refused:
            read_service_credentials(tmp_path / name)
        assert refused.value.code is code


@pytest.mark.parametrize("urls", [("https://a.example.cn", "http://id.example.cn/token"), ("http://a.example.cn", URL)])
def test_no_secret_goes_anywhere_in_clear(urls: tuple[str, str]) -> None:
    credentials = ServiceCredentials(token_url=urls[1], client_id="me", client_secret="s3cret")
    with pytest.raises(TrustError) as refused, service_source(urls[0], credentials):
        pass
    assert refused.value.code is ErrorCode.USAGE
