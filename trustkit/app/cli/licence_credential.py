"""``trustkit licence credential`` and its like: licences for wallets (SD-JWT VC), issued, listed, suspended, resumed, revoked."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from trustkit.app.cli.ca_issue import YesOption
from trustkit.app.cli.licence_options import IdentifierArgument
from trustkit.app.cli.options import (
    HomeOption,
    PassphraseFdOption,
    PassphraseFileOption,
    chosen_home,
    read_passphrase,
)
from trustkit.app.cli.output import FormatOption, OutputFormat, ask, emit, listing, next_step, report, say, wrote

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import datetime

    from esign.credential.key_proof import VerifiedKeyProof
    from esign.credential.suites import CredentialSuite
    from trustkit.jose.jwk import Jwk

_MOST: Final = 16 * 1024  # octets of a key or a proof
_DONE = {"suspend": "Suspended", "resume": "Resumed", "revoke": "Revoked"}
_COMMANDS = (
    ("suspend", "Suspend a credential alone: it is in doubt until it is resumed.", "device-lost, under-review, holder-request, other."),
    ("resume", "Put a suspended credential back in force.", "cleared, error, other."),
    ("revoke", "Revoke a credential alone; its licence and other credentials stay.", "key-compromise, device-lost, holder-request, replaced, error, other."),
)  # fmt: skip


class SuiteWord(StrEnum):
    """``--suite``."""

    SM2 = "sm2"
    ES256 = "es256"
    BOTH = "both"


def credential(
    identifier: IdentifierArgument,
    *,
    holder_proof: Annotated[
        list[Path] | None,
        typer.Option(
            "--holder-proof",
            help="The wallet's proof of its key (OpenID4VCI, jwt), SM2 or P-256; one of each for both.",
        ),
    ] = None,
    nonce: Annotated[
        str | None, typer.Option("--nonce", help="With --holder-proof: what you gave the wallet to sign.")
    ] = None,
    holder_key: Annotated[
        list[Path] | None,
        typer.Option("--holder-key", help="In place of a proof: a public key as a JWK, whoever's it may be."),
    ] = None,
    suite: Annotated[
        SuiteWord | None, typer.Option("--suite", help="What the keys must be for.  [default: what they are for]")
    ] = None,
    days: Annotated[
        int, typer.Option("--days", min=1, max=3650, help="How long, at most as long as the licence.")
    ] = 365,
    out: Annotated[Path, typer.Option("--out", help="A folder for the files.")] = Path(),
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Issue a licence as a credential for a wallet, in each suite a key is given for. The files are the holder's alone."""
    from datetime import timedelta

    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.credential_issuing import credential_service
    from trustkit.app.files import write_output
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        keys_given = _keys(holder_key or [])
        base = authority.settings.server.base_url
        proofs = _proofs(holder_proof or [], base, nonce, authority.clock.now())
        holders = _by_suite([*keys_given, *proofs], suite)
        _require_places(out, identifier, holders)
        act_in_name(authority, OfficialAct.LICENCE)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        issued = credential_service(authority, keys).issue(
            identifier, tuple(holders.values()), lifetime=timedelta(days=days), actor=authority.operator
        )
    for each in issued:
        target = _target(out, identifier, each.suite)
        write_output(target, each.text.encode("ascii"), mode=0o600)
        told = {**each.to_json(), "file": str(target)}
        report(
            output, told, f"Issued {each.number} ({each.suite.value}), until {told['expires_at']}", f"  {wrote(target)}"
        )
    if output is OutputFormat.TEXT:
        say(next_step(f"trustkit verify {' '.join(str(_target(out, identifier, each.suite)) for each in issued)}"))


def credentials(
    identifier: IdentifierArgument, *, home: HomeOption = None, output: FormatOption = OutputFormat.TEXT
) -> None:
    """List the credentials of a licence, the newest first. Holders are not shown."""
    from trustkit.app.credential_lines import COLUMNS, credentials_of
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        found = credentials_of(authority.database, identifier)
    listing(output, COLUMNS, found)


def setup(
    *,
    suite: Annotated[SuiteWord, typer.Option("--suite", help="sm2, es256 or both.")] = SuiteWord.BOTH,
    renew: Annotated[bool, typer.Option("--renew", help="Make the next certificates though these are good.")] = False,
    yes: YesOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make what credentials are signed with: keys and certificates of a suite, where needed with a hierarchy of its kind of key."""
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.credential_setup import CredentialSetup
    from trustkit.app.official_acts import AdministratorAct
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        desk = CredentialSetup(home=authority)
        plans = [plan for each in chosen_suites(suite) if (plan := desk.plan(each, renew=renew)) is not None]
        if not plans:
            report(output, {"made": []}, "Everything is there already")
            return
        if not yes:
            ask("This is about to be made:", tuple(row for plan in plans for row in plan.rows()))
        act_in_name(authority, AdministratorAct.KEYS)
        keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
        for plan in plans:
            for line in desk.make(plan, keys):
                if output is OutputFormat.JSON:
                    emit({**line.to_json(), "suite": plan.suite.value, "under": plan.authority})
                else:
                    say(f"Made {line.profile} ({plan.suite.value}) under {plan.authority}: {line.serial}")
    if output is OutputFormat.TEXT:
        say("A service that runs already knows new roots once it is started anew.")


def register(app: typer.Typer) -> None:
    """Add these commands to a group."""
    app.command("credential")(credential)
    app.command("credentials")(credentials)
    app.command("credential-setup")(setup)
    for name, words, reasons in _COMMANDS:
        app.command(f"credential-{name}", help=words)(_command(name, reasons))


def _command(name: str, reasons: str) -> Callable[..., None]:
    def command(
        number: Annotated[str, typer.Argument(metavar="NUMBER", help="As `licence credentials` shows it.")],
        *,
        reason: Annotated[str, typer.Option("--reason", help=reasons)],
        home: HomeOption = None,
        passphrase_file: PassphraseFileOption = None,
        passphrase_fd: PassphraseFdOption = None,
        output: FormatOption = OutputFormat.TEXT,
    ) -> None:
        from esign.credential.changes import CredentialAct, require_reason
        from trustkit.app.cli.asking import act_in_name
        from trustkit.app.credential_issuing import credential_changes
        from trustkit.app.credential_lines import CredentialLine
        from trustkit.app.official_acts import OfficialAct
        from trustkit.app.wiring import open_authority

        act = CredentialAct(name)
        require_reason(act, reason)
        with open_authority(chosen_home(home)) as authority:
            act_in_name(authority, OfficialAct.REVOCATION)
            keys = authority.unlock(read_passphrase(passphrase_file, passphrase_fd))
            row = credential_changes(authority, keys).act(number, act, reason=reason, actor=authority.operator)
        line = CredentialLine(credential=row)
        report(output, line.to_json(), f"{_DONE[name]} {number} ({reason}); it is {row.state.value}")

    # What typer reads of a command stands in the module: each has its own words for --reason alone.
    command.__annotations__["reason"] = Annotated[str, typer.Option("--reason", help=reasons)]
    return command


def chosen_suites(word: SuiteWord) -> tuple[CredentialSuite, ...]:
    """Return the suites that ``--suite`` names."""
    from esign.credential.suites import CredentialSuite

    return tuple(CredentialSuite) if word is SuiteWord.BOTH else (CredentialSuite(word.value),)


def _keys(paths: list[Path]) -> list[Jwk]:
    """Return the keys in files. Raise JWK_MALFORMED, JSON_*, INPUT_*."""
    from trustkit.app.files import read_input
    from trustkit.encoding.canonical_json import parse_json
    from trustkit.jose.jwk import parse_jwk

    return [parse_jwk(parse_json(read_input(path, limit=_MOST))) for path in paths]


def _proofs(paths: list[Path], issuer: str, nonce: str | None, now: datetime) -> list[VerifiedKeyProof]:
    """Return what proofs in files prove. Raise USAGE without a nonce, or for a nonce without proofs; as `verify_key_proof`, INPUT_*."""
    from esign.credential.key_proof import MAX_NONCE, verify_key_proof
    from trustkit.app.files import read_input
    from trustkit.errors import ErrorCode, TrustError

    if bool(paths) != (nonce is not None) or (nonce is not None and not 0 < len(nonce) <= MAX_NONCE):
        raise TrustError(
            ErrorCode.USAGE, f"--holder-proof and --nonce go together; a nonce has 1 to {MAX_NONCE} characters"
        )
    texts = [read_input(path, limit=_MOST).decode("ascii", "replace").strip() for path in paths]
    return [verify_key_proof(text, issuer=issuer, nonce=nonce or "", now=now) for text in texts]


def _by_suite(
    holders: list[Jwk | VerifiedKeyProof], suite: SuiteWord | None
) -> dict[CredentialSuite, Jwk | VerifiedKeyProof]:
    """Return the keys by suite. Raise CREDENTIAL_HOLDER_KEY for two of one, for none, or for others than were asked for."""
    from esign.credential.issuance import key_of
    from esign.credential.suites import suite_of
    from trustkit.credential_codes import CredentialCode
    from trustkit.errors import TrustError

    found = {suite_of(key_of(each)): each for each in holders}
    if not found or len(found) != len(holders) or (suite is not None and set(found) != set(chosen_suites(suite))):
        wanted = "different suites" if suite is None else suite.value
        raise TrustError(CredentialCode.CREDENTIAL_HOLDER_KEY, f"keys of {wanted}", found=", ".join(sorted(found)))
    return found


def _require_places(out: Path, identifier: str, holders: Iterable[CredentialSuite]) -> None:
    """Raise before anything is issued when a file could not be written: OUTPUT_*."""
    from trustkit.app.files import require_place

    for suite in holders:
        require_place(_target(out, identifier, suite))


def _target(out: Path, identifier: str, suite: CredentialSuite) -> Path:
    return out / f"{identifier}.{suite.value}.sd-jwt"
