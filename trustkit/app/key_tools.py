"""The acts of ``trustkit key``: on key files alone, without a home, a store or a trail.

Whatever is written holds a secret or belongs to one: mode 0600, whole or not at all, never over another file unasked. A key
file that lies open is read only when nobody else can read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - a field type of a public dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.certificate_files import read_certificates
from trustkit.app.files import read_input, require_place, write_output
from trustkit.app.home import KEYS
from trustkit.app.keys import MACHINES, OWN_PROFILES, created_event
from trustkit.app.subject_text import parse_subject
from trustkit.audit import trail
from trustkit.crypto.digest import DigestAlgorithm, digest
from trustkit.crypto.public_key import KeyKind, PublicKey, parse_public_key
from trustkit.crypto.sm2_cipher_forms import MAX_SM2_PLAINTEXT
from trustkit.crypto.sm2_encrypt import encrypt_sm2
from trustkit.custody.containers import (
    MAX_KEY_FILE,
    KeyFile,
    KeyFileForm,
    open_key_file,
    recognise_key_file,
    write_key_file,
)
from trustkit.custody.decryption import decrypt_sm2, open_sm2
from trustkit.custody.enveloped_key import MAX_ENVELOPED_KEY, unwrap_key, wrap_key
from trustkit.custody.key_files import read_private_file
from trustkit.custody.pbes2 import DEFAULT_ITERATIONS, Protection
from trustkit.custody.private_key import PrivateKey, generate_key
from trustkit.custody.software import SoftwareKeystore
from trustkit.encoding.pem import encode_pem, is_pem, parse_pem
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import Certificate, parse_certificate
from trustkit.x509.general_name_build import alternative_names
from trustkit.x509.request import parse_request, verify_request
from trustkit.x509.request_build import REQUEST_LABEL, RequestSpec, assemble_request, build_request_info

if TYPE_CHECKING:
    from collections.abc import Callable

    from trustkit.app.authority import Authority
    from trustkit.crypto.sm2_cipher_forms import CiphertextForm
    from trustkit.custody.passphrase import Passphrase
    from trustkit.custody.port import Signer
    from trustkit.x509.general_name import GeneralName

SECRET_MODE: Final = 0o600
MAX_CIPHERTEXT: Final = 2 * MAX_SM2_PLAINTEXT
_MAX_CERTIFICATE_FILE: Final = 1024 * 1024
_PEM_FACT: Final = "public_key"
_PUBLIC_LABEL: Final = "PUBLIC KEY"
_RESERVED: Final = ("ca-", f"{MACHINES}-", "recovery", *(f"{name}-" for name in sorted(OWN_PROFILES)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """Where and how a key is to be written."""

    path: Path
    form: KeyFileForm
    protection: Protection
    iterations: int
    plain: bool
    replace: bool

    def require_writable(self) -> None:
        """Raise OUTPUT_EXISTS, DISK_UNWRITABLE or KEY_CONTAINER_PLAIN: asked before an act, not after it."""
        if self.form.plain and not self.plain:
            raise TrustError(ErrorCode.KEY_CONTAINER_PLAIN, "an open key is not written unasked", form=self.form.value)
        require_writable(self.path, replace=self.replace)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What was done or found, free of secrets: facts for a machine, and the same for a person."""

    facts: tuple[tuple[str, str | int | bool | tuple[str, ...]], ...]

    def to_json(self) -> dict[str, object]:
        """Return the JSON object."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in self.facts}

    def lines(self, said: Callable[[str], str] = str) -> tuple[str, ...]:
        """Return one line a fact there is; a key in PEM, which is our own, stands below its name as it goes into a file.

        `said` returns the names of facts, and yes and no, in a person's language.
        """
        lines: list[str] = []
        for name, value in self.facts:
            if value == ():
                continue
            word = said(str(value)) if isinstance(value, bool) else str(value)
            told = ", ".join(value) if isinstance(value, tuple) else word
            named = f"{said(name.replace('_', ' '))}:"
            lines += [named, *told.splitlines()] if name == _PEM_FACT else [f"{named} {told}"]
        return tuple(lines)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestWish:
    """What a certification request asks for: the subject as text, and names."""

    subject: str
    names: tuple[GeneralName, ...] = ()


def require_writable(path: Path, *, replace: bool) -> None:
    """Raise OUTPUT_EXISTS unless `replace`, DISK_UNWRITABLE."""
    if not (replace and path.is_file() and not path.is_symlink()):
        require_place(path)


def target(path: Path, form: str, protection: str, *, iterations: int | None, plain: bool, replace: bool) -> Target:
    """Return a target from the words of a command; the usual iterations for None. Raise ValueError for unknown words."""
    return Target(
        path=path,
        form=KeyFileForm(form),
        protection=Protection(protection),
        iterations=DEFAULT_ITERATIONS if iterations is None else iterations,
        plain=plain,
        replace=replace,
    )


def make_key(kind: str, target: Target, passphrase: Callable[[], Passphrase]) -> Told:
    """Make a key of the kind named and write it. Raise what `write_key_file` and `write_output` raise."""
    secret = None if target.form.plain else passphrase()
    key = generate_key(KeyKind(kind))
    return _written(KeyFile(form=target.form, keys=(key,)), target, secret)


def show_key(path: Path, passphrase: Callable[[], Passphrase] | None, *, plain: bool) -> Told:
    """Say what a key file is; with its passphrase (or `plain`) the key inside too. Raise what `open_key_file` raises."""
    data = read_input(path, limit=MAX_KEY_FILE)
    found = recognise_key_file(data)
    facts: list[tuple[str, str | int | bool | tuple[str, ...]]] = [
        ("form", found.form.value),
        ("protected", not found.form.plain),
    ]
    if (found.form.plain and plain) or passphrase is not None:
        opened = _open(path, data, passphrase, plain=plain)
        for key in opened.keys:
            facts += _about(key.public_key)
        facts.append(("certificates", tuple(parse_certificate(each).subject for each in opened.certificates)))
    return Told(facts=tuple(facts))


def convert_key(
    path: Path,
    target: Target,
    passphrase: Callable[[], Passphrase],
    new_passphrase: Callable[[], Passphrase],
    *,
    certificates: tuple[Path, ...] = (),
) -> Told:
    """Write the keys of one file in another form. Raise what `open_key_file` and `write_key_file` raise."""
    opened = _open(path, read_input(path, limit=MAX_KEY_FILE), passphrase, plain=target.plain)
    beside = list(opened.certificates)
    for each in certificates:
        beside += (certificate.der for certificate in read_certificates(each))
    secret = None if target.form.plain else new_passphrase()
    file = KeyFile(form=target.form, keys=opened.keys, certificates=tuple(dict.fromkeys(beside)), name=opened.name)
    return _written(file, target, secret)


def open_one_key(path: Path, passphrase: Callable[[], Passphrase], *, plain: bool) -> PrivateKey:
    """Return the one key of a file. Raise USAGE for several, and what `open_key_file` raises."""
    keys = _open(path, read_input(path, limit=MAX_KEY_FILE), passphrase, plain=plain).keys
    if len(keys) != 1:
        raise TrustError(ErrorCode.USAGE, "the file holds several keys; convert the one that is meant", keys=len(keys))
    return keys[0]


def request_certificate(wish: RequestWish, signer: Signer, out: Path, *, replace: bool) -> Told:
    """Write a certification request for a signer's key, read back and proved before it is written.

    Raises:
        TrustError: USAGE, NAME_MALFORMED for the subject or names; SIGNING_FAILED; what `write_output` raises.
    """
    extensions = (alternative_names(wish.names),) if wish.names else ()
    subject = parse_subject(wish.subject)
    info = build_request_info(RequestSpec(subject_der=subject, spki=signer.public_key.spki, extensions=extensions))
    octets = assemble_request(info, signer.suite, signer.sign(info))
    proved = verify_request(parse_request(octets))
    write_output(out, encode_pem(REQUEST_LABEL, octets), replace=replace, mode=SECRET_MODE)
    return Told(facts=(("request", str(out)), ("subject", proved.subject), *_about(proved.public_key)))


def encrypt_to(file: Path, recipient: Path, out: Path, *, replace: bool) -> Told:
    """Encrypt a file to a certificate or public key. Raise INPUT_TOO_LARGE, ALGORITHM_MISMATCH, KEY_*, CERTIFICATE_*."""
    plaintext = read_input(file, limit=MAX_SM2_PLAINTEXT)
    key = _public_key(recipient)
    write_output(out, encrypt_sm2(key, plaintext), replace=replace, mode=SECRET_MODE)
    return Told(facts=(("ciphertext", str(out)), ("form", "asn1"), *_about(key)))


def decrypt_file(file: Path, key: PrivateKey, out: Path, *, form: CiphertextForm | None, replace: bool) -> Told:
    """Decrypt a file. Raise CIPHERTEXT_*, DECRYPTION_FAILED, ALGORITHM_MISMATCH, what `write_output` raises."""
    data = read_input(file, limit=MAX_CIPHERTEXT)
    decryptor = key.decryptor()
    if form is None:
        opened = open_sm2(decryptor, data)
        plaintext, form = opened.plaintext, opened.form
    else:
        plaintext = decrypt_sm2(decryptor, data, form)
    write_output(out, plaintext, replace=replace, mode=SECRET_MODE)
    return Told(facts=(("plaintext", str(out)), ("form", form.value), ("octets", len(plaintext))))


def wrap_for(key: PrivateKey, recipient: Path, out: Path, *, replace: bool) -> Told:
    """Write a key as SM2EnvelopedKey (DER) for the owner of a certificate or public key.

    Raise USAGE unless both keys are SM2, KEY_*, CERTIFICATE_*, what `write_output` raises.
    """
    to = _public_key(recipient)
    _require_sm2(key.kind, to.kind)
    write_output(out, wrap_key(key, to), replace=replace, mode=SECRET_MODE)
    return Told(facts=(("enveloped_key", str(out)), ("recipient_key_id", to.identifier.hex()), *_about(key.public_key)))


def unwrap_to(
    file: Path, recipient: PrivateKey, target: Target, passphrase: Callable[[], Passphrase], certificate: Path | None
) -> Told:
    """Write the key inside an SM2EnvelopedKey to a key file; with its certificate, only when the two belong together.

    Raise KEY_ENVELOPE_MISMATCH when they do not, USAGE unless the recipient's key is SM2, what `unwrap_key`, `write_key_file`
    and `write_output` raise.
    """
    _require_sm2(recipient.kind)
    key = unwrap_key(read_input(file, limit=MAX_ENVELOPED_KEY), recipient.decryptor())
    beside: tuple[bytes, ...] = ()
    if certificate is not None:
        found = read_certificates(certificate)[0]
        if found.public_key.spki != key.public_key.spki:
            raise TrustError(ErrorCode.KEY_ENVELOPE_MISMATCH, "the key is not the certificate's")
        beside = (found.der,) if target.form is KeyFileForm.PKCS12 else ()
    secret = None if target.form.plain else passphrase()
    return _written(KeyFile(form=target.form, keys=(key,), certificates=beside), target, secret)


def keep_key(home: Authority, kind: str, name: str, passphrase: Passphrase) -> Told:
    """Make a key in the keystore of a home, told in its trail before anything uses it.

    Raises:
        TrustError: USAGE for a name that is kept for the authority's own keys; KEY_EXISTS, PASSPHRASE_WRONG (not the home's), DISK_*.
    """
    if name in OWN_PROFILES or name.startswith(_RESERVED):
        raise TrustError(ErrorCode.USAGE, "this name is kept for the authority's own keys")
    home.unlock(passphrase)
    keystore = SoftwareKeystore(home.settings.home / KEYS)
    public = keystore.create(name, KeyKind(kind), passphrase).public_key
    with home.database.unit_of_work() as uow:
        trail.record(uow, created_event(name, public, at=home.clock.now(), actor=home.operator))
    return Told(
        facts=(("file", str(home.settings.home / KEYS / f"{name}.key.pem")), ("form", "pkcs8"), *_about(public))
    )


def _open(path: Path, data: bytes, passphrase: Callable[[], Passphrase] | None, *, plain: bool) -> KeyFile:
    if plain and recognise_key_file(data).form.plain:
        data = read_private_file(path, limit=MAX_KEY_FILE)  # open to others, an open key is nobody's secret
    return open_key_file(data, passphrase, plain=plain)


def _written(file: KeyFile, target: Target, passphrase: Passphrase | None) -> Told:
    octets = write_key_file(
        file, passphrase, protection=target.protection, plain=target.plain, iterations=target.iterations
    )
    write_output(target.path, octets, replace=target.replace, mode=SECRET_MODE)
    facts: list[tuple[str, str | int | bool | tuple[str, ...]]] = [
        ("file", str(target.path)),
        ("form", target.form.value),
        ("protected", not target.form.plain),
    ]
    for key in file.keys:
        facts += _about(key.public_key)
    return Told(facts=tuple(facts))


def _about(key: PublicKey) -> tuple[tuple[str, str], ...]:
    return (
        ("kind", key.kind.value),
        ("key_id", key.identifier.hex()),
        ("spki_sm3", digest(DigestAlgorithm.SM3, key.spki).hex()),
        (_PEM_FACT, encode_pem(_PUBLIC_LABEL, key.spki).decode("ascii")),
    )


def read_public(path: Path) -> PublicKey | Certificate:
    """Return what a file is: a certificate, or a bare SubjectPublicKeyInfo. Raise INPUT_*, KEY_*, CERTIFICATE_MALFORMED."""
    data = read_input(path, limit=_MAX_CERTIFICATE_FILE)
    octets, label = data, ""
    if is_pem(data):
        block = parse_pem(data)[0]
        octets, label = block.der, block.label
    if label == "CERTIFICATE":
        return parse_certificate(octets)
    try:
        return parse_public_key(octets)
    except TrustError:
        if label:
            raise
    return parse_certificate(octets)


def _public_key(path: Path) -> PublicKey:
    found = read_public(path)
    return found.public_key if isinstance(found, Certificate) else found


def _require_sm2(*kinds: KeyKind) -> None:
    """Refuse a key named on the command line that no SM2EnvelopedKey is made of. Raise USAGE."""
    for kind in kinds:
        if kind is not KeyKind.SM2:
            raise TrustError(ErrorCode.USAGE, "an SM2EnvelopedKey is made of SM2 keys", key=kind.value)
