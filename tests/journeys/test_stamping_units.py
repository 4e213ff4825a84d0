"""Time-stamping units of several kinds in one home, by the service's doors and by the house itself."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

import pytest

from tests.support.authority import passphrase
from tests.support.web import Visitor
from trustkit.app.asking_stamps import ask_own_authority, new_request
from trustkit.app.ca_asgi import ca_application
from trustkit.app.hierarchy import Hierarchy
from trustkit.app.keys import KeyName, Keys
from trustkit.app.stamping_units import make_unit, plan_unit, unit_certificate, unit_names
from trustkit.crypto.digest import DigestAlgorithm
from trustkit.crypto.public_key import KeyKind
from trustkit.custody.pkcs8 import MIN_ITERATIONS
from trustkit.encoding.pem import encode_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.store import certificates
from trustkit.timestamp.request import build_request
from trustkit.timestamp.response import parse_response
from trustkit.timestamp.verify import verify_token

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.app.authority import Authority
    from trustkit.error_family import Code
    from trustkit.x509.certificate import Certificate

QUERY = {"content-type": "application/timestamp-query"}
KINDS = {"web": ("ecdsa-p256", KeyKind.EC_P256), "old": ("rsa-3072", KeyKind.RSA)}


@pytest.fixture
def keys(authority: Authority) -> Keys:
    return Keys(authority.settings.home, passphrase(), iterations=MIN_ITERATIONS)


def make_units(authority: Authority, keys: Keys, *names: str) -> None:
    hierarchy = Hierarchy(home=authority)
    for name in names:
        subject = {"O": "示范局", "CN": f"示范 {name}"}
        hierarchy.create(hierarchy.plan(name, parent=None, profile="root", kind=KINDS[name][0], subject=subject), keys)
        plan = plan_unit(authority, name)
        assert ("replaces", "nothing, it is the first") in plan.rows()
        made = make_unit(authority, plan, keys)
        assert made.public_key.kind is KINDS[name][1]


def stamped_by(visitor: Visitor, door: str) -> Certificate:
    asked = new_request(b"stamped", DigestAlgorithm.SHA256)
    answer = visitor.post(door, content=build_request(asked), headers=QUERY)
    assert answer.status_code == 200
    token = parse_response(answer.content, asked)
    return verify_token(token, data=b"stamped").certificate


def test_each_unit_has_a_door_of_its_kind_and_of_its_authority(authority: Authority, keys: Keys) -> None:
    make_units(authority, keys, "web", "old")
    assert unit_names(authority) == ("issuing", "web", "old")
    visitor = Visitor(ca_application(authority, keys))
    doors = {"": "issuing", "/sm2": "issuing", "/issuing": "issuing"}
    doors |= {"/web": "web", "/ec-p256": "web", "/old": "old", "/rsa": "old"}
    for door, name in doors.items():
        assert stamped_by(visitor, f"/v1/tsa{door}") == unit_certificate(authority, name), door
    assert visitor.post("/v1/tsa/nobody", content=b"", headers=QUERY).status_code == 404


def test_the_house_takes_the_unit_it_is_told(authority: Authority, keys: Keys) -> None:
    make_units(authority, keys, "web")
    asked = new_request(b"stamped", DigestAlgorithm.SHA256)
    for unit in ("issuing", "web"):
        token = parse_response(ask_own_authority(asked, authority, keys, unit=unit), asked)
        assert verify_token(token, data=b"stamped").certificate == unit_certificate(authority, unit)
    again = make_unit(authority, plan_unit(authority, "web"), keys)
    assert unit_certificate(authority, "web") == again
    current = {line.serial for line in authority.register.list_certificates() if line.current}
    own = (again, authority.certificate(KeyName.TIMESTAMP), authority.certificate(KeyName.SEAL))
    assert {certificates.serial_text(each.serial) for each in own} <= current


def test_what_stamps_nothing(authority: Authority, keys: Keys) -> None:
    make_units(authority, keys, "web")
    serial = certificates.serial_text(unit_certificate(authority, "web").serial)
    authority.revoke_certificate(keys, serial, reason="superseded")
    asked = new_request(b"stamped", DigestAlgorithm.SHA256)
    rows: tuple[tuple[Callable[[], object], Code], ...] = (
        (lambda: ask_own_authority(asked, authority, keys, unit="web"), ErrorCode.OWN_CERTIFICATE),
        (lambda: ask_own_authority(asked, authority, keys, unit="root"), ErrorCode.OWN_CERTIFICATE),
        (lambda: ask_own_authority(asked, authority, keys, unit="nobody"), ErrorCode.OWN_CERTIFICATE),
        (lambda: plan_unit(authority, "issuing"), ErrorCode.USAGE),
        (lambda: plan_unit(authority, "nobody"), ErrorCode.CA_AUTHORITY_MISSING),
    )
    for act, code in rows:
        with pytest.raises(TrustError) as caught:
            act()
        assert caught.value.code is code
    visitor = Visitor(ca_application(authority, keys))
    answer = visitor.post("/v1/tsa/web", content=build_request(asked), headers=QUERY)
    with pytest.raises(TrustError) as caught:
        parse_response(answer.content, asked)
    assert caught.value.code is ErrorCode.TIMESTAMP_REFUSED
    assert stamped_by(visitor, "/v1/tsa") == unit_certificate(authority, "issuing")  # the others go on


@pytest.mark.interop
@pytest.mark.parametrize(("name", "door"), [("web", "ec-p256"), ("old", "rsa")])
def test_openssl_accepts_what_the_doors_hand_out(
    authority: Authority, keys: Keys, tmp_path: Path, name: str, door: str
) -> None:
    make_units(authority, keys, name)
    root = authority.authorities.certificate(name)
    (tmp_path / "root.pem").write_bytes(encode_pem("CERTIFICATE", root.der))
    (tmp_path / "data").write_bytes(b"stamped")

    def openssl(*words: str) -> str:
        command = ["openssl", "ts", *words]
        done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, timeout=30)
        return done.stdout + done.stderr

    openssl("-query", "-data", "data", "-sha256", "-cert", "-out", "query.tsq")
    visitor = Visitor(ca_application(authority, keys))
    answer = visitor.post(f"/v1/tsa/{door}", content=(tmp_path / "query.tsq").read_bytes(), headers=QUERY)
    (tmp_path / "reply.tsr").write_bytes(answer.content)
    told = openssl("-verify", "-queryfile", "query.tsq", "-in", "reply.tsr", "-CAfile", "root.pem")
    assert "Verification: OK" in told, told
