"""``trustkit timestamp``: proof that a file existed at a time, from an authority elsewhere or from the home's own."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from trustkit.app.cli.options import HomeOption, PassphraseFdOption, PassphraseFileOption, chosen_home, read_passphrase
from trustkit.app.cli.output import FormatOption, OutputFormat, next_step, report, wrote
from trustkit.app.cli.verify import EvidencePaths, Offline, Trust
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from trustkit.app.asking_stamps import KeptStamp
    from trustkit.app.verify_request import VerifyRequest
    from trustkit.timestamp.request import TimestampRequest


class StampDigest(StrEnum):
    """``--digest``: what the file's octets are condensed by before they are stamped."""

    SM3 = "sm3"
    SHA256 = "sha256"
    SHA384 = "sha384"
    SHA512 = "sha512"


Url = Annotated[
    str | None, typer.Option("--url", help="Ask the authority at this address; without it the home's own stamps.")
]
DigestOption = Annotated[StampDigest, typer.Option("--digest", help="Digest of the file; not every authority has SM3.")]
StampPolicy = Annotated[
    str | None, typer.Option("--tsa-policy", metavar="OID", help="Policy the stamp is to be made under.")
]
Query = Annotated[bool, typer.Option("--query", help="Only write the request, to be carried to an authority.")]
Reply = Annotated[
    Path | None,
    typer.Option("--reply", metavar="REPLY", help="Check an authority's reply and take the token out of it."),
]
Request = Annotated[
    Path | None, typer.Option("--request", metavar="QUERY", help="With --reply: the request; default FILE.tsq.")
]
Unit = Annotated[
    str | None,
    typer.Option(
        "--unit", metavar="AUTHORITY", help="Of the home's units the one under this authority, not the issuing CA's."
    ),
]


def timestamp(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="File to stamp; it is not changed, and never sent.")],
    *,
    url: Url = None,
    digest: DigestOption = StampDigest.SM3,
    tsa_policy: StampPolicy = None,
    query: Query = False,
    reply: Reply = None,
    request: Request = None,
    unit: Unit = None,
    trust: Trust = None,
    evidence: EvidencePaths = None,
    offline: Offline = False,
    out: Annotated[Path | None, typer.Option("--out", help="Default: FILE.tst; with --query FILE.tsq.")] = None,
    home: HomeOption = None,
    passphrase_file: PassphraseFileOption = None,
    passphrase_fd: PassphraseFdOption = None,
    output: FormatOption = OutputFormat.TEXT,
) -> None:
    """Have a file time-stamped (RFC 3161) and keep the token; verify with `trustkit verify OUT --content FILE`.

    A reply must answer the request (nonce, digest, policy) and verify before it is kept; with --trust the authority must be
    trusted by these anchors too. Without a network: --query here, carry FILE.tsq out, bring the reply back to --reply.
    """
    from trustkit.app.files import beside, read_input, require_place, write_output

    _require_words(url, request, reply, query=query, offline=offline)
    if unit is not None and (url is not None or query or reply is not None):
        raise TrustError(ErrorCode.USAGE, "--unit names one of the home's own: not with --url, --query or --reply")
    content = read_input(file)
    target = out or beside(file, ".tsq" if query else ".tst")
    require_place(target)
    asked = _asked(content, digest, tsa_policy, (request or beside(file, ".tsq")) if reply else None)
    if query:
        from trustkit.timestamp.request import build_request

        write_output(target, build_request(asked))
        told = {"file": str(target), "digest": asked.imprint_algorithm.value, "imprint": asked.imprint.hex()}
        report(output, told, wrote(target), next_step(f"trustkit timestamp {file} --reply REPLY"))
        return
    where = _verification(file, trust, evidence, home, offline=offline)
    secret = (passphrase_file, passphrase_fd)
    if url is None and reply is None:
        kept = _by_the_home(asked, content, where, secret, unit or "issuing")
    else:
        answer = read_input(reply) if reply is not None else _by_http(asked, url or "")
        kept = _from_elsewhere(answer, asked, content, where)
    write_output(target, kept.octets)
    _tell(output, kept, target, file)


def _require_words(
    url: str | None, request: Path | None, reply: Path | None, *, query: bool, offline: bool
) -> None:  # fmt: skip
    if sum((url is not None, query, reply is not None)) > 1:
        raise TrustError(ErrorCode.USAGE, "--url, --query and --reply exclude each other")
    if request is not None and reply is None:
        raise TrustError(ErrorCode.USAGE, "--request goes with --reply")
    if offline and url is not None:
        raise TrustError(ErrorCode.USAGE, "--offline asks nobody: --query and --reply instead of --url")


def _asked(content: bytes, digest: StampDigest, policy: str | None, kept: Path | None) -> TimestampRequest:
    from trustkit.app.asking_stamps import new_request, own_request
    from trustkit.app.files import read_input
    from trustkit.crypto.digest import DigestAlgorithm

    if kept is not None:
        return own_request(read_input(kept), content)
    return new_request(content, DigestAlgorithm(digest.value), policy=policy)


def _verification(
    file: Path, trust: list[Path] | None, evidence: list[Path] | None, home: Path | None, *, offline: bool
) -> VerifyRequest:
    from trustkit.app.verify_request import VerifyRequest

    return VerifyRequest(
        files=(file,),
        trust=tuple(trust or ()),
        evidence=tuple(evidence or ()),
        content=file,
        offline=offline,
        home=chosen_home(home),
        home_required=home is not None,
    )


def _by_the_home(
    asked: TimestampRequest, content: bytes, where: VerifyRequest, secret: tuple[Path | None, int | None], unit: str
) -> KeptStamp:
    from trustkit.app.asking_stamps import ask_own_authority, keep_stamp
    from trustkit.app.cli.asking import act_in_name
    from trustkit.app.official_acts import OfficialAct
    from trustkit.app.verification import evidence_of, verification_for
    from trustkit.app.wiring import open_authority

    with open_authority(where.home) as authority:
        evidence, service = evidence_of(where), verification_for(where, authority)  # what is wrong there comes first
        act_in_name(authority, OfficialAct.TIME_STAMP)
        answer = ask_own_authority(asked, authority, authority.unlock(read_passphrase(*secret)), unit=unit)
        return keep_stamp(answer, asked, content, service, evidence=evidence, trusted=bool(where.trust))


def _by_http(asked: TimestampRequest, url: str) -> bytes:
    from trustkit.app.asking_stamps import ask_by_http

    return ask_by_http(asked, url, "--url")


def _from_elsewhere(answer: bytes, asked: TimestampRequest, content: bytes, where: VerifyRequest) -> KeptStamp:
    from trustkit.app.asking_stamps import keep_stamp
    from trustkit.app.verification import evidence_of, verification_for
    from trustkit.app.wiring import open_if_home

    with open_if_home(where.home, required=where.home_required) as opened:
        service = verification_for(where, opened)
        return keep_stamp(answer, asked, content, service, evidence=evidence_of(where), trusted=bool(where.trust))


def _tell(output: OutputFormat, kept: KeptStamp, target: Path, file: Path) -> None:
    from trustkit.clock import format_rfc3339
    from trustkit.x509.name import display_name

    token, found = kept.token, kept.verdict.conclusion
    authority = display_name(token.certificate.subject_der)
    time = format_rfc3339(token.gen_time)
    told = {
        "file": str(target),
        "time": time,
        "serial": f"{token.serial:x}",
        "policy": token.policy,
        "digest": token.imprint_algorithm.value,
        "authority": authority,
        "octets": len(kept.octets),
        "indication": found.indication.value,
        "sub_indication": found.sub_indication.value if found.sub_indication is not None else None,
    }
    lines = [wrote(target), f"Time: {time}, by {authority} ({found.indication.value})"]
    report(output, told, *lines, next_step(f"trustkit verify {target} --content {file}"))
