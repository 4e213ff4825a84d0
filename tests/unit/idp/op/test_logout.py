"""Sessions end for who shows that it is his client's wish, and every client of a session is told, in the end."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from idp.op.logout_outbox import ATTEMPTS, LogoutOutbox
from tests.support.provider import claims_of
from tests.support.signing_in import SESSIONS
from trustkit.audit import trail
from trustkit.audit.events import EventType
from trustkit.errors import TrustError
from trustkit.identity_codes import IdentityCode

if TYPE_CHECKING:
    from tests.support.provider import World

OUT = "https://app.test/out"
TOLD = "https://app.test/told"


@dataclass
class Listener:
    """A client that answers as it is told, or not at all."""

    statuses: list[int]
    heard: list[tuple[str, str]] = field(default_factory=list)

    def tell(self, url: str, logout_token: str) -> int:
        self.heard.append((url, logout_token))
        status = self.statuses.pop(0) if self.statuses else 500
        if status == 0:
            raise TrustError(IdentityCode.OP_LOGOUT, "nobody there")
        return status


def _signed_in(world: World) -> tuple[str, str, str]:
    client, secret = world.client(post_logout_redirect_uris=[OUT], backchannel_logout_uri=TOLD)
    session = world.sign_in(world.person())
    tokens = world.redeem(client, secret, world.code(client)).json()
    return client.identifier, session, tokens["id_token"]


def _live(world: World, session: str) -> bool:
    with world.database.reading() as unit:
        return SESSIONS.find(unit, session, now=world.clock.now()) is not None


def _outbox(world: World, listener: Listener) -> LogoutOutbox:
    return LogoutOutbox(database=world.database, clock=world.clock, tokens=world.provider().tokens, teller=listener)


def test_a_client_ends_its_session_and_gets_the_browser_back(world: World) -> None:
    client, session, hint = _signed_in(world)
    asked = {"id_token_hint": hint, "post_logout_redirect_uri": OUT, "state": "s1"}
    answer = world.browse("/end_session", asked)
    assert answer.headers["location"] == f"{OUT}?state=s1"
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert not _live(world, session)
    listener = Listener([200])
    assert _outbox(world, listener).work() == 1
    claims = claims_of(listener.heard[0][1])
    named = world.provider().tokens.session_name(world.register.identified(client), session)
    assert (listener.heard[0][0], claims["sid"], claims["aud"]) == (TOLD, named, client)
    assert claims["sid"] == claims_of(hint)["sid"]
    assert claims["events"] == {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert "nonce" not in claims
    assert _outbox(world, listener).work() == 0


def test_nobody_is_signed_out_or_sent_away_by_a_link(world: World) -> None:
    client, session, hint = _signed_in(world)
    other, _ = world.client("other")
    for asked in (
        {},
        {"client_id": client},
        {"id_token_hint": hint, "client_id": other.identifier},
        {"id_token_hint": f"{hint[:-6]}AAAAAA"},
        {"id_token_hint": "x"},
        {"id_token_hint": hint, "post_logout_redirect_uri": f"{OUT}/evil"},
        {"post_logout_redirect_uri": OUT},
        {"client_id": client, "post_logout_redirect_uri": OUT},
    ):
        answer = world.browse("/end_session", asked)
        if answer.status_code == 303:
            assert answer.headers["location"] == "https://id.test/logout", asked
        else:
            assert answer.json() == {"shown": "idp:op-logout:refused"}, asked
        assert _live(world, session)


def test_a_hint_of_another_session_ends_nothing(world: World) -> None:
    _, _, hint = _signed_in(world)
    mine = world.sign_in(world.person("wang.wei"))
    answer = world.browse("/end_session", {"id_token_hint": hint, "post_logout_redirect_uri": OUT})
    assert answer.headers["location"] == "https://id.test/logout"
    assert _live(world, mine)


def test_who_does_not_hear_is_told_again_and_given_up_in_the_end(world: World) -> None:
    _, _, hint = _signed_in(world)
    world.browse("/end_session", {"id_token_hint": hint})
    listener = Listener([0, 503, 404])
    outbox = _outbox(world, listener)
    for _ in range(ATTEMPTS + 3):
        outbox.work()
        world.clock.pass_(21_601)
    assert len(listener.heard) == ATTEMPTS
    assert len({claims_of(token)["jti"] for _, token in listener.heard}) == ATTEMPTS
    with world.database.reading() as unit:
        told = trail.list_events(unit, type=EventType.OP_LOGOUT_TOLD)
    assert [(event.outcome, event.facts["attempts"]) for event in told] == [("failure", ATTEMPTS)]


def test_two_processes_tell_once(world: World) -> None:
    _, _, hint = _signed_in(world)
    world.browse("/end_session", {"id_token_hint": hint})
    first, second = Listener([200]), Listener([200])

    @dataclass
    class Slow:
        other: LogoutOutbox

        def tell(self, url: str, logout_token: str) -> int:
            assert self.other.work() == 0  # while this one tells, the other finds nothing due
            return first.tell(url, logout_token)

    outbox = LogoutOutbox(
        database=world.database,
        clock=world.clock,
        tokens=world.provider().tokens,
        teller=Slow(_outbox(world, second)),
    )
    assert outbox.work() == 1
    assert (len(first.heard), len(second.heard)) == (1, 0)
