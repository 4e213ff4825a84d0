"""``trustkit ca issue`` and its batch: what is about to be signed is shown first."""

from __future__ import annotations

import csv
import io
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from trustkit.app.cli.operator_options import ContributionOption, opened_keys
from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, ask, emit, report, say, table
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.app.issue_desk import IssuePlan
    from trustkit.x509.request import VerifiedRequest

app = typer.Typer()
ProfileOption = Annotated[str, typer.Option("--profile", help="Certificate profile; `ca profiles` lists them.")]
CaOption = Annotated[str, typer.Option("--ca", help="The authority that signs, by its name in `ca list`.")]
YesOption = Annotated[bool, typer.Option("--yes", help="Do not ask before signing.")]
_MAX_TABLE = 4 * 1024 * 1024  # octets of a CSV: some thousand rows


def parse_subject(pairs: list[str]) -> dict[str, str] | None:
    """Return label → value of ``CN=…`` options, None for none at all. Raise USAGE."""
    found: dict[str, str] = {}
    for pair in pairs:
        label, equals, value = pair.partition("=")
        if not equals or not label or label in found:
            raise TrustError(ErrorCode.USAGE, "--subject takes LABEL=VALUE, each label once, such as CN=example")
        found[label] = value
    return found or None


@app.command("issue")
def issue(
    *,
    request: Annotated[Path, typer.Option("--request", metavar="FILE", help="Certification request, PEM or DER.")],
    profile: ProfileOption,
    ca: CaOption = "issuing",
    subject: Annotated[
        list[str] | None,
        typer.Option("--subject", metavar="LABEL=VALUE", help="Instead of the request's subject; repeat for each."),
    ] = None,
    san: Annotated[
        list[str] | None,
        typer.Option("--san", metavar="KIND:VALUE", help="dns, ip, email or uri, instead of the request's names."),
    ] = None,
    days: Annotated[int | None, typer.Option("--days", min=1, help="Fewer days than the profile's.")] = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write, PEM; else it goes to standard output.")
    ] = None,
    contribution: ContributionOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Issue a certificate for a request whose key is proved to be the requester's."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.files import read_input, write_output
    from trustkit.app.issue_desk import CertificateDesk
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority
    from trustkit.encoding.pem import encode_pem
    from trustkit.x509.request import MAX_REQUEST_SIZE

    with open_authority(chosen_home(home)) as authority:
        desk = CertificateDesk(home=authority)
        plan = desk.plan(
            read_input(request, limit=2 * MAX_REQUEST_SIZE),
            profile=profile,
            ca=ca,
            subject=parse_subject(subject or []),
            names=san or [],
            days=days,
        )
        if not yes:
            ask("This is about to be signed:", plan.rows())
        act_in_name(authority, OfficialAct.CERTIFICATE)
        with opened_keys(authority, read_passphrase(passphrase_file, passphrase_fd), contribution) as keys:
            certificate = desk.issue((plan,), keys)[0]
    pem = encode_pem("CERTIFICATE", certificate.der)
    if out is not None:
        write_output(out, pem)
    told = {"serial": f"{certificate.serial:x}", "not_after": certificate.not_after.isoformat()}
    if output is OutputFormat.JSON:
        emit({**told, "file": str(out) if out else None, "certificate": pem.decode("ascii")})
    elif out is not None:
        say(f"Issued {certificate.serial:x}, valid until {certificate.not_after.isoformat()}: {out}")
    else:
        say(*pem.decode("ascii").splitlines())


@app.command("issue-batch")
def issue_batch(
    source: Annotated[
        Path, typer.Argument(metavar="FOLDER|CSV", help="Folder of requests, or a table with a column `request`.")
    ],
    *,
    profile: ProfileOption,
    out: Annotated[Path, typer.Option("--out", help="Folder to write the certificates into; made when absent.")],
    ca: CaOption = "issuing",
    contribution: ContributionOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Issue certificates for many requests: all of them or none.

    A table has a row a request: `request` its file beside the table, `san` names separated by blanks, and a column for each
    attribute of the subject (CN, O, …); empty cells are left out.
    """
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.files import write_output
    from trustkit.app.issue_desk import CertificateDesk
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority
    from trustkit.encoding.pem import encode_pem

    with open_authority(chosen_home(home)) as authority:
        desk = CertificateDesk(home=authority)
        plans: list[tuple[str, IssuePlan]] = []
        asked = _requests(source)
        for (name, _, fields), proved in zip(asked, _proved(asked), strict=True):
            with _named(name):
                plans.append((name, desk.plan_proved(proved, profile=profile, ca=ca, **fields)))
        if not yes:
            shown = [(name, plan.order.shown) for name, plan in plans[:20]]
            ask(f"{len(plans)} certificates of profile {profile} are about to be signed by {ca}:", shown)
        act_in_name(authority, OfficialAct.CERTIFICATES)
        with opened_keys(authority, read_passphrase(passphrase_file, passphrase_fd), contribution) as keys:
            made = desk.issue([plan for _, plan in plans], keys)
    out.mkdir(parents=True, exist_ok=True)
    for (name, _), certificate in zip(plans, made, strict=True):
        file = out / f"{name}.pem"
        write_output(file, encode_pem("CERTIFICATE", certificate.der))
        report(output, {"serial": f"{certificate.serial:x}", "file": str(file)}, f"{certificate.serial:x}  {file}")


@app.command("profiles")
def profiles(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """List the certificate profiles: what each is for, for how long, and what its subject must have."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        found = authority.authorities.profiles()
    rows = []
    for each in found:
        form = " ".join(f"{a.label}{'*' if a.required else ''}" for a in each.subject or ())
        names = " ".join(sorted(each.alternative_names))
        rows.append((each.name, each.title_zh, each.title_en, str(each.days), form, names))
    columns = ("name", "名称", "title", "days", "subject (* required)", "names")
    if output is OutputFormat.JSON:
        for row in rows:
            emit(dict(zip(("name", "title_zh", "title_en", "days", "subject", "names"), row, strict=True)))
        return
    table(columns, rows)


@contextmanager
def _named(name: str) -> Iterator[None]:
    """Say which request of many a refusal is about."""
    try:
        yield
    except TrustError as error:
        raise TrustError(error.code, f"{name}: {error.detail}", **error.facts) from error


def _proved(asked: list[tuple[str, bytes, dict[str, Any]]]) -> Iterator[VerifiedRequest]:
    """Yield the requests, each proved to be its key's owner's. Raise as `verify_request`, naming the first that is not."""
    from trustkit.x509.request import parse_request, verify_requests

    read = []
    for name, data, _ in asked:
        with _named(name):
            read.append(parse_request(data))
    for (name, _, _), found in zip(asked, verify_requests(read), strict=True):
        with _named(name):
            if isinstance(found, TrustError):
                raise found
            yield found


def _requests(source: Path) -> list[tuple[str, bytes, dict[str, Any]]]:
    """Return (name, request, arguments of the plan) for each request of a folder or a table. Raise USAGE, INPUT_*."""
    from trustkit.app.files import list_folder, read_input
    from trustkit.store.issuances import BATCH_LIMIT
    from trustkit.x509.request import MAX_REQUEST_SIZE

    most = 2 * MAX_REQUEST_SIZE  # in PEM
    found: list[tuple[str, bytes, dict[str, Any]]] = []
    entries = list_folder(source)
    if entries is not None:
        files = [path for path in entries if path.suffix.lower() in {".csr", ".pem", ".der", ".req"}]
        found = [(path.stem, read_input(path, limit=most), {}) for path in files[: BATCH_LIMIT + 1]]
    else:
        data = read_input(source, limit=_MAX_TABLE)
        try:
            lines = list(csv.DictReader(io.StringIO(data.decode("utf-8-sig")), strict=True))
        except (UnicodeDecodeError, csv.Error) as error:
            raise TrustError(ErrorCode.INPUT_UNREADABLE, "the table is not CSV in UTF-8") from error
        for line in lines[: BATCH_LIMIT + 1]:
            cells = {key: (value or "").strip() for key, value in line.items() if key and isinstance(value, str | None)}
            file = cells.pop("request", "")
            if not file or Path(file).name != file:
                raise TrustError(ErrorCode.USAGE, "each row names a file beside the table in its column `request`")
            names = cells.pop("san", "").split()
            subject = {key: value for key, value in cells.items() if value} or None
            found.append(
                (Path(file).stem, read_input(source.parent / file, limit=most), {"subject": subject, "names": names})
            )
    if not 0 < len(found) <= BATCH_LIMIT:
        raise TrustError(ErrorCode.USAGE, "requests of one batch", found=len(found), limit=BATCH_LIMIT)
    if len({name for name, _, _ in found}) != len(found):
        raise TrustError(ErrorCode.USAGE, "two requests have one name: their certificates would be one file")
    return found
