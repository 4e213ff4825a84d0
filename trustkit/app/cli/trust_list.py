"""``trustkit trust-list``: which issuers may issue which licences, as others sign it and this home goes by it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, next_step, report, wrote

if TYPE_CHECKING:
    from esign.trustlist.verify import VerifiedTrustList

app = typer.Typer(help="Lists of trusted issuers (可信颁发机构清单).", no_args_is_help=True)
NameArgument = Annotated[str, typer.Argument(metavar="NAME", help="What the list is called here, e.g. province.")]


@app.command("make")
def make(
    plan: Annotated[Path, typer.Argument(metavar="FILE", help="JSON: uri, issuers, equivalents.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="Where the signed list goes.")],
    days: Annotated[int, typer.Option("--days", min=1, max=92, help="How long it is good for.")] = 30,
    next_certificate: Annotated[
        Path | None, typer.Option("--next-certificate", help="Certificate whose key will sign the next editions.")
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Sign a list of issuers and equivalent licence types with the seal's key; put it where its uri says."""
    from trustkit.app.certificate_files import read_certificates
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.files import read_input, require_place, write_output
    from trustkit.app.keys import KeyName
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.trust_list_desk import MAX_PLAN, make_list
    from trustkit.app.wiring import open_authority

    require_place(out)
    octets = read_input(plan, limit=MAX_PLAN)
    following = None if next_certificate is None else read_certificates(next_certificate)[0]
    with open_authority(chosen_home(home)) as authority:
        authority.require_fit_to_sign(KeyName.SEAL)
        act_in_name(authority, OfficialAct.SIGNATURE)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        made = make_list(authority, keys, octets, lifetime=timedelta(days=days), following=following)
    write_output(out, made.octets)
    report(output, {**_object(made), "file": str(out)}, wrote(out), *_lines(made))


@app.command("add")
def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The signed list.")],
    *,
    name: Annotated[str, typer.Option("--name", help="What it is called here: small letters, digits, hyphens.")],
    key: Annotated[
        str, typer.Option("--key", metavar="SM3", help="The key it has to be signed by, as its operator tells it.")
    ],
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Go by a list from now on: licences of issuers it does not entitle are not passed any more."""
    from trustkit.app.files import read_input
    from trustkit.app.trust_list_desk import MAX_PLAN, add_list
    from trustkit.app.wiring import open_authority
    from verifier.issuer_evidence import read_trust_list

    octets = read_input(file, limit=MAX_PLAN)
    _require_key(read_trust_list(octets), key)
    with open_authority(chosen_home(home)) as authority:
        found = add_list(authority, name, octets)
    report(output, {**_object(found), "name": name}, *_lines(found), next_step(f"trustkit trust-list fetch {name}"))


@app.command("fetch")
def fetch(name: NameArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Fetch the later edition of a list from where it lives; only its key and the one it announced may have signed it."""
    from trustkit.app.trust_list_desk import fetch_list
    from trustkit.app.trust_lists import HomeTrustLists
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        later = fetch_list(authority, name)
        found = later or HomeTrustLists.of(authority.settings).get(name)
    report(output, {**_object(found), "name": name, "is_new": later is not None}, *_lines(found))


@app.command("show")
def show(
    list_or_name: Annotated[str, typer.Argument(metavar="FILE|NAME", help="A signed list, or one this home goes by.")],
    *,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show what a list says, and the key it is signed by."""
    from trustkit.app.files import read_input
    from trustkit.app.trust_list_desk import MAX_PLAN
    from trustkit.app.trust_lists import HomeTrustLists
    from trustkit.app.wiring import open_authority
    from verifier.issuer_evidence import read_trust_list

    path = Path(list_or_name)
    if path.is_file():
        found = read_trust_list(read_input(path, limit=MAX_PLAN))
    else:
        with open_authority(chosen_home(home)) as authority:
            found = HomeTrustLists.of(authority.settings).get(list_or_name)
    entries = [{"code": code, "types": sorted(types)} for code, types in sorted(found.content.issuers.items())]
    lines = (f"  {each['code']}  {' '.join(each['types'])}" for each in entries)
    report(output, {**_object(found), "entries": entries}, *_lines(found), *lines)


@app.command("publish")
def publish(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="A list this home signed.")],
    *,
    name: Annotated[str, typer.Option("--name", help="The last part of its address: small letters, digits, hyphens.")],
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Give a list out at /v1/trust-lists/NAME of `trustkit serve` from now on, in place of the edition before."""
    from trustkit.app.files import read_input
    from trustkit.app.trust_list_desk import MAX_PLAN
    from trustkit.app.trust_list_publishing import publish_list
    from trustkit.app.wiring import open_authority

    octets = read_input(file, limit=MAX_PLAN)
    with open_authority(chosen_home(home)) as authority:
        found = publish_list(authority, name, octets)
    report(output, {**_object(found), "name": name}, *_lines(found))


@app.command("withdraw")
def withdraw(name: NameArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Give a list out no more; homes that go by it keep the edition they have until it expires."""
    from trustkit.app.trust_list_publishing import withdraw_list
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        found = withdraw_list(authority, name)
    report(output, {**_object(found), "name": name}, *_lines(found))


def _require_key(found: VerifiedTrustList, key: str) -> None:
    """Raise TRUST_LIST_SIGNER unless a list is signed by the key its operator tells."""
    from esign.trustlist.verify import require_signer

    require_signer(found, (key.strip().lower().removeprefix("sm3:"),))


def _object(found: VerifiedTrustList) -> dict[str, object]:
    from trustkit.clock import format_rfc3339

    said = found.content
    return {
        "uri": said.uri,
        "number": said.number,
        "issued_at": format_rfc3339(said.issued_at),
        "expires_at": format_rfc3339(said.expires_at),
        "issuers": len(said.issuers),
        "key": found.key,
        "next_key": said.next_key or None,
    }


def _lines(found: VerifiedTrustList) -> tuple[str, ...]:
    return tuple(f"  {key:<10}  {value}" for key, value in _object(found).items() if value is not None)
