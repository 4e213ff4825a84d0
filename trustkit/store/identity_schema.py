"""The tables of unified identity: people, their sessions and logins, as the newest migration leaves them (see `trustkit.store.schema`).

Nobody's name, number or address is here. Secrets of browsers are there as SM3 digests and login names as keyed digests: who reads the
store can use none of them.
"""

from __future__ import annotations

from sqlalchemy import (
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    true,
)

from trustkit.store.columns import Moment
from trustkit.store.schema import metadata

# Natural persons, each under a pseudonym. A row is never removed: what the pseudonym did stays his.
people = Table(
    "people",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("created_at", Moment, nullable=False),
    Column("locked_at", Moment),
    Column("reason", String(64), nullable=False),
    CheckConstraint("(locked_at IS NULL) = (reason = '')", name="locked"),
)

# What somebody types to say who he is, as HMAC-SM3 under the home's secret, hex.
login_names = Table(
    "login_names",
    metadata,
    Column("name_mac", String(64), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("created_at", Moment, nullable=False),
    Index(None, "person"),
)

# Who is signed in at a browser. `grounds` is the canonical JSON of what the level stands on, worth `identity_level` and
# `authentication_level` until `assured_until` and to be weighed again then. `upstream` is the provider's session it came of: the connector's
# name, a colon, and the provider's `sid` as HMAC-SM3 where it told one; empty for none.
idp_sessions = Table(
    "idp_sessions",
    metadata,
    Column("id", String(32), primary_key=True),
    Column("secret_sm3", String(64), nullable=False),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("identity_level", Integer, nullable=False),
    Column("authentication_level", Integer, nullable=False),
    Column("assured_until", Moment),
    Column("grounds", Text, nullable=False),
    Column("authenticated_at", Moment, nullable=False),
    Column("methods", String(256), nullable=False),
    Column("mandate", String(64)),
    Column("provider", String(64), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("seen_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("ended_at", Moment),
    Column("reason", String(64), nullable=False),
    Column("upstream", String(128), nullable=False, server_default=""),
    CheckConstraint("identity_level BETWEEN 0 AND 4", name="identity"),
    CheckConstraint("authentication_level BETWEEN 1 AND 3", name="authentication"),
    CheckConstraint("(ended_at IS NULL) = (reason = '')", name="ended"),
    Index("uq_idp_sessions_secret_sm3", "secret_sm3", unique=True),
    Index(None, "person", "created_at"),
    Index(None, "expires_at"),
    Index(None, "upstream"),
)

# Every session at a provider a session stands on, marked as `upstream` there; the column of a session has the first alone.
idp_session_upstreams = Table(
    "idp_session_upstreams",
    metadata,
    Column("session", ForeignKey("idp_sessions.id"), primary_key=True),
    Column("upstream", String(128), primary_key=True),
    Index(None, "upstream"),
)

# Logouts providers told of lately; `mark` is HMAC-SM3 of provider and `sid`, or `sub`, under the home's secret, hex.
idp_upstream_logouts = Table(
    "idp_upstream_logouts",
    metadata,
    Column("mark", String(64), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Index(None, "expires_at"),
)

# Logins that are needed, each bound to one browser by the digest of its cookie, and taken up once it is satisfied.
idp_interactions = Table(
    "idp_interactions",
    metadata,
    Column("id_sm3", String(64), primary_key=True),
    Column("browser_sm3", String(64), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("identity_level", Integer, nullable=False),
    Column("authentication_level", Integer, nullable=False),
    Column("max_age_seconds", Integer),
    Column("reauthenticate", Boolean, nullable=False),
    Column("acr_values", Text, nullable=False, server_default=""),
    Column("insists", Boolean, nullable=False, server_default=true()),
    Column("client", String(64), nullable=False),
    Column("client_name", String(128), nullable=False),
    Column("reference", String(128), nullable=False),
    Column("person", ForeignKey("people.id")),
    Column("language", String(8), nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("session", ForeignKey("idp_sessions.id")),
    Column("used_at", Moment),
    CheckConstraint("purpose IN ('authorization', 'device', 'account', 'console')", name="purpose"),
    CheckConstraint("max_age_seconds >= 0", name="age"),
    Index(None, "expires_at"),
)

# From where somebody signed in: HMAC-SM3 of person and address together under the home's secret, hex.
sign_in_places = Table(
    "sign_in_places",
    metadata,
    Column("place_mac", String(64), primary_key=True),
    Column("person", ForeignKey("people.id"), nullable=False),
    Column("seen_at", Moment, nullable=False),
    Index(None, "seen_at"),
)

# What was shown so far in a login that is under way: by whom, and the state and sealed notes of a connector he was sent to.
# `version` counts changes: of two steps begun from one state, one is taken.
idp_logins = Table(
    "idp_logins",
    metadata,
    Column("interaction", ForeignKey("idp_interactions.id_sm3"), primary_key=True),
    Column("person", ForeignKey("people.id")),
    Column("session", ForeignKey("idp_sessions.id")),
    Column("provider", String(64), nullable=False),
    Column("grounds", Text, nullable=False),
    Column("tries", Integer, nullable=False),
    Column("connector", String(64), nullable=False),
    Column("state_sm3", String(64)),
    Column("kept", LargeBinary),
    Column("kept_until", Moment),
    Column("version", Integer, nullable=False),
    Column("upstream", String(128), nullable=False, server_default=""),
    CheckConstraint("(state_sm3 IS NULL) = (kept IS NULL)", name="kept"),
    CheckConstraint("(state_sm3 IS NULL) = (kept_until IS NULL)", name="until"),
    CheckConstraint("(state_sm3 IS NULL) = (connector = '')", name="connector"),
    Index("uq_idp_logins_state_sm3", "state_sm3", unique=True),
)
