"""A credential handed in (SD-JWT VC): the issuer's signature and path, its disclosures, who may show it, its status.

What nobody asked for proves little: a key binding is proof of possession only to who names the audience and nonce he gave
(RFC 9901 7.3), and without them it is told and weighs nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from esign.credential.profile import KIND, credential_facts
from esign.credential.type_rules import require_rules
from esign.credential.verify import Binding, SdJwtRules, VerifiedSdJwt, verify_sd_jwt
from trustkit.crypto.algorithm_policy import AlgorithmUse
from trustkit.encoding.canonical_json import canonical_json
from trustkit.errors import TrustError
from trustkit.jose.model import JwsAlgorithm
from trustkit.verdict import (
    Check,
    CheckId,
    CheckStatus,
    Conclusion,
    CredentialSaid,
    SignatureVerdict,
    SubIndication,
    Verdict,
    conclude,
    passed,
    unknown,
    worst,
)
from trustkit.x509.certificate import seen_certificate
from verifier.format import Format
from verifier.judgement.algorithms import judge_algorithms
from verifier.judgement.entitlement import judge_entitlement, with_equivalents
from verifier.judgement.licence import judge_identifier
from verifier.judgement.licence_said import licence_said
from verifier.judgement.licence_status import judge_status, lenient, status_reference, status_word
from verifier.judgement.licence_term import judge_term
from verifier.judgement.message import refused_signature, signing_purpose
from verifier.judgement.names import signer_name
from verifier.judgement.outcomes import outcome
from verifier.judgement.parsed import certificates_of
from verifier.judgement.trust import find_trust, required
from verifier.judgement.weighing import is_demanded, tolerated
from verifier.policy import Need

if TYPE_CHECKING:
    from esign.credential.model import UnverifiedSdJwt
    from trustkit.x509.certificate import Certificate
    from verifier.judgement.context import Context

_FORM: Final = "sd-jwt-vc"
_COVERS: Final = "the claims that are disclosed"
_IDENTIFIER, _TYPE = "ZZBS", "ZZLXDM"  # GB/T 36903: 证照标识, 证照类型代码
_UNSAID: Final = frozenset({"cnf", "status"})  # keys and addresses: nothing a reader of the claims needs
_HELD: Final = (CheckId.SIGNER_CERTIFICATE, CheckId.SIGNATURE_VALUE, CheckId.DISCLOSURES, CheckId.CREDENTIAL_VALIDITY)


def judge_credential(context: Context, document: UnverifiedSdJwt) -> Verdict:
    """Return the verdict of a credential or of a presentation of one; `context.demand` is what was asked of its holder."""
    if not document.jws.certificates:
        told = "no certificate in the header (x5c)"
        check = unknown(CheckId.SIGNER_CERTIFICATE, SubIndication.NO_SIGNING_CERTIFICATE_FOUND, told)
        signature = SignatureVerdict(
            form=_FORM,
            signer="",
            signed_at=None,
            time_proved=False,
            covers=_COVERS,
            checks=(check,),
            conclusion=conclude((check,), frozenset()),
        )
        return _verdict(context, signature)
    demand = context.demand
    rules = SdJwtRules(
        kinds={KIND},
        algorithms=frozenset(JwsAlgorithm),  # the certificate's kind of key binds it, and the policy judges it below
        holders=frozenset(JwsAlgorithm),
        binding=Binding.OPTIONAL if demand is None else Binding.REQUIRED,
    )
    try:
        certificate = seen_certificate(document.jws.certificates[0])
        verified = verify_sd_jwt(document, certificate.public_key, rules, now=context.at, demand=demand)
    except TrustError as error:
        return _verdict(context, refused_signature(error, form=_FORM, covers=_COVERS))
    return _judge_verified(context, document, verified, certificate)


def _judge_verified(
    context: Context, document: UnverifiedSdJwt, verified: VerifiedSdJwt, certificate: Certificate
) -> Verdict:
    suite = verified.algorithm.suite
    trust = find_trust(
        context,
        certificate,
        purpose=signing_purpose(context),
        best=context.now,
        helpers=certificates_of(document.jws.certificates),
    )
    checks = (
        *(passed(each) for each in _HELD[:2]),
        passed(CheckId.DISCLOSURES, f"{len(verified.disclosed)} disclosed, {verified.withheld} withheld or decoys"),
        passed(CheckId.CREDENTIAL_VALIDITY),
        _form(verified),
        *_type(context, verified),
        _holder(context, verified),
        *judge_algorithms(
            context,
            suite,
            verified.hashing.digest,
            key=certificate.public_key,
            use=AlgorithmUse.SIGNATURE,
            at=context.at,
        ),
        *trust.checks,
    )
    more = (CheckId.CREDENTIAL_FORM, *(() if context.demand is None else (CheckId.HOLDER,)))
    signature = SignatureVerdict(
        form=_FORM,
        signer=signer_name(certificate),
        signed_at=verified.registered.issued_at,
        time_proved=False,
        covers=_COVERS,
        checks=checks,
        conclusion=conclude(checks, required(context, *_HELD, *more)),
    )
    below = (certificate, *(() if trust.path is None else trust.path.certificates[1:-1]))
    return replace(_verdict(context, signature, verified, certificate), shown=_shown(document, verified, below))


def _shown(document: UnverifiedSdJwt, verified: VerifiedSdJwt, below: tuple[Certificate, ...]) -> CredentialSaid:
    """Return what is compared with a query; `below` are signer and intermediates of its path; what else lies in the header proves nothing."""
    proved = verified.binding is not None and verified.binding.possession
    return CredentialSaid(
        claims=verified.claims,
        disclosed=verified.disclosed,
        holder=verified.holder.thumbprint if proved and verified.holder is not None else "",
        algorithm=verified.algorithm.value,
        bound_by="" if document.binding is None else document.binding.algorithm.value,
        authorities=frozenset(each.authority_key_id for each in below if each.authority_key_id),
    )


def _form(verified: VerifiedSdJwt) -> Check:
    try:
        return passed(CheckId.CREDENTIAL_FORM, credential_facts(verified).type)
    except TrustError as error:
        return outcome(error)


def _type(context: Context, verified: VerifiedSdJwt) -> tuple[Check, ...]:
    """Judge by the type's metadata where they are at hand, or demanded. Those of another day than the credential names say nothing of it."""
    found = _by_metadata(context, verified)
    demanded = is_demanded(context.policy, CheckId.CREDENTIAL_TYPE)
    if demanded and all(each.status is CheckStatus.INFORMATION for each in found):
        told = "the policy demands the type's metadata, and those it was issued under are not at hand"
        found = (unknown(CheckId.CREDENTIAL_TYPE, SubIndication.SIG_CONSTRAINTS_FAILURE, told),)
    return tuple(tolerated(context.policy, each) for each in found)


def _by_metadata(context: Context, verified: VerifiedSdJwt) -> tuple[Check, ...]:
    known = next((each for each in context.evidence.types if each.vct == verified.claims.get("vct")), None)
    if known is None:
        return ()
    integrity = verified.claims.get("vct#integrity")
    if integrity is not None and not (isinstance(integrity, str) and known.is_meant_by(integrity)):
        told = "the type's metadata at hand are not those it was issued under"
        return (Check(id=CheckId.CREDENTIAL_TYPE, status=CheckStatus.INFORMATION, detail=told),)
    try:
        require_rules(verified, known)
    except TrustError as error:
        return (outcome(error),)
    return (passed(CheckId.CREDENTIAL_TYPE),)


def _holder(context: Context, verified: VerifiedSdJwt) -> Check:
    """Say what is known of who shows it. Without a demand nothing is proved, and nothing is held against anybody."""
    if verified.binding is not None and context.demand is not None:
        return passed(CheckId.HOLDER)
    if verified.binding is not None:
        told = f"the holder's key signed for {verified.binding.audience}; audience and nonce were not given, so this proves no possession now"
    elif verified.holder is not None:
        told = "issued to a key, and shown without its signature: whoever shows it need not be the holder"
    else:
        told = "issued to no key: whoever has it can show it"
    return Check(id=CheckId.HOLDER, status=CheckStatus.INFORMATION, detail=told)


def _verdict(
    context: Context,
    signature: SignatureVerdict,
    verified: VerifiedSdJwt | None = None,
    certificate: Certificate | None = None,
) -> Verdict:
    checks: tuple[Check, ...] = (passed(CheckId.FORMAT),)
    needed = frozenset({CheckId.FORMAT})
    subject: tuple[tuple[str, str], ...] = ()
    said = None
    if verified is not None and certificate is not None:
        status, identified = _licence(context, verified, certificate)
        checks = (*checks, status, *identified, *judge_term(verified.claims, context.at))
        if context.policy.licence_status is Need.REQUIRED:
            needed |= {CheckId.LICENCE_STATUS}
        subject = _subject(verified, status)
        said = with_equivalents(context, licence_said(verified.claims))
    conclusions: tuple[Conclusion, ...] = (signature.conclusion, conclude(checks, needed))
    return Verdict(
        format=Format.SD_JWT.value,
        at=context.at,
        signatures=(signature,),
        checks=checks,
        uncovered=(),
        conclusion=worst(conclusions),
        subject=subject,
        said=said,
    )


def _licence(context: Context, verified: VerifiedSdJwt, certificate: Certificate) -> tuple[Check, tuple[Check, ...]]:
    """Return the status by its list, and of the licence's identifier whether the signer is its issuer, and one who may issue it."""
    identifier = verified.claims.get(_IDENTIFIER)
    named = identifier if isinstance(identifier, str) else ""
    try:
        status = judge_status(context, status_reference(verified.claims), certificate, named)
    except TrustError as error:
        status = unknown(CheckId.LICENCE_STATUS, SubIndication.LICENCE_STATUS_UNKNOWN, error.detail)
    if context.policy.licence_status is not Need.REQUIRED:
        status = lenient(status)
    identified = (judge_identifier(named, certificate, verified.claims.get(_TYPE)),) if named else ()
    return status, (*identified, *judge_entitlement(context, named))


def _subject(verified: VerifiedSdJwt, status: Check) -> tuple[tuple[str, str], ...]:
    """Return what was said, for who asked: verified claims, and what was held back."""
    claims = {name: value for name, value in verified.claims.items() if name not in _UNSAID}
    identifier = claims.get(_IDENTIFIER)
    licence = (("licence.identifier", identifier),) if isinstance(identifier, str) else ()
    return (
        *licence,
        ("licence.status", status_word(status)),
        ("claims", canonical_json(claims).decode("utf-8")),
        ("withheld", str(verified.withheld)),
    )
