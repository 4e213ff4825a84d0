"""What providers, browsers and operators hand to connectors, bent: only our own error, and nobody signed in."""

from __future__ import annotations

import asyncio
import json
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING

from hypothesis import given
from hypothesis import strategies as st

from idp.connectors.certificate import CertificateConnector
from idp.connectors.certificate_rules import CertificateRules
from idp.connectors.exchange_description import ExchangeDescription, parse_calls, parse_exchange, parse_identity
from idp.connectors.national_exchange import NationalExchange, parse_national_exchange
from idp.connectors.oidc_metadata import ProviderMetadata, parse_metadata
from idp.connectors.port import LoginStart, Prompt
from idp.connectors.template import parse_template
from idp.connectors.upstream import JSON, Answer
from tests.fuzz.test_jose import JSON as ANY_JSON
from tests.support.mutations import bent_octets
from tests.support.openid_provider import ISSUER, NOW, START, SimulatedProvider
from tests.support.pki import PkiWorld
from tests.support.upstreams import tokens
from tests.unit.idp.connectors.test_exchange import TEXT
from tests.unit.idp.connectors.test_national import TEXT as NATIONAL_TEXT
from trustkit.app.idp_connector_settings import ConnectorSettings, parse_connectors
from trustkit.app.idp_standing import GatheredStanding
from trustkit.cms.model import Dialect
from trustkit.cms.sign import sign_message
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.error_family import Code
from trustkit.errors import ErrorCode, TrustError
from trustkit.identity import AssuranceLevel
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.connectors.port import Begun
    from idp.evidence import BrokeredIdentity

METADATA = json.dumps(SimulatedProvider().metadata).encode()
DESCRIPTION, NATIONAL = TEXT.encode(), NATIONAL_TEXT.encode()
SETTINGS = b"""[[c]]
kind = "openid"
name = "sso"
title_zh = "x"
title_en = "x"
issuer = "https://sso.example"
client = "c"
acr_values = ["1"]
"""
KEYS = st.sampled_from(("kind", "name", "title_zh", "title_en", "issuer", "client", "seconds", "policies", "simulator"))


def metadata(octets: bytes) -> ProviderMetadata | Code:
    try:
        return parse_metadata(octets, issuer=ISSUER, plain=False)
    except TrustError as error:
        return error.code


def exchange(octets: bytes) -> ExchangeDescription | Code:
    try:
        return parse_exchange(octets.decode("utf-8", "replace"))
    except TrustError as error:
        return error.code


def national(octets: bytes) -> NationalExchange | Code:
    try:
        return parse_national_exchange(octets.decode("utf-8", "replace"))
    except TrustError as error:
        return error.code


def settings(octets: bytes) -> tuple[ConnectorSettings, ...] | Code:
    try:
        tables = tomllib.loads(octets.decode("utf-8", "replace")).get("c", [])
    except (ValueError, RecursionError):
        return ErrorCode.SETTINGS_MALFORMED
    if not isinstance(tables, list) or not all(isinstance(each, Mapping) for each in tables):
        return ErrorCode.SETTINGS_MALFORMED
    try:
        return parse_connectors(tables)
    except TrustError as error:
        return error.code


def answered(octets: bytes, part: str) -> BrokeredIdentity | Code:
    """Return what a login becomes when a provider answers one of its calls with these octets."""
    provider = SimulatedProvider()
    provider.bodies[part] = Answer(status=200, media_type=JSON, body=octets)

    async def act() -> BrokeredIdentity:
        connector = provider.connector(ask_userinfo=True)
        begun = await connector.begin(START, now=NOW)
        return await connector.finish(START, begun.kept, provider.returned(begun), now=NOW)

    try:
        return asyncio.run(act())
    except TrustError as error:
        return error.code


@cache
def _world() -> tuple[PkiWorld, CertificateConnector]:
    world = PkiWorld()
    connector = CertificateConnector(
        name="usb-key",
        title={},
        audience="https://id.example",
        rules=CertificateRules(anchors=world.anchors, pool=world.pool),
        standing=GatheredStanding(publications=None, fetcher=None),
        ladder="certificate",
        token=tokens(),
    )
    return world, connector


def certified(certificate: bytes, signature: bytes) -> Code | None:
    """Return why a certificate and a signature do not sign anybody in."""
    return _unproved({"certificate": encode_base64(certificate), "signature": encode_base64(signature)})


def pasted(text: str) -> Code | None:
    """Return why what was pasted does not sign anybody in."""
    return _unproved({"answer": text})


def _unproved(answer: dict[str, str]) -> Code | None:
    _, connector = _world()
    start = LoginStart(handle="h", needed=AssuranceLevel(), max_age=None, language="zh")

    async def act(begun: Begun) -> None:
        await connector.finish(start, begun.kept, {"state": begun.state, **answer}, now=PkiWorld.START)

    try:
        asyncio.run(act(asyncio.run(connector.begin(start, now=PkiWorld.START))))
    except TrustError as error:
        return error.code
    return None


@cache
def _signature() -> bytes:
    return _world()[0].signer.signer.sign(b"x")


@cache
def _message() -> bytes:
    member = _world()[0].signer
    return sign_message(
        content=b"x", signer=member.signer, certificate=member.certificate, dialect=Dialect.GBT35275, detached=True
    )


def _refusal(act: Callable[[], object]) -> Code | None:
    try:
        act()
    except TrustError as error:
        return error.code
    return None


@given(bent_octets(METADATA))
def test_bent_metadata_are_refused_or_still_the_issuers(octets: bytes) -> None:
    found = metadata(octets)
    assert not isinstance(found, Code) or found is IdentityCode.IDP_UPSTREAM_ANSWER
    assert isinstance(found, Code) or found.issuer == ISSUER
    assert isinstance(found, Code) or found.token.startswith("https://")


@given(ANY_JSON)
def test_any_json_is_no_metadata(value: object) -> None:
    assert metadata(json.dumps(value).encode()) is IdentityCode.IDP_UPSTREAM_ANSWER


@given(bent_octets(DESCRIPTION))
def test_bent_descriptions_have_our_own_error(octets: bytes) -> None:
    found = exchange(octets)
    assert found is IdentityCode.IDP_CONNECTOR or found == exchange(octets)


@given(bent_octets(NATIONAL))
def test_bent_contracts_have_our_own_error(octets: bytes) -> None:
    found = national(octets)
    assert found is IdentityCode.IDP_CONNECTOR or (
        isinstance(found, NationalExchange) and not found.identity.display_name
    )


@given(bent_octets(SETTINGS))
def test_bent_settings_have_our_own_error(octets: bytes) -> None:
    settings(octets)


@given(
    st.dictionaries(KEYS, st.one_of(st.text(max_size=8), st.integers(), st.booleans(), st.lists(st.text(max_size=4))))
)
def test_any_table_has_our_own_error(table: dict[str, object]) -> None:
    for kind in ("openid", "exchange", "national", "certificate"):
        found = _refusal(lambda kind=kind: parse_connectors([{**table, "kind": kind}]))  # type: ignore[misc]
        assert found in {None, ErrorCode.SETTINGS_MALFORMED, ErrorCode.SETTINGS_UNKNOWN_KEY}


@given(st.text(max_size=40))
def test_a_template_keeps_what_stands_around_its_places(text: str) -> None:
    def act() -> None:
        template = parse_template(text, known=frozenset({"code"}), key="k")
        assert template.filled({"code": "{code}"}) == text

    assert _refusal(act) in {None, IdentityCode.IDP_CONNECTOR}


@given(st.dictionaries(st.sampled_from(("call", "identity")), ANY_JSON))
def test_parts_of_a_description_have_our_own_error(tree: dict[str, object]) -> None:
    for act in (lambda: parse_calls(tree, frozenset()), lambda: parse_identity(tree, frozenset({"user"}))):
        assert _refusal(act) in {None, IdentityCode.IDP_CONNECTOR}


@given(
    st.sampled_from(("metadata", "certs", "par", "token", "userinfo")),
    st.one_of(ANY_JSON.map(json.dumps), st.text(max_size=20)),
)
def test_no_answer_signs_anybody_in_or_lets_a_foreign_error_out(part: str, body: str) -> None:
    found = answered(body.encode("utf-8", "surrogatepass"), part)
    assert isinstance(found, Code)
    assert found.value.startswith("idp:upstream:")


@given(st.data())
def test_no_bent_certificate_signs_anybody_in(data: st.DataObject) -> None:
    world, _ = _world()
    certificate = data.draw(bent_octets(world.signer.der))
    signature = data.draw(st.one_of(st.binary(max_size=80), bent_octets(_signature())))
    found = certified(certificate, signature)
    assert found is not None
    assert found.value.startswith("idp:")


@given(bent_octets(_message()))
def test_no_bent_message_signs_anybody_in(octets: bytes) -> None:
    found = pasted(encode_base64(octets))
    assert found is not None
    assert found.value.startswith("idp:")


@given(st.text(max_size=80))
def test_no_text_that_is_pasted_signs_anybody_in(text: str) -> None:
    found = pasted(text)
    assert found is not None
    assert found.value.startswith("idp:")


def test_the_seeds_are_good() -> None:
    assert isinstance(metadata(METADATA), ProviderMetadata)
    assert isinstance(exchange(DESCRIPTION), ExchangeDescription)
    assert isinstance(national(NATIONAL), NationalExchange)
    assert isinstance(settings(SETTINGS), tuple)
    begun = asyncio.run(_world()[1].begin(START, now=NOW)).step
    assert isinstance(begun, Prompt)
    assert decode_base64(begun.parameters["message"]).startswith(b"trustkit/")
