from __future__ import annotations

from pathlib import Path

import pytest

from trustkit.errors import ErrorCode, TrustError
from trustkit.store.database import open_database
from trustkit.store.location import URL_LIMIT, parse_location

REFUSED = (
    pytest.param("", id="empty"),
    pytest.param("trustkit.db", id="no scheme"),
    pytest.param("mysql://u:s3cret@localhost/x", id="another database"),
    pytest.param("sqlite://", id="memory by silence"),
    pytest.param("sqlite:///:memory:", id="memory"),
    pytest.param("sqlite:///file:x?mode=memory&uri=true", id="memory by uri"),
    pytest.param("sqlite:///x.db?timeout=0", id="options that weaken"),
    pytest.param("sqlite://host/x.db", id="sqlite on a host"),
    pytest.param("postgresql://u:s3cret@localhost", id="no database"),
    pytest.param("postgresql://u:s3cret@localhost:notaport/x", id="port"),
    pytest.param("postgresql://u:s3cret@h/" + "x" * URL_LIMIT, id="too long"),
)


@pytest.mark.parametrize("url", REFUSED)
def test_refuses_a_url_without_repeating_it(url: str) -> None:
    with pytest.raises(TrustError) as caught:
        parse_location(url)
    assert caught.value.code is ErrorCode.SETTINGS_MALFORMED
    assert "s3cret" not in str(caught.value)


def test_reads_a_relative_and_an_absolute_file() -> None:
    assert parse_location("sqlite:///home/trustkit.db").path == Path("home/trustkit.db")
    assert parse_location("sqlite:////srv/trustkit.db").path == Path("/srv/trustkit.db")


@pytest.mark.parametrize("scheme", ["postgresql", "postgresql+psycopg", "postgres"])
def test_speaks_to_postgresql_through_psycopg_and_hides_who(scheme: str) -> None:
    location = parse_location(f"{scheme}://clerk:s3cret@db.example:5433/trust?sslpassword=s3cret2")
    assert location.url is not None
    assert location.url.drivername == "postgresql+psycopg"
    assert location.shown == "postgresql:db.example/trust"
    assert "s3cret" not in repr(location)
    database = open_database(f"{scheme}://clerk:s3cret@db.example:5433/trust?sslpassword=s3cret2")
    assert repr(database) == "Database(postgresql:db.example/trust)"
    assert database.dialect == "postgresql"
