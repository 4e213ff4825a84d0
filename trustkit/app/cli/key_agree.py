"""``trustkit key agree``: a key that two people have and nobody between them, by SM2 key agreement (GB/T 32918.3)."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.envelopes import Trust
from trustkit.app.cli.key_words import key_word
from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, Whose, next_step, report
from trustkit.app.cli.recipient_options import RecipientsEvidence, Strict, doubts_of, judged_recipients
from trustkit.app.cli.verify import Offline
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.agreeing import KeyWanted
    from trustkit.app.key_tools import Told
    from trustkit.custody.agreement_run import KnownPeer
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.private_key import PrivateKey

_USUAL_ID = "1234567812345678"  # `trustkit.crypto.sm2.DEFAULT_SIGNER_ID`
_MIN_SIZE, _MAX_SIZE = 16, 1024  # octets: an SM4 key; `trustkit.custody.agreement.MAX_AGREED`

app = typer.Typer(
    no_args_is_help=True, help="Agree on a key with somebody by SM2 (GB/T 32918.3): offer, answer, finish, confirm."
)

KeyOption = Annotated[Path, typer.Option("--key", metavar="FILE", help="Your SM2 key file.")]
PeerOption = Annotated[
    Path,
    typer.Option(
        "--peer",
        metavar="FILE",
        help="The other side's certificate, or its public key (PEM or DER). It is judged at this step, and not again later.",
    ),
]
IdOption = Annotated[str, typer.Option("--id", help="Your ID in the agreement, known to the other side.")]
PeerIdOption = Annotated[str, typer.Option("--peer-id", help="The other side's ID.")]
PendingOption = Annotated[
    Path,
    typer.Option("--pending", metavar="FILE", help="What this side keeps until the other answers; mode 0600."),
]
MessageOption = Annotated[Path, typer.Option("--out", metavar="FILE", help="Where to write what the other side gets.")]
KeyOutOption = Annotated[
    Path, typer.Option("--out", metavar="FILE", help="Where to write the agreed key: its octets, mode 0600.")
]
SizeOption = Annotated[
    int, typer.Option("--size", min=_MIN_SIZE, max=_MAX_SIZE, help="Octets of key; the same on both sides.")
]
InfoOption = Annotated[
    str | None,
    typer.Option("--info", help="Derive the key by HKDF-SM3 for this purpose; the same on both sides.", metavar="TEXT"),
]
SaltOption = Annotated[
    str | None, typer.Option("--salt", help="Salt of HKDF-SM3, hexadecimal; no secret.", metavar="HEX")
]
PlainOption = Annotated[bool, typer.Option("--plain", help="Read a key that no passphrase protects.")]


@app.command("offer")
def offer(
    *,
    key: KeyOption,
    peer: PeerOption,
    out: MessageOption,
    pending: PendingOption,
    own_id: IdOption = _USUAL_ID,
    peer_id: PeerIdOption = _USUAL_ID,
    trust: Trust = None,
    evidence: RecipientsEvidence = None,
    offline: Offline = False,
    strict: Strict = False,
    plain: PlainOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Begin: write an offer for the other side, and keep what finishing takes. It serves for seven days."""
    from trustkit.app import agreeing
    from trustkit.clock import SystemClock
    from trustkit.custody.agreement_files import identity_octets

    places = agreeing.Places(message=out, pending=pending)
    places.require_writable()
    identity = identity_octets(own_id)
    known, doubts = _known(peer, peer_id, (trust, evidence), home=home, offline=offline, strict=strict)
    own = _own(key, lambda: read_passphrase(passphrase_file, passphrase_fd), plain=plain)
    told = agreeing.make_offer(own, known, places, identity=identity, now=SystemClock().now())
    _report(
        output,
        told,
        doubts,
        next_step(f"trustkit key agree answer {out} --key KEY --peer FILE --out FILE --pending FILE", Whose.OTHER_SIDE),
    )


@app.command("answer")
def answer(
    file: Annotated[Path, typer.Argument(metavar="OFFER", help="The other side's offer.")],
    *,
    key: KeyOption,
    peer: PeerOption,
    out: MessageOption,
    pending: PendingOption,
    own_id: IdOption = _USUAL_ID,
    peer_id: PeerIdOption = _USUAL_ID,
    trust: Trust = None,
    evidence: RecipientsEvidence = None,
    offline: Offline = False,
    strict: Strict = False,
    plain: PlainOption = False,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Answer an offer of somebody you know. The key is there once the other side has confirmed it."""
    from trustkit.app import agreeing
    from trustkit.clock import SystemClock
    from trustkit.custody.agreement_files import identity_octets

    places = agreeing.Places(message=out, pending=pending)
    places.require_writable()
    identity = identity_octets(own_id)
    known, doubts = _known(peer, peer_id, (trust, evidence), home=home, offline=offline, strict=strict)
    own = _own(key, lambda: read_passphrase(passphrase_file, passphrase_fd), plain=plain)
    told = agreeing.answer_offer(file, own, known, places, identity=identity, now=SystemClock().now())
    _report(
        output,
        told,
        doubts,
        next_step(
            f"trustkit key agree finish {out} --key KEY --pending FILE --out FILE --confirmation FILE", Whose.OTHER_SIDE
        ),
    )


@app.command("finish")
def finish(
    file: Annotated[Path, typer.Argument(metavar="ANSWER", help="The other side's answer.")],
    *,
    key: KeyOption,
    pending: PendingOption,
    out: KeyOutOption,
    confirmation: Annotated[
        Path, typer.Option("--confirmation", metavar="FILE", help="Where to write what the other side gets.")
    ],
    size: SizeOption = _MIN_SIZE,
    info: InfoOption = None,
    salt: SaltOption = None,
    plain: PlainOption = False,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Finish what you offered: write the key, and the confirmation the other side waits for. PENDING is destroyed, whatever comes out."""
    from trustkit.app import agreeing
    from trustkit.clock import SystemClock

    wanted = _wanted(out, size, info, salt)
    own = _own(key, lambda: read_passphrase(passphrase_file, passphrase_fd), plain=plain)
    told = agreeing.finish_offer(file, own, pending, wanted, confirmation, now=SystemClock().now())
    _report(
        output,
        told,
        [],
        next_step(f"trustkit key agree confirm {confirmation} --key KEY --pending FILE --out FILE", Whose.OTHER_SIDE),
    )


@app.command("confirm")
def confirm(
    file: Annotated[Path, typer.Argument(metavar="CONFIRMATION", help="The other side's confirmation.")],
    *,
    key: KeyOption,
    pending: PendingOption,
    out: KeyOutOption,
    size: SizeOption = _MIN_SIZE,
    info: InfoOption = None,
    salt: SaltOption = None,
    plain: PlainOption = False,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """End what you answered: write the key, now that the other side has shown that it has the same. PENDING is destroyed."""
    from trustkit.app import agreeing
    from trustkit.clock import SystemClock

    wanted = _wanted(out, size, info, salt)
    own = _own(key, lambda: read_passphrase(passphrase_file, passphrase_fd), plain=plain)
    _report(output, agreeing.confirm_answer(file, own, pending, wanted, now=SystemClock().now()), [])


def _known(
    peer: Path,
    peer_id: str,
    named: tuple[list[Path] | None, list[Path] | None],
    *,
    home: Path | None,
    offline: bool,
    strict: bool,
) -> tuple[KnownPeer, list[str]]:
    """Return the other side, and what is not known of its certificate, which is judged as a recipient's is."""
    from trustkit.app import key_tools
    from trustkit.app.agreeing import require_for_agreement
    from trustkit.custody.agreement_files import identity_octets
    from trustkit.custody.agreement_run import KnownPeer
    from trustkit.x509.certificate import Certificate

    identity = identity_octets(peer_id)
    trust, evidence = (tuple(paths or ()) for paths in named)
    found = key_tools.read_public(peer)
    if not isinstance(found, Certificate):
        if trust or strict:
            raise TrustError(ErrorCode.USAGE, "a bare key leads to no anchor; give the other side's certificate")
        return KnownPeer(public_key=found, identity=identity), []
    recipients = judged_recipients((peer,), trust, evidence, home=home, offline=offline, strict=strict)
    certificate = recipients[0].certificate
    require_for_agreement(certificate)
    return KnownPeer(public_key=certificate.public_key, identity=identity), doubts_of(recipients)


def _own(key: Path, passphrase: Callable[[], Passphrase], *, plain: bool) -> PrivateKey:
    from trustkit.app import key_tools

    return key_tools.open_one_key(key, passphrase, plain=plain)


def _wanted(out: Path, size: int, info: str | None, salt: str | None) -> KeyWanted:
    from trustkit.app.agreeing import KeyWanted

    if info is None and salt is not None:
        raise TrustError(ErrorCode.USAGE, "--salt goes with --info")
    try:
        octets, purpose = bytes.fromhex(salt or ""), None if info is None else info.encode("utf-8")
    except ValueError as error:  # UnicodeEncodeError is one
        raise TrustError(ErrorCode.USAGE, "--salt takes hexadecimal digits, --info text") from error
    return KeyWanted(out=out, size=size, info=purpose, salt=octets)


def _report(output: OutputFormat, told: Told, doubts: list[str], *lines: str) -> None:
    said = (f"  not known of the other side: {doubt}" for doubt in doubts)
    report(output, {**told.to_json(), "doubts": doubts}, *told.lines(key_word), *said, *lines)
