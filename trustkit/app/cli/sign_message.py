"""``trustkit sign`` of files of any kind: a signature message beside the file, or around it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from trustkit.app.cli.options import chosen_home, read_passphrase
from trustkit.app.cli.output import next_step, report, wrote
from trustkit.app.cli.recipient_options import doubts_of, judged_recipients
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.app.asking_stamps import AskedAuthority
    from trustkit.app.cli.input_file import InputFile
    from trustkit.app.cli.output import OutputFormat
    from trustkit.app.cli.remote_options import RemoteWords
    from trustkit.app.cli.stamp_words import StampWords
    from trustkit.app.cosigning import MessageOrder
    from trustkit.app.recipients import Recipient
    from trustkit.app.remote_key import RemoteOrder
    from trustkit.custody.passphrase import Passphrase
    from trustkit.identity import Principal


@dataclass(frozen=True, slots=True)
class Signers:
    """Who signs, as the command line says it."""

    keys: tuple[Path, ...]
    certificates: tuple[Path, ...]
    home: Path | None
    passphrase_file: Path | None
    passphrase_fd: int | None
    remote_words: RemoteWords
    acting: Principal | None = None  # who signed in, where the home wants that of those its keys sign for

    @property
    def are_own(self) -> bool:
        """Whether others than the home's seal sign."""
        return bool(self.keys) or self.remote_words.asked

    @property
    def remote(self) -> RemoteOrder | None:
        """The key of a remote service that signs, None when none does."""
        return self.remote_words.order()

    def require_fit(self) -> None:
        """Raise USAGE for certificates that are not one a key, and for words that do not go with a remote service."""
        self.remote_words.require_fit(own_keys=bool(self.keys or self.certificates))
        if self.certificates and len(self.keys) != len(self.certificates):
            told = "each --cert goes with one --key"
            raise TrustError(ErrorCode.USAGE, told, keys=len(self.keys), certs=len(self.certificates))

    def passphrase(self) -> Callable[[], Passphrase]:
        """Return what asks for the passphrase, or the remote service's secret, once, when it is first wanted."""
        what = "Secret of the remote service" if self.remote_words.asked else "Passphrase"
        return cache(lambda: read_passphrase(self.passphrase_file, self.passphrase_fd, what=what))

    def paired(self) -> tuple[Path | None, ...]:
        """Return the certificate's file of each key, None where the key's own file holds it."""
        return self.certificates or (None,) * len(self.keys)


@dataclass(frozen=True, slots=True)
class MessageWords:
    """What the command line says of messages only."""

    attached: bool
    add: Path | None
    countersign: int | None
    encrypt_to: tuple[Path, ...]

    @property
    def any(self) -> bool:
        """Whether anything was said."""
        return self.attached or self.add is not None or self.countersign is not None or bool(self.encrypt_to)

    def require_fit(self, signers: Signers) -> None:
        """Raise USAGE for words that do not go together."""
        if self.countersign is not None and (self.add is None or len(signers.keys or (0,)) != 1):
            raise TrustError(ErrorCode.USAGE, "--countersign goes with --add, and one countersigns at a time")
        if self.add is not None and (self.encrypt_to or self.attached):
            raise TrustError(ErrorCode.USAGE, "--add leaves the message in its shape: no --attached, no --encrypt-to")


def sign_as_message(
    file: InputFile,
    out: Path | None,
    *,
    form: str,
    words: MessageWords,
    signers: Signers,
    stamping: StampWords,
    output: OutputFormat,
) -> None:
    """Write the message and say so."""
    from trustkit.app.cosigning import MessageOrder
    from trustkit.app.files import beside, require_place, write_output
    from trustkit.cms.model import Dialect

    inside = words.attached or bool(words.encrypt_to)
    target = out or beside(file.path, ".p7m" if inside else ".p7s")
    data = file.data
    require_place(target)
    recipients = _recipients(words.encrypt_to, stamping, signers.home)
    order = MessageOrder(
        content=data,
        dialect=Dialect(form),
        attached=words.attached,
        existing=_message(words.add) if words.add is not None else None,
        countersign=None if words.countersign is None else words.countersign - 1,
        recipients=tuple(each.certificate for each in recipients),
    )
    if signers.are_own:
        with stamping.authority(signers.home) as asked:
            message = _by_own_keys(order, signers, asked)
    else:
        message = _by_the_seal(order, signers)
    write_output(target, message)
    _tell(output, order, target, file.path, octets=len(message), doubts=doubts_of(recipients))


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
    lines = (wrote(target), *(f"  not known of a recipient: {doubt}" for doubt in doubts))
    report(output, told, *lines, next_step(then))


def _message(path: Path) -> bytes:
    from trustkit.app.files import read_input
    from trustkit.encoding.pem import is_pem, parse_pem

    data = read_input(path)
    return parse_pem(data)[0].der if is_pem(data) else data


def _recipients(paths: tuple[Path, ...], words: StampWords, home: Path | None) -> tuple[Recipient, ...]:
    return judged_recipients(paths, words.trust, words.evidence, home=home) if paths else ()


def _by_own_keys(order: MessageOrder, signers: Signers, asked: AskedAuthority | None) -> bytes:
    from trustkit.app.algorithms import algorithm_policy
    from trustkit.app.cosigning import make_message, own_party
    from trustkit.app.engine import settle_engine
    from trustkit.app.signing_keys import signing_keys
    from trustkit.clock import SystemClock

    settle_engine("auto", production=False)
    home, clock = chosen_home(signers.home), SystemClock()
    rules = algorithm_policy(home)
    own = signing_keys(signers, signers.passphrase(), clock, home=home)
    stamp = asked.stamp if asked is not None else None
    return make_message(order, tuple(own_party(each, rules, clock, stamp=stamp) for each in own))


def _by_the_seal(order: MessageOrder, signers: Signers) -> bytes:
    from trustkit.app.keys import KeyName
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(signers.home), operator=signers.acting) as authority:
        authority.require_fit_to_sign(KeyName.SEAL, KeyName.TIMESTAMP)
        keys = authority.unlock(signers.passphrase()())
        return authority.messages(keys).make(order, actor=authority.operator)
