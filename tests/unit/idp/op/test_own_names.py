"""Two clients do not find out from their tokens that they speak of one person: each has its own name for him, his session, his mandate."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from tests.support.provider import claims_of
from tests.unit.idp.op.test_mandate_ends import act
from trustkit.jose.claims import claims_of as typed_claims

if TYPE_CHECKING:
    from idp.op.client_model import Client
    from tests.support.provider import World

# What is the same wherever somebody signs in: of the provider, of the login's strength and time, of the organisation.
COMMON = {"iss", "acr", "amr", "auth_time", "exp", "iat", "nonce", "scope", "at_hash", "uscc", "name", "role"}


def _told(world: World, client: Client, secret: str) -> dict[str, Any]:
    return dict(world.redeem(client, secret, world.code(client)).json())


def _names(claims: object, name: str = "") -> set[str]:
    """Return every text of some claims but those anybody's token may share."""
    if isinstance(claims, dict):
        return set().union(*(_names(value, key) for key, value in claims.items() if key not in COMMON))
    if isinstance(claims, list):
        return set().union(*(_names(each, name) for each in claims))
    return {claims} if isinstance(claims, str) else set()


def test_two_clients_share_no_name_of_a_person_who_acts_for_an_organisation(world: World) -> None:
    clients = world.client(), world.client("other", sector="other.test")
    person = world.person()
    session = world.sign_in(person)
    act(world, person)
    tokens = [_told(world, client, secret) for client, secret in clients]
    world.standing.mandates.clear()
    named = [set().union(*(_names(claims_of(each[kind])) for kind in ("access_token", "id_token"))) for each in tokens]
    shared = named[0] & named[1]
    assert shared <= {"https://id.test", "https://api.test", "*"}, shared  # of all matters
    assert not (named[0] | named[1]) & {person, session, "md-1"}


def test_clients_of_one_sector_and_public_ones_share_what_they_are_registered_for(sqlite_world: World) -> None:
    world = sqlite_world
    one, same = world.client(), world.client("same")
    open_one = world.client("open", subject_type="public")
    person = world.person()
    session = world.sign_in(person)
    found = [claims_of(_told(world, *each)["id_token"]) for each in (one, same, open_one)]
    assert found[0]["sid"] == found[1]["sid"] != session
    assert (found[2]["sub"], found[2]["sid"]) == (person, session)


def test_an_id_token_names_its_person_to_us_alone(sqlite_world: World) -> None:
    world = sqlite_world
    client, secret = world.client()
    other, _ = world.client("other")
    person = world.person()
    world.sign_in(person)
    one, next_one = (claims_of(_told(world, client, secret)["id_token"]) for _ in range(2))
    assert one["jti"] != next_one["jti"]
    tokens = world.provider().tokens
    assert tokens.hinted_person(client, typed_claims(one)) == person
    for changed in ({"jti": ""}, {"jti": "AAAA"}, {"jti": "?"}, {"jti": next_one["sid"]}, {"sub": "somebody"}):
        assert tokens.hinted_person(client, typed_claims({**one, **changed})) is None, changed
    assert tokens.hinted_person(other, typed_claims(one)) is None
