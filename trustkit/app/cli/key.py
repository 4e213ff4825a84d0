"""``trustkit key``: private keys in files, outside of any home: make, look, convert, request a certificate, encrypt, wrap, agree."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli import key_agree
from trustkit.app.cli.key_words import key_word, made_in_module
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
from trustkit.app.cli.output import FormatOption, OutputFormat, report
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.crypto.sm2_cipher_forms import CiphertextForm
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import Signer


class KindChoice(StrEnum):
    """Kinds of keys, `trustkit.crypto.public_key.KeyKind`: spelt out so that help loads no library."""

    SM2 = "sm2"
    EC_P256 = "ec-p256"
    EC_P384 = "ec-p384"
    RSA = "rsa"
    ED25519 = "ed25519"
    ML_DSA_44 = "ml-dsa-44"
    ML_DSA_65 = "ml-dsa-65"
    ML_DSA_87 = "ml-dsa-87"


class FormChoice(StrEnum):
    """Forms that are written, of `trustkit.custody.containers.KeyFileForm`."""

    PKCS8 = "pkcs8"
    PKCS8_PLAIN = "pkcs8-plain"
    PKCS12 = "pkcs12"
    SEC1 = "sec1"
    CFCA_SM2 = "cfca-sm2"


class ProtectionChoice(StrEnum):
    """`trustkit.custody.pbes2.Protection`."""

    SM = "sm"
    AES = "aes"


_FORMS = "asn1, 04-c1c3c2, c1c3c2, 04-c1c2c3, c1c2c3"  # `trustkit.crypto.sm2_cipher_forms.CiphertextForm`

app = typer.Typer(
    no_args_is_help=True, help="Private keys in files: make, show, convert, request, encrypt, wrap, agree."
)
app.add_typer(key_agree.app, name="agree")

KeyFileArgument = Annotated[Path, typer.Argument(metavar="KEY", help="The key file: PKCS#8, PKCS#12, SEC 1, .sm2.")]
OutOption = Annotated[Path, typer.Option("--out", help="Where to write; mode 0600, never over another file unasked.")]
ReplaceOption = Annotated[bool, typer.Option("--replace", help="Write over an existing file.")]
PlainOption = Annotated[bool, typer.Option("--plain", help="Read or write a key that no passphrase protects.")]
FormOption = Annotated[FormChoice, typer.Option("--to", help="Form to write.")]
ProtectionOption = Annotated[
    ProtectionChoice,
    typer.Option("--protection", help="sm: HMAC-SM3 and SM4; aes: HMAC-SHA-256 and AES, for others' tools."),
]
IterationsOption = Annotated[
    int | None, typer.Option("--iterations", help="Of the key derivation from the passphrase.")
]
NewPassphraseFileOption = Annotated[
    Path | None, typer.Option("--new-passphrase-file", help="File with the passphrase of what is written.")
]
NewPassphraseFdOption = Annotated[
    int | None, typer.Option("--new-passphrase-fd", help="Open descriptor with the passphrase of what is written.")
]


@app.command("make")
def make(
    kind: Annotated[KindChoice, typer.Argument(metavar="KIND", help=f"One of {', '.join(KindChoice)}.")],
    *,
    out: Annotated[
        Path | None, typer.Option("--out", help="File to write; mode 0600, never over another file unasked.")
    ] = None,
    keep: Annotated[
        str | None, typer.Option("--keep", metavar="NAME", help="Keep it in the home's keystore under this name.")
    ] = None,
    home: HomeOption = None,
    key_uri: Annotated[
        str | None, typer.Option("--key-uri", metavar="URI", help="Make it on the PKCS#11 token a URI names; to sign.")
    ] = None,
    pin_file: PinFileOption = None,
    pin_fd: PinFdOption = None,
    form: FormOption = FormChoice.PKCS8,
    protection: ProtectionOption = ProtectionChoice.SM,
    iterations: IterationsOption = None,
    plain: PlainOption = False,
    replace: ReplaceOption = False,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Make a private key: in a file, in the keystore of a home, or on a PKCS#11 token, which it never leaves."""
    from trustkit.app import key_tools

    if sum(place is not None for place in (out, keep, key_uri)) != 1:
        raise TrustError(ErrorCode.USAGE, "a key goes to one place: --out FILE, --keep NAME or --key-uri URI")
    if key_uri is not None:
        from trustkit.app.modules import make_module_key

        line = make_module_key(key_uri, kind.value, read_passphrase(pin_file, pin_fd, what="PIN of the module"))
        report(output, line.to_json(), made_in_module(line.kind, line.name, line.public_key_sm3))
        return
    if keep is not None:
        from trustkit.app.cli.asking import act_in_name
        from trustkit.app.official_acts import AdministratorAct
        from trustkit.app.wiring import open_authority

        with open_authority(chosen_home(home)) as authority:
            act_in_name(authority, AdministratorAct.KEYS)
            told = key_tools.keep_key(authority, kind.value, keep, read_passphrase(passphrase_file, passphrase_fd))
        report(output, told.to_json(), *told.lines(key_word))
        return
    assert out is not None  # noqa: S101 - the one place left
    target = key_tools.target(out, form.value, protection.value, iterations=iterations, plain=plain, replace=replace)
    target.require_writable()
    told = key_tools.make_key(kind.value, target, lambda: read_passphrase(passphrase_file, passphrase_fd, confirm=True))
    report(output, told.to_json(), *told.lines(key_word))


@app.command("show")
def show(
    key: KeyFileArgument,
    *,
    plain: PlainOption = False,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Show what a key file is, the kind of key and its public half; never a secret.

    Without a passphrase a protected file is only recognised.
    """
    from trustkit.app import key_tools

    given = passphrase_file is not None or passphrase_fd is not None
    passphrase = (lambda: read_passphrase(passphrase_file, passphrase_fd)) if given else None
    told = key_tools.show_key(key, passphrase, plain=plain)
    report(output, told.to_json(), *told.lines(key_word))


@app.command("convert")
def convert(
    key: KeyFileArgument,
    out: OutOption,
    *,
    form: FormOption = FormChoice.PKCS8,
    certificate: Annotated[
        list[Path] | None, typer.Option("--certificate", help="Certificate to put beside the key (PEM or DER).")
    ] = None,
    protection: ProtectionOption = ProtectionChoice.SM,
    iterations: IterationsOption = None,
    plain: PlainOption = False,
    replace: ReplaceOption = False,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    new_passphrase_file: NewPassphraseFileOption = None,
    new_passphrase_fd: NewPassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Write a key file in another form. The passphrase stays the same unless a new one is given."""
    from trustkit.app import key_tools

    target = key_tools.target(out, form.value, protection.value, iterations=iterations, plain=plain, replace=replace)
    target.require_writable()
    old, new = _secrets((passphrase_file, passphrase_fd), (new_passphrase_file, new_passphrase_fd))
    told = key_tools.convert_key(key, target, old, new, certificates=tuple(certificate or ()))
    report(output, told.to_json(), *told.lines(key_word))


@app.command("request")
def request(
    key: Annotated[
        Path | None,
        typer.Argument(metavar="KEY", help="The key file: PKCS#8, PKCS#12, SEC 1, .sm2.", show_default=False),
    ] = None,
    *,
    out: OutOption,
    subject: Annotated[str, typer.Option("--subject", help="Name asked for, e.g. 'C=CN, O=某某市某某局, CN=某某'.")],
    key_uri: KeyUriOption = None,
    pin_file: PinFileOption = None,
    pin_fd: PinFdOption = None,
    ip: Annotated[list[str] | None, typer.Option("--ip", help="IPv4 or IPv6 address to ask for.")] = None,
    email: Annotated[list[str] | None, typer.Option("--email", help="Mail address to ask for.")] = None,
    dns: Annotated[list[str] | None, typer.Option("--dns", help="DNS name to ask for.")] = None,
    uri: Annotated[list[str] | None, typer.Option("--uri", help="URI to ask for.")] = None,
    plain: PlainOption = False,
    replace: ReplaceOption = False,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Write a certification request (PKCS#10, PEM) for a key in a file or in a module."""
    from trustkit.app import key_tools
    from trustkit.app.issue_desk import general_name
    from trustkit.custody.module_signer import open_module_signer

    if (key is None) == (key_uri is None):
        raise TrustError(ErrorCode.USAGE, "a request is for one key: a key file or --key-uri")
    asked = (("dns", dns), ("uri", uri), ("ip", ip), ("email", email))
    names = tuple(general_name(f"{kind}:{value}") for kind, values in asked for value in values or ())
    wish = key_tools.RequestWish(subject=subject, names=names)
    key_tools.require_writable(out, replace=replace)
    module = chosen_module(key_uri, pin_file, pin_fd)
    signer: Signer
    if module is not None:
        signer = open_module_signer(module.uri, module.pin)
    elif key is not None:
        passphrase = _once(lambda: read_passphrase(passphrase_file, passphrase_fd))
        signer = key_tools.open_one_key(key, passphrase, plain=plain).signer()
    told = key_tools.request_certificate(wish, signer, out, replace=replace)
    report(output, told.to_json(), *told.lines(key_word))


@app.command("wrap")
def wrap(
    key: KeyFileArgument,
    out: OutOption,
    recipient: Annotated[Path, typer.Option("--to", help="The recipient's certificate or public key (PEM or DER).")],
    *,
    plain: PlainOption = False,
    replace: ReplaceOption = False,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Put an SM2 key into an envelope for its owner's other key: SM2EnvelopedKey (GM/T 0009, GB/T 35276), DER."""
    from trustkit.app import key_tools

    key_tools.require_writable(out, replace=replace)
    opened = key_tools.open_one_key(key, _once(lambda: read_passphrase(passphrase_file, passphrase_fd)), plain=plain)
    told = key_tools.wrap_for(opened, recipient, out, replace=replace)
    report(output, told.to_json(), *told.lines(key_word))


@app.command("unwrap")
def unwrap(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The SM2EnvelopedKey, DER.")],
    out: OutOption,
    key: Annotated[Path, typer.Option("--key", help="The recipient's key file.")],
    *,
    certificate: Annotated[
        Path | None, typer.Option("--certificate", help="Certificate of the key inside, which must be its own.")
    ] = None,
    form: FormOption = FormChoice.PKCS8,
    protection: ProtectionOption = ProtectionChoice.SM,
    iterations: IterationsOption = None,
    plain: PlainOption = False,
    replace: ReplaceOption = False,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    new_passphrase_file: NewPassphraseFileOption = None,
    new_passphrase_fd: NewPassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Take a key out of its envelope into a key file; the passphrase is the recipient key's unless a new one is given."""
    from trustkit.app import key_tools

    target = key_tools.target(out, form.value, protection.value, iterations=iterations, plain=plain, replace=replace)
    target.require_writable()
    old, new = _secrets((passphrase_file, passphrase_fd), (new_passphrase_file, new_passphrase_fd))
    recipient = key_tools.open_one_key(key, old, plain=plain)
    told = key_tools.unwrap_to(file, recipient, target, new, certificate)
    report(output, told.to_json(), *told.lines(key_word))


@app.command("encrypt")
def encrypt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What to encrypt: at most 64 KiB.")],
    out: OutOption,
    recipient: Annotated[Path, typer.Option("--to", help="The recipient's certificate or public key (PEM or DER).")],
    *,
    replace: ReplaceOption = False,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Encrypt a small file to an SM2 key: SM2Cipher in DER, C1 C3 C2 (GM/T 0009)."""
    from trustkit.app import key_tools

    key_tools.require_writable(out, replace=replace)
    told = key_tools.encrypt_to(file, recipient, out, replace=replace)
    report(output, told.to_json(), *told.lines(key_word))


@app.command("decrypt")
def decrypt(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The SM2 ciphertext.")],
    out: OutOption,
    key: Annotated[Path, typer.Option("--key", help="The recipient's key file.")],
    *,
    form: Annotated[
        str,
        typer.Option(
            "--form",
            help=f"auto, {_FORMS}, or CFCA's encryptedType (0, 2, 4, 8, 16).",
            metavar="FORM",
        ),
    ] = "auto",
    plain: PlainOption = False,
    replace: ReplaceOption = False,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Decrypt an SM2 ciphertext in any of its byte orders, and say in which it was."""
    from trustkit.app import key_tools

    wanted = _ciphertext_form(form)
    key_tools.require_writable(out, replace=replace)
    opened = key_tools.open_one_key(key, _once(lambda: read_passphrase(passphrase_file, passphrase_fd)), plain=plain)
    told = key_tools.decrypt_file(file, opened, out, form=wanted, replace=replace)
    report(output, told.to_json(), *told.lines(key_word))


def _ciphertext_form(text: str) -> CiphertextForm | None:
    """Return the form a person named, None for auto. Raise USAGE."""
    from trustkit.crypto.sm2_cipher_forms import CFCA_ENCRYPTED_TYPES, CiphertextForm

    if text == "auto":
        return None
    if text in tuple(CiphertextForm):
        return CiphertextForm(text)
    if text.isdecimal() and int(text) in CFCA_ENCRYPTED_TYPES:
        return CFCA_ENCRYPTED_TYPES[int(text)]
    raise TrustError(ErrorCode.USAGE, f"--form is auto, {_FORMS}, or 0, 2, 4, 8, 16")


def _secrets(
    old: tuple[Path | None, int | None], new: tuple[Path | None, int | None]
) -> tuple[Callable[[], Passphrase], Callable[[], Passphrase]]:
    """Return how to read the passphrase of what is there, and that of what is written: the same unless another is named."""
    there = _once(lambda: read_passphrase(*old))
    return there, there if new == (None, None) else lambda: read_passphrase(*new, confirm=True)


def _once(read: Callable[[], Passphrase]) -> Callable[[], Passphrase]:
    """Return a reader that asks a person once, however often it is called."""
    kept: list[Passphrase] = []

    def ask() -> Passphrase:
        if not kept:
            kept.append(read())
        return kept[0]

    return ask
