from __future__ import annotations

import re

from trustkit.audit.events import EventType, Outcome
from trustkit.audit.facts import FACTS

# Stable for ever: others filter by these names. A new one is added; none is renamed or removed.
PINNED = (
    "app:official:acted",
    "app:official:raised",
    "app:service:started",
    "app:service:stopped",
    "audit:trail:exported",
    "audit:trail:read",
    "audit:trail:reviewed",
    "audit:trail:verified",
    "ca:acme-account:changed",
    "ca:acme-account:created",
    "ca:acme-challenge:judged",
    "ca:acme-external:added",
    "ca:acme-external:revoked",
    "ca:acme-order:created",
    "ca:activation:granted",
    "ca:authority:created",
    "ca:certificate:abandoned",
    "ca:certificate:intended",
    "ca:certificate:issued",
    "ca:certificate:resumed",
    "ca:certificate:revoked",
    "ca:certificate:suspended",
    "ca:client:added",
    "ca:client:called",
    "ca:client:denied",
    "ca:client:granted",
    "ca:client:revoked",
    "ca:clock:accepted",
    "ca:crl:published",
    "ca:escrow:destroyed",
    "ca:escrow:kept",
    "ca:escrow:listed",
    "ca:escrow:opened",
    "ca:hash:denied",
    "ca:hash:intended",
    "ca:hash:signed",
    "ca:ocsp:published",
    "ca:operator:enrolled",
    "ca:operator:revoked",
    "ca:registration:altered",
    "ca:registration:approved",
    "ca:registration:closed",
    "ca:registration:decided",
    "ca:registration:submitted",
    "ca:registration:worked",
    "ca:timestamp:issued",
    "custody:key:created",
    "custody:key:shared",
    "custody:sitting:begun",
    "custody:sitting:ended",
    "custody:sitting:joined",
    "esign:licence:abandoned",
    "esign:licence:intended",
    "esign:licence:issued",
    "esign:licence:revoked",
    "esign:message:intended",
    "esign:message:signed",
    "esign:ofd:intended",
    "esign:ofd:signed",
    "esign:pdf-renewal:intended",
    "esign:pdf:intended",
    "esign:pdf:renewed",
    "esign:pdf:signed",
    "esign:seal:abandoned",
    "esign:seal:intended",
    "esign:seal:listed",
    "esign:seal:lost",
    "esign:seal:made",
    "esign:seal:resumed",
    "esign:seal:revoked",
    "esign:seal:suspended",
    "esign:status-list:published",
    "home:authority:initialised",
    "idp:confirmation:answered",
    "idp:document:seen",
    "idp:factor:enrolled",
    "idp:factor:locked",
    "idp:factor:released",
    "idp:factor:removed",
    "idp:factor:renewed",
    "idp:factor:suspected",
    "idp:link:made",
    "idp:link:removed",
    "idp:login-name:added",
    "idp:login:refused",
    "idp:mandate:added",
    "idp:mandate:ended",
    "idp:mandate:prolonged",
    "idp:office:assigned",
    "idp:office:removed",
    "idp:op-client:changed",
    "idp:op-client:registered",
    "idp:op-client:revoked",
    "idp:op-consent:given",
    "idp:op-consent:withdrawn",
    "idp:op-grant:made",
    "idp:op-grant:reused",
    "idp:op-grant:revoked",
    "idp:op-key:activated",
    "idp:op-key:made",
    "idp:op-key:removed",
    "idp:op-key:retired",
    "idp:op-logout:told",
    "idp:op-poll:answered",
    "idp:op-poll:begun",
    "idp:op-registration:opened",
    "idp:op-token:issued",
    "idp:op-token:refused",
    "idp:op-token:revoked",
    "idp:person:created",
    "idp:person:locked",
    "idp:person:unlocked",
    "idp:session:begun",
    "idp:session:ended",
    "idp:session:raised",
    "idp:session:role",
    "verifier:file:verified",
    "web:request:refused",
)


def test_names_are_the_pinned_ones_in_order() -> None:
    assert tuple(event.value for event in EventType) == PINNED


def test_names_have_the_grammar() -> None:
    for event in EventType:
        assert re.fullmatch(r"[a-z]+:[a-z]+(-[a-z]+)*:[a-z]+", event.value), event


def test_outcomes_are_the_pinned_ones() -> None:
    assert [outcome.value for outcome in Outcome] == ["success", "failure", "denied"]


def test_every_type_has_its_table_of_facts() -> None:
    assert set(FACTS) == set(EventType)
    for facts in FACTS.values():
        assert list(facts) == sorted(facts)
