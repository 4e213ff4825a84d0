"""``trustkit ca``: certificates of the authority, their revocation, and the publications relying parties need."""

from __future__ import annotations

from enum import StrEnum
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli import ca_acme, ca_authorities, ca_client, ca_issue, ca_serve, ca_state
from trustkit.app.cli.operator_options import YesOption
from trustkit.app.cli.options import (
    HomeOption,
    KeyUriOption,
    PassphraseFdOption,
    PassphraseFileOption,
    PinFdOption,
    PinFileOption,
    chosen_home,
    chosen_module,
    chosen_time,
    read_passphrase,
)
from trustkit.app.cli.output import (
    CERTIFICATE_COLUMNS,
    FormatOption,
    OutputFormat,
    Whose,
    ask,
    emit,
    listing,
    next_step,
    report,
    say,
)
from trustkit.app.cli.registering import ContributionOption, add_groups, opened_keys
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys

app = typer.Typer(help="The certificate authority.", no_args_is_help=True)
for _part in (ca_authorities.app, ca_issue.app, ca_state.app):
    app.registered_commands.extend(_part.registered_commands)
app.command("serve")(ca_serve.serve)
app.add_typer(ca_acme.app, name="acme")
app.add_typer(ca_client.app, name="client")


class ListedState(StrEnum):
    """``--state``: what a certificate is good for."""

    VALID = "valid"
    SUSPENDED = "suspended"
    REVOKED = "revoked"


@app.command("list")
def list_certificates(
    *,
    subject: Annotated[str | None, typer.Option("--subject", help="Those whose subject holds this text.")] = None,
    profile: Annotated[str | None, typer.Option("--profile", help="Those of one profile.")] = None,
    state: Annotated[ListedState | None, typer.Option("--state", help="Those in this state.")] = None,
    issuer: Annotated[str | None, typer.Option("--issuer", help="Those one authority issued, by its name.")] = None,
    expires_before: Annotated[
        str | None, typer.Option("--expires-before", metavar="RFC3339", help="Those that end before this time.")
    ] = None,
    limit: Annotated[int, typer.Option("--limit", min=1, max=1000, help="At most so many, the newest first.")] = 500,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """List the certificates this authority has issued, the newest first; options narrow the search."""
    from trustkit.app.register import CertificateSearch
    from trustkit.app.wiring import open_authority
    from trustkit.store.certificates import Standing

    wanted = CertificateSearch(
        subject=subject,
        profile=profile,
        standing=None if state is None else Standing(state.value),
        issuer=issuer,
        expires_before=chosen_time(expires_before, "--expires-before"),
        limit=limit,
    )
    with open_authority(chosen_home(home)) as authority:
        rows = authority.register.list_certificates(wanted)
    listing(output, CERTIFICATE_COLUMNS, rows)


@app.command("export")
def export(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="Folder to write into; made when absent.")],
    *,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Write what a relying party needs: root and chain certificates, CRLs, the status lists."""
    from trustkit.app.files import write_output
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        published = tuple(authority.publications().files())
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in published:
        write_output(folder / name, data, replace=True)
        report(output, {"file": str(folder / name), "octets": len(data)}, str(folder / name))


@app.command("revoke")
def revoke(
    serial: Annotated[
        str, typer.Argument(metavar="SERIAL", help="Serial number in hexadecimal, as `ca list` shows it.")
    ],
    *,
    reason: Annotated[
        str, typer.Option("--reason", help="RFC 5280 reason, e.g. keyCompromise, superseded, cessationOfOperation.")
    ],
    invalid_since: Annotated[
        str | None,
        typer.Option(
            "--invalid-since", metavar="RFC3339", help="When the key was lost or misused, as far as is known."
        ),
    ] = None,
    contribution: ContributionOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Revoke a certificate, then publish the CRL that says so. The revocation stands even if publishing fails.

    For keyCompromise (or cACompromise, aACompromise) all other certificates of the same key are revoked with it.
    """
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.revocations import revoked_together, revoked_with
    from trustkit.app.wiring import open_authority

    since = chosen_time(invalid_since, "--invalid-since")
    with open_authority(chosen_home(home)) as authority:
        others = revoked_together(authority, serial, reason)
        ca_state.confirm(authority, serial, f"revoked for good ({reason})", yes=yes, others=others)
        act_in_name(authority, OfficialAct.REVOCATION)
        with opened_keys(authority, read_passphrase(passphrase_file, passphrase_fd), contribution) as keys:
            authority.revoke_certificate(keys, serial, reason=reason, invalid_since=since)
        together = revoked_with(authority, serial)
        replaceable = authority.unfit()
    next_steps = [next_step(f"trustkit ca renew {name}") for name in replaceable]
    told = {"serial": serial, "reason": reason, "revoked_with_it": list(together), "to_renew": replaceable}
    of_key = [f"Revoked with it, of the same key: {each}" for each in together]
    report(output, told, f"Revoked certificate {serial} ({reason})", *of_key, *next_steps)


class Renewable(StrEnum):
    """What ``ca renew`` renews, by the name ``ca list`` gives it."""

    SEAL = "seal"
    TIMESTAMPING = "timestamping"
    STATUS = "status"
    OCSP = "ocsp"
    SEAL_MAKER = "seal-maker"


RenewName = Annotated[
    str,
    typer.Argument(
        metavar="NAME", help="seal, timestamping, status, seal-maker, or an authority such as root or issuing."
    ),
]
SameKey = Annotated[bool, typer.Option("--same-key", help="Keep the key; a new one is made unless told.")]
Shorten = Annotated[bool, typer.Option("--shorten", help="Accept a certificate that ends early, with the issuing CA.")]
Under = Annotated[
    str | None,
    typer.Option(
        "--under", metavar="AUTHORITY", help="With timestamping: the unit of this authority, by its kind of key."
    ),
]


@app.command("renew")
def renew(
    name: RenewName,
    *,
    same_key: SameKey = False,
    shorten: Shorten = False,
    under: Under = None,
    key_uri: KeyUriOption = None,
    pin_file: PinFileOption = None,
    pin_fd: PinFdOption = None,
    contribution: ContributionOption = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before signing.")] = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make the next certificate of the seal, the time stamps, the status lists or an authority. The old one stays as it is."""
    from trustkit.app.certificate_renewal import CertificateRenewal
    from trustkit.app.keys import KeyName
    from trustkit.app.rows import CertificateLine
    from trustkit.app.wiring import open_authority

    if same_key and key_uri is not None:
        raise TrustError(ErrorCode.USAGE, "--same-key and --key-uri exclude each other")
    if under is not None and (name != Renewable.TIMESTAMPING or same_key):
        raise TrustError(ErrorCode.USAGE, "--under goes with timestamping, and makes a new key")
    with open_authority(chosen_home(home)) as authority:
        module = chosen_module(key_uri, pin_file, pin_fd)
        keys_of = partial(_opened, authority, passphrase_file, passphrase_fd, contribution)
        if under is not None:
            ca_authorities.renew_unit(
                authority, under, shorten=shorten, module=module, yes=yes, keys=keys_of, output=output
            )
            return
        if name not in set(Renewable):
            ca_authorities.renew_authority(
                authority, name, same_key=same_key, module=module, yes=yes, keys=keys_of, output=output
            )
            return
        renewal = CertificateRenewal(home=authority)
        plan = renewal.plan(KeyName(name), same_key=same_key, shorten=shorten)
        if not yes:
            ask("This is about to be signed:", ca_authorities.rows_with(plan.rows(), module))
        with keys_of() as keys:
            certificate = renewal.renew(plan, keys, module)
            # Lists signed with the old certificate stay good until their time, so a crash here costs nothing.
            published = authority.publish_status_lists(keys) if name == Renewable.STATUS else ()
        if output is OutputFormat.JSON:
            line = CertificateLine.of_certificate(name, certificate)
            emit({**line.to_json(), "replaces": plan.replaces.serial if plan.replaces else None})
        else:
            say(f"Renewed {name}: {certificate.serial:x}, valid until {certificate.not_after.isoformat()}")
    if output is OutputFormat.TEXT:
        for fresh in published:
            say(fresh.text())
        if plan.replaces is not None and plan.replaces.state == "issued":
            say(next_step(f"trustkit ca revoke {plan.replaces.serial} --reason superseded", Whose.UNUSED))


def _opened(
    authority: Authority, passphrase_file: Path | None, passphrase_fd: int | None, contribution: list[Path] | None
) -> AbstractContextManager[Keys]:
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.official_acts import AdministratorAct

    act_in_name(authority, AdministratorAct.KEYS)
    return opened_keys(authority, read_passphrase(passphrase_file, passphrase_fd), contribution)


@app.command("publish")
def publish(
    *,
    delta: Annotated[
        bool, typer.Option("--delta/--full", help="Deltas of the CRLs alone, or everything anew.")
    ] = False,
    contribution: ContributionOption = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Sign fresh CRLs and status lists now; `trustkit serve --passphrase-file` does it by itself when half-way due."""
    from trustkit.app.delta_publishing import publish_deltas
    from trustkit.app.wiring import open_authority

    with (
        open_authority(chosen_home(home)) as authority,
        opened_keys(authority, read_passphrase(passphrase_file, passphrase_fd), contribution) as keys,
    ):
        for published in publish_deltas(authority, keys) if delta else authority.publish(keys):
            report(output, published.to_json(), published.text())


@app.command("accept-clock")
def accept_clock(
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    home: HomeOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Stamp again after the clock had run ahead: take its present word against what the store has seen. The trail tells."""
    from trustkit.app.stamping import accept_clock, latest_seen
    from trustkit.app.wiring import open_authority
    from trustkit.clock import format_rfc3339

    with open_authority(chosen_home(home)) as authority:
        now, seen = format_rfc3339(authority.clock.now()), latest_seen(authority)
        before = format_rfc3339(seen) if seen is not None else "nothing"
        if not yes:
            ask("This clock is about to be believed:", (("clock", now), ("latest time seen", before)))
        accept_clock(authority)
    report(output, {"clock": now, "seen": before}, f"Accepted the clock at {now}; the store had seen {before}")


add_groups(app)
