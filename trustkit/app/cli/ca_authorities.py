"""``trustkit ca create``, ``tree`` and ``cross-certify``: the authorities of a home and how they stand to one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.ca_issue import YesOption, parse_subject
from trustkit.app.cli.operator_options import ContributionOption, opened_keys
from trustkit.app.cli.options import (
    HomeOption,
    KeyUriOption,
    PassphraseFdOption,
    PassphraseFileOption,
    PinFdOption,
    PinFileOption,
    chosen_home,
    chosen_module,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, Whose, ask, emit, next_step, report, table

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager

    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.app.new_keys import KeyInModule

app = typer.Typer()
_NameArgument = Annotated[
    str, typer.Argument(metavar="NAME", help="The authority's name: small letters, digits, hyphens.")
]


@app.command("create")
def create(
    name: _NameArgument,
    *,
    profile: Annotated[str, typer.Option("--profile", help="root, intermediate, subordinate-ca, or one of your own.")],
    subject: Annotated[
        list[str], typer.Option("--subject", metavar="LABEL=VALUE", help="Its name, such as CN=…; repeat for each.")
    ],
    under: Annotated[str | None, typer.Option("--under", help="The authority above; none makes a root.")] = None,
    keys: Annotated[str, typer.Option("--keys", help="sm2, ecdsa-p256, ecdsa-p384, rsa-3072 or ed25519.")] = "sm2",
    key_uri: KeyUriOption = None,
    pin_file: PinFileOption = None,
    pin_fd: PinFdOption = None,
    contribution: ContributionOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make another certificate authority: a root, or one under an authority there is."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.hierarchy import Hierarchy
    from trustkit.app.official_acts import AdministratorAct
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        hierarchy = Hierarchy(home=authority)
        plan = hierarchy.plan(name, parent=under, profile=profile, kind=keys, subject=parse_subject(subject) or {})
        module = chosen_module(key_uri, pin_file, pin_fd)
        if not yes:
            ask("This is about to be signed:", rows_with(plan.rows(), module))
        act_in_name(authority, AdministratorAct.KEYS)
        with opened_keys(authority, read_passphrase(passphrase_file, passphrase_fd), contribution) as opened:
            certificate = hierarchy.create(plan, opened, module)
    told = {"name": name, "serial": f"{certificate.serial:x}", "sm3": certificate.fingerprint_sm3}
    report(output, told, f"Made {name}: {certificate.serial:x}, valid until {certificate.not_after.isoformat()}")


@app.command("cross-certify")
def cross_certify(
    name: _NameArgument,
    *,
    by: Annotated[str, typer.Option("--by", help="The authority that signs.")],
    contribution: ContributionOption = None,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Let one authority vouch for the key of another: whoever trusts the one then finds a path to the other."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.hierarchy import Hierarchy
    from trustkit.app.official_acts import AdministratorAct
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        if not yes:
            subject, _ = Hierarchy(home=authority).plan_cross(name, by)
            ask("A cross-certificate is about to be signed:", (("subject", subject.subject), ("by", by)))
        act_in_name(authority, AdministratorAct.KEYS)
        with opened_keys(authority, read_passphrase(passphrase_file, passphrase_fd), contribution) as keys:
            certificate = Hierarchy(home=authority).cross_certify(name, by, keys)
    told = {"name": name, "by": by, "serial": f"{certificate.serial:x}"}
    report(output, told, f"{by} vouches for {name}: {certificate.serial:x}, until {certificate.not_after.isoformat()}")


def rows_with(rows: tuple[tuple[str, str], ...], module: KeyInModule | None) -> tuple[tuple[str, str], ...]:
    """Return the rows of a plan, where the key comes from a module with the place it is in."""
    if module is None:
        return rows
    return tuple((name, str(module) if name == "key" else value) for name, value in rows)


def renew_authority(
    authority: Authority,
    name: str,
    *,
    same_key: bool,
    module: KeyInModule | None,
    yes: bool,
    keys: Callable[[], AbstractContextManager[Keys]],
    output: OutputFormat,
) -> None:
    """Make the next certificate of an authority, with its links where a root gets a new key."""
    from trustkit.app.hierarchy import Hierarchy

    hierarchy = Hierarchy(home=authority)
    plan = hierarchy.plan_renewal(name, new_key=not same_key)
    if not yes:
        ask("This is about to be signed:", rows_with(plan.rows(), module))
    with keys() as opened:
        made = hierarchy.renew(plan, opened, module)
    told = {"name": name, "serial": f"{made[0].serial:x}", "links": [f"{link.serial:x}" for link in made[1:]]}
    lines = [f"Renewed {name}: {made[0].serial:x}, valid until {made[0].not_after.isoformat()}"]
    if plan.parent is None:
        lines.append(next_step(f"trustkit ca export FOLDER ({name}.cer)", Whose.TRUSTING))
    report(output, told, *lines)


@app.command("tree")
def tree(*, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT) -> None:
    """Show the authorities, each under the one that certified it."""
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        lines = authority.register.authority_tree()
    if output is OutputFormat.JSON:
        for line in lines:
            emit(line.to_json())
        return
    table(("authority", "subject", "key", "serial", "valid until"), [line.row_text() for line in lines])


def renew_unit(
    authority: Authority,
    name: str,
    *,
    shorten: bool,
    module: KeyInModule | None,
    yes: bool,
    keys: Callable[[], AbstractContextManager[Keys]],
    output: OutputFormat,
) -> None:
    """Make the next certificate of the time-stamping unit under an authority other than the issuing CA."""
    from trustkit.app.rows import CertificateLine
    from trustkit.app.stamping_units import make_unit, plan_unit

    plan = plan_unit(authority, name, shorten=shorten)
    if not yes:
        ask("This is about to be signed:", rows_with(plan.rows(), module))
    with keys() as opened:
        certificate = make_unit(authority, plan, opened, module)
    told = CertificateLine.of_certificate("timestamping", certificate).to_json()
    kind = certificate.public_key.kind.value
    told |= {"replaces": plan.replaces.serial if plan.replaces else None, "unit": name, "key_kind": kind}
    line = f"Made the time-stamping unit of {name} ({kind}): {certificate.serial:x}, valid until {certificate.not_after.isoformat()}"
    report(output, told, line, f"Its door, once the service is started anew: /v1/tsa/{name}")
