"""Debian's mod_auth_openidc (a certified relying party, in C) protects a site with our provider, and steps up for a part of it."""

from __future__ import annotations

import shutil
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from tests.support.served_provider import PASSWORD, TWO_FACTORS, served
from tests.support.service import free_port

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.served_provider import Served

pytestmark = pytest.mark.interop

MODULES = Path("/usr/lib/apache2/modules")
APACHE = "/usr/sbin/apache2"
NOWHERE = "nowhere:"
CONFIGURATION = """
ServerRoot "{folder}"
PidFile {folder}/pid
ErrorLog {folder}/error.log
Listen 127.0.0.1:{port}
ServerName 127.0.0.1:{port}
LoadModule mpm_event_module {modules}/mod_mpm_event.so
LoadModule authn_core_module {modules}/mod_authn_core.so
LoadModule authz_core_module {modules}/mod_authz_core.so
LoadModule authz_user_module {modules}/mod_authz_user.so
LoadModule auth_openidc_module {modules}/mod_auth_openidc.so
User www-data
Group www-data
DocumentRoot "{folder}/www"
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client}
OIDCClientSecret {secret}
OIDCRedirectURI http://127.0.0.1:{port}/app/redirect
OIDCCryptoPassphrase an-interop-passphrase
OIDCPKCEMethod S256
OIDCScope openid
OIDCSSLValidateServer Off
<Location /app>
  AuthType openid-connect
  Require valid-user
</Location>
<Location /app/strong>
  AuthType openid-connect
  OIDCUnAutzAction auth
  OIDCPathAuthRequestParams acr_values=urn:trustkit:ial:0:aal:2
  Require claim acr:urn:trustkit:ial:0:aal:2
</Location>
"""


@pytest.fixture
def provider(home: Path, passphrase_file: Path, tmp_path: Path) -> Iterator[Served]:
    with served(home, passphrase_file, tmp_path / "log") as found:
        yield found


@contextmanager
def _site(provider: Served) -> Iterator[str]:
    port = free_port()
    client, secret = provider.client(
        "apache",
        grant_types=["authorization_code"],
        redirect_uris=[f"http://127.0.0.1:{port}/app/redirect"],
        scope="openid",
    )
    with tempfile.TemporaryDirectory(prefix="trustkit-apache-") as name:
        folder = Path(name)
        folder.chmod(0o755)  # its children run as another user
        for page in ("www/app/index.html", "www/app/strong/index.html"):
            (folder / page).parent.mkdir(parents=True, exist_ok=True)
            (folder / page).write_text(page, "utf-8")
        file = folder / "httpd.conf"
        file.write_text(
            CONFIGURATION.format(
                folder=folder,
                port=port,
                modules=MODULES,
                issuer=provider.issuer,
                client=client.identifier,
                secret=secret,
            ),
            "utf-8",
        )
        with subprocess.Popen([APACHE, "-f", str(file), "-DFOREGROUND"]) as process:
            try:
                _wait(port)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.terminate()


def _wait(port: int) -> None:
    for _ in range(200):
        try:
            httpx.get(f"http://127.0.0.1:{port}/nowhere", trust_env=False)
        except httpx.TransportError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("apache did not come up")


@pytest.mark.skipif(
    shutil.which(APACHE) is None or not (MODULES / "mod_auth_openidc.so").exists(),
    reason="apache2 and libapache2-mod-auth-openidc are not there: python -m tools.interop",
)
def test_a_site_is_open_to_who_signed_in_and_its_vault_to_who_stepped_up(provider: Served) -> None:
    person = provider.person()
    provider.sign_in(person, PASSWORD)
    with _site(provider) as site:
        open_page = provider.follow(f"{site}/app/index.html", NOWHERE)
        assert (open_page.status_code, open_page.text) == (200, "www/app/index.html")
        asked = provider.follow(f"{site}/app/strong/index.html", f"{provider.issuer}/login")
        assert asked.headers["location"].startswith(f"{provider.issuer}/login")  # the provider asks for more
        provider.sign_in(person, TWO_FACTORS)
        vault = provider.follow(f"{site}/app/strong/index.html", NOWHERE)
        assert (vault.status_code, vault.text) == (200, "www/app/strong/index.html")
