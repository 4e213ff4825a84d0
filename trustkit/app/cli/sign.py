"""``trustkit sign``: a signature message over any file, with the authority's seal certificate or with keys of one's own."""

from __future__ import annotations

from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, report
from trustkit.app.cli.recipient_options import doubts_of, judged_recipients
from trustkit.app.cli.stamp_words import StampWords
from trustkit.app.cli.timestamp import StampDigest, StampPolicy
from trustkit.app.cli.verify import EvidencePaths, Trust
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.asking_stamps import AskedAuthority
    from trustkit.app.cosigning import MessageOrder
    from trustkit.app.recipients import Recipient
    from trustkit.custody.passphrase import Passphrase


class MessageForm(StrEnum):
    """``--form``: the syntax of the message."""

    RFC5652 = "rfc5652"
    GBT35275 = "gbt35275"


FormOption = Annotated[MessageForm, typer.Option("--form", help="CMS, or the SM2 message syntax of GB/T 35275.")]
KeyPaths = Annotated[
    list[Path] | None,
    typer.Option("--key", metavar="FILE", help="Sign with this key (PKCS#8, PKCS#12, .sm2), not the seal."),
]
CertificatePaths = Annotated[
    list[Path] | None,
    typer.Option(
        "--cert", metavar="FILE", help="Certificate of the --key in the same place, where that file holds none."
    ),
]


Attached = Annotated[
    bool, typer.Option("--attached/--detached", "--attach/--detach", help="Put the content into the message.")
]
Existing = Annotated[
    Path | None, typer.Option("--add", metavar="MESSAGE", help="Add the signature to this message over FILE.")
]
Countersign = Annotated[
    int | None, typer.Option("--countersign", metavar="N", min=1, help="With --add: sign signature number N, not FILE.")
]
EncryptTo = Annotated[
    list[Path] | None,
    typer.Option("--encrypt-to", metavar="CERT", help="Encrypt the signed message to this certificate's owner."),
]

Tsa = Annotated[
    str | None,
    typer.Option("--tsa", metavar="URL", help="With --key: have each signature time-stamped there (RFC 3161)."),
]
TsaDigest = Annotated[
    StampDigest | None,
    typer.Option("--tsa-digest", help="Digest for --tsa; not every authority has SM3.  [default: sm3]"),
]


def sign(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to sign; it is not changed.")],
    *,
    form: FormOption = MessageForm.RFC5652,
    attached: Attached = False,
    add: Existing = None,
    countersign: Countersign = None,
    key: KeyPaths = None,
    cert: CertificatePaths = None,
    encrypt_to: EncryptTo = None,
    tsa: Tsa = None,
    tsa_digest: TsaDigest = None,
    tsa_policy: StampPolicy = None,
    trust: Trust = None,
    evidence: EvidencePaths = None,
    out: Annotated[
        Path | None, typer.Option("--out", help="Default: FILE.p7s; attached or encrypted FILE.p7m.")
    ] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Sign a file as a CMS or GB/T 35275 message, by one or several; verify with `trustkit verify OUT --content FILE`.

    Without --key the authority's seal signs, time-stamped and told to the trail. Each --key signs, with its --cert in the same
    place unless the key file holds it; one passphrase opens them all; --tsa has their signatures time-stamped, with --trust only
    by an authority these anchors trust. With --encrypt-to the recipients must lead to the anchors named. The form of a message that is added to stays as it is.
    """
    from trustkit.app.cosigning import MessageOrder
    from trustkit.app.files import read_input, require_place, write_output
    from trustkit.cms.model import Dialect

    _require_words(key, cert, add, countersign, encrypt_to, attached=attached)
    stamping = StampWords(tsa, tsa_digest, tsa_policy, trust=tuple(trust or ()), evidence=tuple(evidence or ()))
    stamping.require_fit(own_keys=bool(key), encrypting=bool(encrypt_to))
    inside = attached or bool(encrypt_to)
    target = out or file.with_name(file.name + (".p7m" if inside else ".p7s"))
    data = read_input(file)
    require_place(target)
    recipients = _recipients(encrypt_to, stamping, home)
    passphrase = cache(lambda: read_passphrase(passphrase_file, passphrase_fd))
    order = MessageOrder(
        content=data,
        dialect=Dialect(form.value),
        attached=attached,
        existing=_message(add) if add is not None else None,
        countersign=None if countersign is None else countersign - 1,
        recipients=tuple(each.certificate for each in recipients),
    )
    if key:
        certificates = tuple(cert) if cert else (None,) * len(key)
        with stamping.authority(home) as asked:
            message = _by_own_keys(order, tuple(key), certificates, passphrase, asked, home=home)
    else:
        message = _by_the_seal(order, home, passphrase)
    write_output(target, message)
    _tell(output, order, target, file, octets=len(message), doubts=doubts_of(recipients))


def _recipients(paths: list[Path] | None, words: StampWords, home: Path | None) -> tuple[Recipient, ...]:
    return judged_recipients(tuple(paths), words.trust, words.evidence, home=home) if paths else ()


def _tell(
    output: OutputFormat, order: MessageOrder, target: Path, file: Path, *, octets: int, doubts: list[str]
) -> None:  # fmt: skip
    encrypted = bool(order.recipients)
    inside = order.attached or encrypted
    told = {
        "file": str(target),
        "form": order.dialect.value if order.existing is None else "as found",
        "attached": inside,
        "encrypted": encrypted,
        "octets": octets,
    } | ({"doubts": doubts} if encrypted else {})
    content = "" if inside else f" --content {file}"
    then = f"trustkit decrypt {target} --key KEY" if encrypted else f"trustkit verify {target}{content}"
    lines = (f"Wrote {target}", *(f"  not known of a recipient: {doubt}" for doubt in doubts))
    report(output, told, *lines, f"Next: {then}")


def _require_words(
    key: list[Path] | None,
    cert: list[Path] | None,
    add: Path | None,
    countersign: int | None,
    encrypt_to: list[Path] | None,
    *,
    attached: bool,
) -> None:
    if cert and len(key or ()) != len(cert):
        raise TrustError(ErrorCode.USAGE, "each --cert goes with one --key", keys=len(key or ()), certs=len(cert))
    if countersign is not None and (add is None or len(key or (0,)) != 1):
        raise TrustError(ErrorCode.USAGE, "--countersign goes with --add, and one countersigns at a time")
    if add is not None and (encrypt_to or attached):
        raise TrustError(ErrorCode.USAGE, "--add leaves the message in its shape: no --attached, no --encrypt-to")


def _message(path: Path) -> bytes:
    from trustkit.app.files import read_input
    from trustkit.encoding.pem import is_pem, parse_pem

    data = read_input(path)
    return parse_pem(data)[0].der if is_pem(data) else data


def _by_own_keys(
    order: MessageOrder,
    keys: tuple[Path, ...],
    certificates: tuple[Path | None, ...],
    passphrase: Callable[[], Passphrase],
    asked: AskedAuthority | None,
    *,
    home: Path | None,
) -> bytes:
    from trustkit.app.algorithms import algorithm_policy
    from trustkit.app.cosigning import make_message, own_party
    from trustkit.app.engine import settle_engine
    from trustkit.app.own_keys import open_signing_key
    from trustkit.clock import SystemClock

    settle_engine("auto", production=False)
    rules, clock = algorithm_policy(chosen_home(home)), SystemClock()
    own = [open_signing_key(key, certificate, passphrase) for key, certificate in zip(keys, certificates, strict=True)]
    stamp = asked.stamp if asked is not None else None
    return make_message(order, tuple(own_party(each, rules, clock, stamp=stamp) for each in own))


def _by_the_seal(order: MessageOrder, home: Path | None, passphrase: Callable[[], Passphrase]) -> bytes:
    from trustkit.app.keys import KeyName
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(home)) as authority:
        authority.require_fit_to_sign(KeyName.SEAL, KeyName.TIMESTAMP)
        keys = authority.unlock(passphrase())
        return authority.messages(keys).make(order, actor=authority.operator)
