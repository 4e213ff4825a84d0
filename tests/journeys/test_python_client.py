"""The Python client against a service that is served: what a platform does that installs nothing else."""

from __future__ import annotations

import asyncio
import json
import re
from contextlib import ExitStack, aclosing
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from esign.credential.sign import KeyBinding, present
from esign.credential.suites import CredentialSuite
from tests.journeys.test_assistants import assistant, run
from tests.support.authority import copy_home, passphrase
from tests.support.copy_desk import BANK, OTHER, PURPOSE, CopyDesk
from tests.support.credential_desk import WALLET, issuing_home, opened_desk, wallet_key
from tests.support.service import free_port, service
from tests.support.source import ROOT
from tests.unit.client.test_documents import public_jwk
from trustkit.app.initialise_identity import initialise_identity
from trustkit.app.wiring import open_authority
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit_client import (
    AsyncClient,
    Client,
    ClientSecret,
    Document,
    Indication,
    LineRefusal,
    NotPassedError,
    Patience,
    PrivateKeyJwt,
    RefusedError,
    TokenRequest,
    UnreachableError,
    UsageError,
    Verdict,
)
from trustkit_client.offline import OfflineVerifier

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.support.authority import Issued
    from tests.support.terminal import Terminal
    from trustkit_client.documents import Source

TYPE = "11100000MB0143028R001"
PERMISSION = "verifier:service:use"


@pytest.fixture(scope="module")
def served(issued: Issued, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = free_port()
    with service(issued.home, port, tmp_path_factory.mktemp("served") / "log"):
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def client(served: str) -> Iterator[Client]:
    with Client(served, trust_env=False) as client:
        yield client


def test_a_licence_is_verified_and_a_changed_one_is_not(client: Client, issued: Issued) -> None:
    verdict = client.verify(issued.document).require_passed()
    assert (verdict.file, verdict.format) == ("licence.pdf", "pdf")
    assert verdict.licence is not None
    assert verdict.licence["identifier"] == issued.identifier
    assert all(each.indication is Indication.TOTAL_PASSED for each in verdict.signatures)
    changed = issued.document.read_bytes().replace(b"%PDF-1.7", b"%PDF-1.6", 1)
    with pytest.raises(NotPassedError, match="TOTAL-FAILED"):
        client.verify(changed).require_passed()
    assert client.left


def test_messages_come_in_the_language_asked_for(served: str) -> None:
    with Client(served, language="zh", trust_env=False) as client:
        verdict = client.verify("no credential")
    assert verdict.indication is Indication.INDETERMINATE
    assert not verdict.checks[0].message.isascii()


def test_many_are_answered_in_order_and_one_that_is_wrong_stops_no_other(client: Client, issued: Issued) -> None:
    data = issued.document.read_bytes()
    wrong = Document(data=b"x", audience="https://x", nonce="n" * 5000)
    sources: list[Source] = [Document(data=data, name="a.pdf"), wrong, b"no document"]
    first, second, third = client.verify_many(sources)
    assert isinstance(first, Verdict)
    assert (first.file, first.indication) == ("a.pdf", Indication.TOTAL_PASSED)
    assert isinstance(second, LineRefusal)
    assert (second.line, second.problem.code) == (2, "web:request:malformed")
    assert isinstance(third, Verdict)
    assert third.indication is Indication.INDETERMINATE


def test_licences_of_one_matter(client: Client, issued: Issued) -> None:
    day = date(2027, 1, 1)
    bundle = client.verify_bundle([issued.document] * 2, types=[TYPE], same_holder=True, on=day)
    assert bundle.require_passed().licences[0].file == "licence.pdf"
    more = client.verify_bundle([issued.document], types=[TYPE, TYPE])
    assert (more.indication, more.sub_indication) == (Indication.INDETERMINATE, "DEMAND_UNMET")


def test_whoever_names_himself_takes_no_licence_for_a_copy(client: Client, issued: Issued) -> None:
    named = Document(data=issued.document.read_bytes(), recipient=BANK.uscc, purpose=PURPOSE)
    (many,) = client.verify_many([named])
    assert isinstance(many, Verdict)
    for verdict in (client.verify(named), many, client.verify_bundle([named]).licences[0]):
        assert (verdict.indication, verdict.sub_indication) == (Indication.TOTAL_FAILED, "COPY_NOT_FOR_ASKER")
    assert b"COPY_NOT_FOR_ASKER" in client.report(named, kind="simple")
    with pytest.raises(RefusedError, match="esign:holder:code"):
        client.verify(Document(data=b"x", recipient="911"))


def test_a_copy_made_for_somebody_else_is_failed_offline(tmp_path: Path) -> None:
    with open_authority(copy_home(tmp_path / "home")) as authority:
        desk = CopyDesk(authority)
        octets = desk.copy(desk.licence()).documents[0].octets
    believing = OfflineVerifier(trust=[])
    for recipient, purpose, failed in (
        (None, None, False),
        (BANK.uscc, PURPOSE, False),
        (OTHER.uscc, None, True),
        (BANK.uscc, "招标投标", True),
    ):
        verdict = believing.verify(Document(data=octets, recipient=recipient, purpose=purpose))
        (binding,) = [each for each in verdict.checks if each.id == "licence:copy:for-asker"]
        assert (binding.status == "FAILED") is failed, verdict
    with pytest.raises(UsageError) as refused:
        believing.verify(Document(data=octets, recipient="911"))
    assert refused.value.code == "esign:holder:code"


def test_what_else_a_service_tells(client: Client, issued: Issued) -> None:
    status = client.licence_status(issued.identifier)
    assert (status.identifier, status.status) == (issued.identifier, "issued")
    assert status.raw["status_list"]
    names = {each.name for each in client.licence_types()}
    assert "business-licence" in names
    kind = client.licence_type("business-licence")
    assert (kind.code, kind.issued) == (TYPE, True)
    assert kind.raw["fields"]
    assert json.loads(client.report(issued.document, kind="simple"))
    assert client.report(issued.document, form="html").startswith(b"<!")
    with pytest.raises(RefusedError) as refused:
        client.licence_status("1.2.156.3005.2")
    assert refused.value.status == 404
    assert refused.value.remedy


def test_the_same_awaited(served: str, issued: Issued) -> None:
    async def act() -> None:
        async with AsyncClient(served, trust_env=False) as client:
            verdicts = await asyncio.gather(*(client.verify(issued.document) for _ in range(3)))
            assert {each.indication for each in verdicts} == {Indication.TOTAL_PASSED}
            many = [each async for each in client.verify_many([b"x", issued.document])]
            assert [isinstance(each, Verdict) for each in many] == [True, True]
            async with aclosing(client.verify_many([b"x"] * 4)) as answers:
                async for answer in answers:
                    assert isinstance(answer, Verdict)
                    break
            assert (await client.verify_bundle([issued.document], types=[TYPE])).indication is Indication.TOTAL_PASSED
            assert (await client.licence_status(issued.identifier)).status == "issued"
            assert await client.licence_types()
            assert (await client.licence_type("business-licence")).code == TYPE
            assert json.loads(await client.report(issued.document))

    asyncio.run(act())


def test_what_a_wallet_presents(tmp_path: Path) -> None:
    home, suite = issuing_home(tmp_path / "home", suites=(CredentialSuite.ES256,)), CredentialSuite.ES256
    asked: dict[str, Any] = {"audience": "x509_san_dns:platform.example", "nonce": "n-1"}
    one = {"id": "licence", "format": "dc+sd-jwt", "meta": {}, "claims": [{"path": ["CZZT"]}]}
    query: dict[str, object] = {"credentials": [one]}
    with ExitStack() as stack:
        desk = opened_desk(home, stack)
        (issued,) = desk.issue(desk.licence(), wallet_key(suite))
        binding = KeyBinding(signer=WALLET[suite].signer(), at=desk.authority.clock.now(), **asked)
        shown = {"licence": [present(issued.text, paths=(("CZZT",),), binding=binding)]}
    port = free_port()
    with (
        service(home, port, tmp_path / "log"),
        Client(f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        found = client.verify_presentation(shown, query=query, **asked).require_passed()
        assert found.credentials[0].claims[0].path == ("CZZT",)
        other = client.verify_presentation(shown, query=query, audience=asked["audience"], nonce="n-2")
        assert other.indication is Indication.TOTAL_FAILED
        nothing = client.verify_presentation({}, query=query, **asked)
        assert (nothing.sub_indication, nothing.credentials) == ("DEMAND_UNMET", ())

        async def act() -> None:
            async with AsyncClient(f"http://127.0.0.1:{port}", trust_env=False) as awaited:
                again = await awaited.verify_presentation(shown, query=query, **asked)
                assert again.require_passed().credentials[0].claims == found.credentials[0].claims

        asyncio.run(act())


def test_where_nobody_answers() -> None:
    quick = Patience(attempts=2)
    waited: list[float] = []
    with (
        Client(f"http://127.0.0.1:{free_port()}", trust_env=False, patience=quick, sleep=waited.append) as client,
        pytest.raises(UnreachableError, match="ConnectError"),
    ):
        client.verify(b"x")
    assert len(waited) == 1


def test_offline_by_the_suite_itself(terminal: Terminal, issued: Issued, tmp_path: Path) -> None:
    terminal.run("ca", "export", tmp_path / "trust", "--home", issued.home)
    roots = sorted(path for path in (tmp_path / "trust").rglob("*root*") if path.is_file())
    believing = OfflineVerifier(trust=roots[:1])
    verdict = believing.verify(issued.document)
    assert (verdict.indication, verdict.file) == (Indication.INDETERMINATE, "licence.pdf")
    assert verdict.sub_indication == "LICENCE_STATUS_UNKNOWN"  # nothing was fetched, and nothing guessed
    nobody = OfflineVerifier(trust=[], language="zh").verify(issued.document)
    assert nobody.sub_indication == "NO_CERTIFICATE_CHAIN_FOUND"
    with pytest.raises(UsageError) as refused:
        OfflineVerifier(trust=[tmp_path / "none"])
    assert refused.value.code == "app:input:unreadable"
    assert refused.value.remedy


def test_the_readme_says_what_works(served: str, issued: Issued, monkeypatch: pytest.MonkeyPatch) -> None:
    text = (ROOT / "clients" / "python" / "README.md").read_text("utf-8")
    first = re.findall(r"^```python\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)[0]
    assert len(first.strip().splitlines()) == 5
    monkeypatch.chdir(issued.document.parent)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    exec(first.replace("https://verify.example.cn", served), {})  # noqa: S102 - our own document


@pytest.mark.slow
def test_a_service_that_asks_for_tokens(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> None:
    initialise_identity(home, passphrase(), iterations=MIN_ITERATIONS)
    ports = (free_port(), free_port())
    issuer, api = (f"http://127.0.0.1:{port}" for port in ports)
    key = ec.generate_private_key(ec.SECP256R1())
    path, jwks = tmp_path / "client.key.pem", tmp_path / "jwks.json"
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    jwks.write_text(json.dumps({"keys": [public_jwk(key) | {"kid": "k", "alg": "ES256", "use": "sig"}]}), "utf-8")
    secret = ("--home", home, "--passphrase-file", passphrase_file, "--format", "json")
    options = ("--grant", "client", "--scope", PERMISSION, "--resource", api)
    (one,) = terminal.run("idp", "client", "add", "by-secret", *options, *secret).objects()
    keyed = ("--auth", "private_key_jwt", "--jwks", jwks)
    (two,) = terminal.run("idp", "client", "add", "by-key", *options, *keyed, *secret).objects()
    settings = home / "settings.toml"
    told = f'\n[idp]\nbase_url = "{issuer}"\n[tokens]\nissuer = "{issuer}"\nresource = "{api}"\nverify = true\n'
    settings.write_text(settings.read_text("utf-8") + told, "utf-8")
    proofs = (
        ClientSecret(one["client_id"], one["client_secret"]),
        PrivateKeyJwt.from_pem(two["client_id"], path, key_id="k", audience=issuer),
    )
    with ExitStack() as stack:
        known = ("--passphrase-file", passphrase_file)
        stack.enter_context(service(home, ports[0], tmp_path / "idp.log", *known, command=("idp", "serve")))
        stack.enter_context(service(home, ports[1], tmp_path / "api.log"))
        for proof in proofs:
            tokens = TokenRequest(url=f"{issuer}/token", proof=proof, resource=api)
            with Client(api, tokens=tokens, trust_env=False) as client:
                assert client.verify(b"no document").indication is Indication.INDETERMINATE
                assert len(list(client.verify_many([b"x", b"y"]))) == 2
        path = tmp_path / "client.toml"
        path.write_text(
            f'token_url = "{issuer}/token"\nresource = "{api}"\n'
            f'client_id = "{one["client_id"]}"\nclient_secret = "{one["client_secret"]}"\n',
            "utf-8",
        )
        path.chmod(0o600)

        async def ask() -> None:
            async with assistant("--service", api, "--credentials", path) as asked:
                assert (await asked.ask("verify", text="no credential"))["indication"] == "INDETERMINATE"
            async with assistant("--service", api) as asked:
                assert "web:token:missing" in await asked.refused("verify", text="no credential")

        run(ask)
        wrong = TokenRequest(url=f"{issuer}/token", proof=ClientSecret(one["client_id"], "wrong"), resource=api)
        with Client(api, tokens=wrong, trust_env=False) as client, pytest.raises(RefusedError, match="oauth:invalid"):
            client.verify(b"x")
        with Client(api, trust_env=False) as client, pytest.raises(RefusedError, match="web:token:missing"):
            client.verify(b"x")
