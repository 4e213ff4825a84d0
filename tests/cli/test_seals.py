"""The seal registry as its people meet it: applied for, approved by another, made, stopped, found, revoked; and seals of others."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from typing import TYPE_CHECKING
from zipfile import ZipFile

import pytest
from PIL import Image

from esign.seal.read import parse_seal
from esign.seal.verify import verify_seal
from tests.support import ses
from tests.support.ofd_drawings import files_of, path_object, zipped
from tests.support.pki import PkiWorld
from tests.support.registration_desk import Desk, people_at
from tests.support.testdata import outside
from trustkit.app.keys import KeyName
from trustkit.app.wiring import open_authority

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.terminal import Ran, Terminal

USAGE, DATA, MISSING, CONFLICT, FORBIDDEN = 64, 65, 66, 73, 77
ASKED = (
    "apply",
    "--kind",
    "contract",
    "--name",
    "示例市市场监督管理局合同专用章",
    "--own",
    "--line",
    "合同专用章",
    "--yes",
)

REFUSED = (
    (("--kind", "nobodys", "--name", "示例", "--own"), "esign:seal:kind", MISSING),
    (("--kind", "contract", "--name", "示例"), "app:call:usage", USAGE),
    (("--kind", "contract", "--name", "示例", "--own", "--days", "9999"), "esign:seal:order", USAGE),
    (("--kind", "contract", "--name", "示例", "--own", "--edition", "2"), "app:call:usage", USAGE),
    (("--kind", "contract", "--name", "示例", "--own", "--holder", "123"), "esign:seal:order", USAGE),
    (
        ("--kind", "contract", "--name", "示例", "--own", "--holder", "11330105002500287D"),
        "esign:holder:code",
        DATA,
    ),
    (("--kind", "contract", "--name", "章", "--own"), "esign:seal:design", USAGE),
    (("--kind", "contract", "--name", "示例", "--own", "--size", "x"), "app:call:usage", USAGE),
    (("--kind", "contract", "--name", "示例", "--own", "--picture", "none.png"), "app:input:unreadable", MISSING),
    (
        ("--kind", "contract", "--name", "示例", "--own", "--picture", "a.png", "--inscription", "例"),
        "app:call:usage",
        USAGE,
    ),
    (
        ("--kind", "contract", "--name", "示例", "--own", "--edition", "1", "--by-digest"),
        "esign:seal:order",
        USAGE,
    ),
)


@dataclass(frozen=True, slots=True)
class Registry:
    """A desk with a requester, two registrars and a seal maker."""

    desk: Desk

    def seal(self, *words: str | Path, by: str = "", keys: bool = False) -> Ran:
        opening = ("--passphrase-file", self.desk.passphrase) if keys else ()
        acting = self.desk.by(by) if by else ()
        return self.desk.run("seal", *words, "--home", self.desk.home, *acting, *opening, "--format", "json")

    def told(self, *words: str | Path, by: str = "", keys: bool = False) -> dict[str, object]:
        ran = self.seal(*words, by=by, keys=keys)
        assert ran.status == 0, ran.err
        return ran.objects()[0]

    def approved(self, *words: str) -> str:
        asked = self.told(*(words or ASKED), by="maker")
        assert asked["state"] == "submitted"
        number = str(asked["request"])
        assert self.told("approve", number, "--yes", by="checker")["state"] == "approved"
        return number

    def made(self, out: Path) -> str:
        return str(self.told("make", self.approved(), "--yes", "--out", out, keys=True)["seal"])

    def trail(self) -> str:
        return self.desk.run("audit", "list", "--home", self.desk.home, "--limit", "500").out


@pytest.fixture
def registry(terminal: Terminal, home: Path, passphrase_file: Path, tmp_path: Path) -> Registry:
    desk = people_at(terminal, home, passphrase_file, tmp_path / "people")
    desk.enrol("checker", "registrar")
    desk.enrol("second", "registrar", by="checker")
    desk.enrol("maker", "requester", by="checker")
    desk.told("renew", "seal-maker", "--yes", keys=True)
    return Registry(desk)


def test_a_seal_shows_a_document_that_was_brought(registry: Registry, tmp_path: Path) -> None:
    brought, shown, made = tmp_path / "seal.ofd", tmp_path / "asked.png", tmp_path / "seal.esl"
    path = path_object("M 5 5 L 35 5 L 35 35 L 5 35 C", 'Boundary="0 0 40 40"')
    brought.write_bytes(zipped(files_of(path, size="0 0 40 40")))
    words = ("--kind", "contract", "--name", "示例公司合同专用章", "--own", "--yes")
    asked = registry.told("apply", *words, "--picture", brought, "--size", "40", by="maker")
    number = str(asked["request"])
    registry.told("show", number, "--picture", shown)
    registry.told("approve", number, "--yes", by="checker")
    registry.told("make", number, "--yes", "--out", made, keys=True)
    picture = parse_seal(made.read_bytes()).picture
    assert (picture.type, picture.width, picture.data) == ("ofd", 40, brought.read_bytes())
    again = tmp_path / "made.png"
    registry.told("show", made, "--picture", again)
    assert again.read_bytes() == shown.read_bytes()
    drawn = Image.open(BytesIO(shown.read_bytes())).convert("L")
    edge, middle = round(drawn.width / 8), drawn.height // 2
    assert (
        min(drawn.crop((edge - 4, middle, edge + 4, middle + 1)).tobytes()) < 50
    )  # the line of the frame, 5 mm from the left
    assert drawn.getpixel((middle, middle)) == drawn.getpixel((3, 3)) == 255


def test_only_shapes_of_seals_are_offered(terminal: Terminal) -> None:
    ran = terminal.run("seal", "apply", "--kind", "contract", "--name", "示例", "--own", "--shape", "signature")
    assert ran.status == USAGE
    assert "signature" not in terminal.run("seal", "apply", "--help").out


def test_a_seal_is_applied_for_approved_by_another_and_made(registry: Registry, tmp_path: Path) -> None:
    number = str(registry.told(*ASKED, by="maker")["request"])
    early = registry.seal("make", number, "--yes", keys=True)
    early.require_refusal("ca:registration:state", CONFLICT)
    own = registry.seal("approve", number, "--yes", by="maker")
    own.require_refusal("ca:operator:role", FORBIDDEN)
    picture = tmp_path / "asked.png"
    shown = registry.told("show", number, "--picture", picture)
    assert shown["kind"] == "seal"
    asked = shown["asked"]
    assert isinstance(asked, dict)
    assert asked["name"] == "示例市市场监督管理局合同专用章"
    drawn = Image.open(BytesIO(picture.read_bytes()))
    assert (drawn.format, drawn.width) == ("PNG", drawn.height)
    corner = drawn.convert("RGBA").getpixel((0, 0))
    assert isinstance(corner, tuple)
    assert corner[3] == 0  # paper shows through

    assert registry.told("approve", number, "--yes", by="checker")["state"] == "approved"
    file = tmp_path / "contract.esl"
    made = registry.told("make", number, "--yes", "--out", file, keys=True)
    seal = verify_seal(parse_seal(file.read_bytes())).seal
    assert (seal.identifier, seal.name, seal.kind) == (made["seal"], "示例市市场监督管理局合同专用章", 1)
    assert seal.picture.data == picture.read_bytes()
    with open_authority(registry.desk.home) as authority:
        assert seal.certificates == (authority.certificate(KeyName.SEAL).der,)
        assert seal.maker_certificate == authority.certificate(KeyName.SEAL_MAKER).der

    again = tmp_path / "again.esl"
    assert registry.told("make", number, "--yes", "--out", again, keys=True)["seal"] == made["seal"]
    assert again.read_bytes() == file.read_bytes()
    assert [line["seal"] for line in registry.seal("list").objects()] == [made["seal"]]
    trail = registry.trail()
    for word in ("esign:seal:intended", "esign:seal:made", "esign:seal:listed", "ca:registration:decided"):
        assert word in trail
    assert "示例" not in trail


def test_a_refused_application_makes_nothing_and_keeps_no_picture(registry: Registry, tmp_path: Path) -> None:
    number = str(registry.told(*ASKED, by="maker")["request"])
    assert registry.told("refuse", number, "--reason", "wrong-name", "--yes", by="checker")["state"] == "rejected"
    registry.seal("make", number, "--yes", keys=True).require_refusal("ca:registration:state", CONFLICT)
    gone = registry.seal("show", number, "--picture", tmp_path / "gone.png")
    gone.require_refusal("esign:seal:picture", DATA)
    assert registry.seal("list").objects() == []


def test_a_seal_lost_before_it_was_made_was_not_lost(registry: Registry, tmp_path: Path) -> None:
    file = tmp_path / "contract.esl"
    seal = registry.made(file)
    assert registry.desk.run("seal", "show", file, "--home", registry.desk.home).out.count(f"{seal} in-force") == 1
    for since in ("2000-01-01T00:00:00Z", "2999-01-01T00:00:00Z", "yesterday"):
        early = registry.seal("lost", seal, "--reason", "stolen", "--since", since, by="maker")
        early.require_refusal("app:call:usage", USAGE)
        words = ("revoke", seal, "--reason", "key-compromise", "--since", since)
        registry.seal(*words, by="maker").require_refusal("app:call:usage", USAGE)  # not the one who agrees
    registry.seal("revoke", seal, "--reason", "because", by="maker").require_refusal("app:call:usage", USAGE)
    assert registry.told("show", seal)["state"] == "in-force"


def test_stopping_needs_one_person_and_putting_back_two(registry: Registry, tmp_path: Path) -> None:
    seal = registry.made(tmp_path / "contract.esl")
    lost = registry.told("lost", seal, by="maker")
    assert (lost["state"], lost["standing"]) == ("done", "lost")
    registry.seal("lost", seal, by="maker").require_refusal("esign:seal:state", CONFLICT)
    registry.seal("suspend", seal, "--reason", "other", by="second").require_refusal("esign:seal:state", CONFLICT)
    registry.seal("resume", seal, "--reason", "found", by="checker").require_refusal("ca:operator:role", FORBIDDEN)
    resumed = registry.told("resume", seal, "--reason", "found", by="maker")
    assert resumed["state"] == "submitted"
    assert registry.told("show", seal)["state"] == "lost"
    assert registry.told("approve", str(resumed["request"]), "--yes", by="checker")["standing"] == "in-force"
    stopped = registry.told("suspend", seal, "--reason", "misuse-suspected", by="checker")
    assert stopped["standing"] == "suspended"
    asked = registry.told("revoke", seal, "--reason", "misused", by="maker")
    assert registry.told("approve", str(asked["request"]), "--yes", by="second")["standing"] == "revoked"
    for act, reason in (("lost", "lost"), ("suspend", "other"), ("resume", "found"), ("revoke", "other")):
        registry.seal(act, seal, "--reason", reason, by="maker").require_refusal("esign:seal:state", CONFLICT)

    shown = registry.told("show", seal)
    changes = shown["changes"]
    assert isinstance(changes, list)
    assert shown["state"] == "revoked"
    assert [(each["act"], each["reason"], len(each["approvers"])) for each in changes] == [
        ("lose", "lost", 0),
        ("resume", "found", 1),
        ("suspend", "misuse-suspected", 0),
        ("revoke", "misused", 1),
    ]
    assert all(each["applicant"] not in each["approvers"] for each in changes)
    trail = registry.trail()
    for word in ("esign:seal:lost", "esign:seal:resumed", "esign:seal:suspended", "esign:seal:revoked"):
        assert word in trail


def test_what_stands_on_a_seal_need_not_be_its_name(registry: Registry, tmp_path: Path) -> None:
    drawn = []
    for number, inscription in enumerate(((), ("--inscription", "示例市市场监督管理局"))):
        asked = registry.told(*ASKED, *inscription, by="maker")["request"]
        picture = tmp_path / f"{number}.png"
        shown = registry.told("show", str(asked), "--picture", picture)["asked"]
        assert isinstance(shown, dict)
        assert shown["name"] == "示例市市场监督管理局合同专用章"
        drawn.append(picture.read_bytes())
    assert drawn[0] != drawn[1]
    chop = ("--kind", "personal", "--name", "示例市市场监督管理局法定代表人名章", "--shape", "square", "--own", "--yes")
    registry.seal("apply", *chop, by="maker").require_refusal("esign:seal:design", USAGE)
    assert registry.seal("apply", *chop, "--inscription", "张示例印", by="maker").status == 0


def test_what_is_asked_about_a_seal_is_shown_before_it_is_agreed_to(registry: Registry, tmp_path: Path) -> None:
    seal = registry.made(tmp_path / "contract.esl")
    number = str(registry.told("revoke", seal, "--reason", "superseded", by="maker")["request"])
    shown = registry.told("show", number)
    assert (shown["kind"], shown["state"]) == ("seal-revocation", "submitted")
    no_picture = registry.seal("show", number, "--picture", tmp_path / "none.png")
    no_picture.require_refusal("ca:registration:missing", MISSING)


def test_a_seal_is_shown_in_chinese(registry: Registry, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "contract.esl"
    seal = registry.made(file)
    request = str(registry.told("show", seal)["request"])
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    shown, asked = (
        registry.desk.run("seal", "show", each, "--home", registry.desk.home).out for each in (file, request)
    )
    for told in (f"登记状态       {seal} 有效", "类型           1 单位", "印章信息摘要   sm3:", "PNG，42×42 mm，"):
        assert told in shown
    for told in ("状态           已办结，已批准 1 / 1", "印章版本       4", "批准           op-"):
        assert told in asked


def test_what_could_not_be_made_is_not_asked_for(registry: Registry) -> None:
    for words, code, status in REFUSED:
        registry.seal("apply", *words, "--yes", by="maker").require_refusal(code, status)
    assert registry.seal("list").objects() == []


def test_a_seal_somebody_else_made_is_shown(registry: Registry, tmp_path: Path) -> None:
    world = PkiWorld()
    foreign = tmp_path / "foreign.esl"
    foreign.write_bytes(ses.make_seal(world, picture=b"\x89PNG of a seal"))
    shown = registry.told("show", foreign, "--out", tmp_path / "same.esl")
    assert (shown["registry"], shown["edition"], shown["name"]) == (None, 4, "示例市政务服务管理局")
    assert (tmp_path / "same.esl").read_bytes() == foreign.read_bytes()
    odd = registry.seal("show", foreign, "--picture", tmp_path / "odd.png")  # it only calls itself a PNG
    odd.require_refusal("esign:seal:picture", DATA)
    junk = tmp_path / "junk.esl"
    junk.write_bytes(b"junk")
    assert registry.seal("show", junk).code == "encoding:der:malformed"
    registry.seal("show", "es-abcdefghjkmnp").require_refusal("esign:seal:missing", MISSING)
    registry.seal("show", "rq-abcdefghjkmnp").require_refusal("ca:registration:missing", MISSING)
    assert registry.seal("show", foreign, "--picture", foreign).status == CONFLICT


def test_what_a_seal_says_of_itself_begins_no_line_of_its_own(registry: Registry, tmp_path: Path) -> None:
    forged = tmp_path / "forged.esl"
    forged.write_bytes(ses.make_seal(PkiWorld(), name="示例\nmaker          C=CN, O=国务院\nstanding       in-force"))
    shown = registry.desk.run("seal", "show", forged, "--home", registry.desk.home)
    assert shown.status == 0
    assert sum(line.startswith(("maker", "standing")) for line in shown.out.splitlines()) == 1
    assert "示例\N{REPLACEMENT CHARACTER}maker" in shown.out


def test_the_seal_inside_a_real_invoice_is_shown_as_it_looks(terminal: Terminal, tmp_path: Path) -> None:
    invoice = outside("ofd/tax_zhejiang_invoice_v4.ofd")
    with ZipFile(invoice) as package:
        signed = package.read("Doc_0/Signs/Sign_0/SignedValue.dat")
    value, picture = tmp_path / "SignedValue.dat", tmp_path / "seal.png"
    value.write_bytes(signed)
    ran = terminal.run("seal", "show", value, "--picture", picture, "--format", "json")
    assert ran.status == 0, ran.err
    (shown,) = ran.objects()
    assert (shown["identifier"], shown["vendor"], shown["picture"]["type"]) == ("33010600000001", "GOMAIN", "ofd")
    assert shown["notes"] == ["seal-type", "picture-type", "critical-false-written-out"]
    drawn = Image.open(BytesIO(picture.read_bytes())).convert("RGB")
    green = drawn.getchannel("G").histogram()  # red ink takes the green away
    assert sum(green[:100]) > drawn.width * drawn.height / 20
