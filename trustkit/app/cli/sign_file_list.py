"""``trustkit sign --form ofd-file-list``: an OFD in which the list of its files is signed (GM/T 0099-2020 annex D)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from trustkit.app.cli.options import chosen_home
from trustkit.app.cli.output import language, next_step, report, wrote
from trustkit.errors import ErrorCode, TrustError
from trustkit.texts.catalogue import Language

if TYPE_CHECKING:
    from pathlib import Path

    from trustkit.app.asking_stamps import AskedAuthority
    from trustkit.app.cli.input_file import InputFile
    from trustkit.app.cli.output import OutputFormat
    from trustkit.app.cli.sign_message import Signers
    from trustkit.app.cli.stamp_words import StampWords

_PROVES: Final = {
    Language.EN: "  it proves that no file was added or left out; what is in the files, seals and signatures prove",
    Language.ZH: "  仅证明没有增减文件；文件内容由印章和签名证明",
}


def sign_file_list(
    file: InputFile, out: Path | None, *, signers: Signers, stamping: StampWords, output: OutputFormat
) -> None:
    """Write the protected package and say so."""
    from trustkit.app.files import require_place, write_output
    from trustkit.app.ofd_protection import PROTECTION_FORM

    target, data = out or file.path.with_name(f"{file.path.stem}.protected.ofd"), file.data
    require_place(target)
    if signers.are_own:
        with stamping.authority(signers.home) as asked:
            made = _by_an_own_key(data, signers, asked)
    else:
        made = _by_the_seal(data, signers)
    write_output(target, made)
    told = {"file": str(target), "form": PROTECTION_FORM, "octets": len(made)}
    report(output, told, wrote(target), _PROVES[language()], next_step(f"trustkit verify {target}"))


def _by_an_own_key(data: bytes, signers: Signers, asked: AskedAuthority | None) -> bytes:
    from trustkit.app.algorithms import algorithm_policy
    from trustkit.app.cosigning import own_party
    from trustkit.app.engine import settle_engine
    from trustkit.app.ofd_protection import protect
    from trustkit.app.signing_keys import signing_keys
    from trustkit.clock import SystemClock

    settle_engine("auto", production=False)
    home, clock = chosen_home(signers.home), SystemClock()
    own = signing_keys(signers, signers.passphrase(), clock, home=home)
    if len(own) != 1:
        raise TrustError(ErrorCode.USAGE, "one signs the list of files", keys=len(own))
    stamp = asked.stamp if asked is not None else None
    return protect(data, own_party(own[0], algorithm_policy(home), clock, stamp=stamp), at=clock.now())


def _by_the_seal(data: bytes, signers: Signers) -> bytes:
    from trustkit.app.keys import KeyName
    from trustkit.app.wiring import open_authority

    with open_authority(chosen_home(signers.home), operator=signers.acting) as authority:
        authority.require_fit_to_sign(KeyName.SEAL, KeyName.TIMESTAMP)
        keys = authority.unlock(signers.passphrase()())
        return authority.messages(keys).protect(data, actor=authority.operator)
