"""What can go wrong with credentials: SD-JWT, its profile for licences, and key binding."""

from __future__ import annotations

from enum import unique

from trustkit.error_family import Code, Family

_M, _U = Family.MALFORMED, Family.UNTRUSTED


@unique
class CredentialCode(Code):
    """Stable names of what can go wrong with credentials, sorted by value within a part."""

    # SD-JWT (RFC 9901)
    SD_JWT_MALFORMED = ("credential:sd-jwt:malformed", _M)
    DISCLOSURE_MALFORMED = ("credential:disclosure:malformed", _M)
    DISCLOSURE_DUPLICATE = ("credential:disclosure:duplicate", _U)
    DISCLOSURE_PRESENT = ("credential:disclosure:already-present", _U)
    DISCLOSURE_RESERVED = ("credential:disclosure:reserved-name", _U)
    DISCLOSURE_UNREFERENCED = ("credential:disclosure:unreferenced", _U)
    DIGEST_ALGORITHM = ("credential:digest:algorithm", _U)
    DIGEST_DUPLICATE = ("credential:digest:duplicate", _U)
    CREDENTIAL_TYPE = ("credential:type:wrong", _U)
    CREDENTIAL_EXPIRED = ("credential:time:expired", _U)
    CREDENTIAL_NOT_YET = ("credential:time:not-yet", _U)
    # key binding
    BINDING_AUDIENCE = ("credential:binding:audience", _U)
    BINDING_FORBIDDEN = ("credential:binding:forbidden", _U)
    BINDING_HASH = ("credential:binding:hash", _U)
    BINDING_KEY = ("credential:binding:key", _U)
    BINDING_MALFORMED = ("credential:binding:malformed", _M)
    BINDING_MISSING = ("credential:binding:missing", _U)
    BINDING_NONCE = ("credential:binding:nonce", _U)
    BINDING_SIGNATURE = ("credential:binding:signature", _U)
    BINDING_TIME = ("credential:binding:time", _U)
    # proofs of a wallet's key (OpenID4VCI)
    PROOF_AUDIENCE = ("credential:proof:audience", _U)
    PROOF_MALFORMED = ("credential:proof:malformed", _M)
    PROOF_NONCE = ("credential:proof:nonce", _U)
    PROOF_TIME = ("credential:proof:time", _U)
    # credentials for wallets to fetch (OpenID4VCI)
    OFFER_CODE = ("credential:offer:code", _U)
    OFFER_ENDED = ("credential:offer:ended", Family.CONFLICT)
    OFFER_MISSING = ("credential:offer:missing", Family.MISSING)
    OFFER_TRANSACTION = ("credential:offer:transaction-code", _U)
    OFFER_TRANSACTION_FORM = ("credential:offer:transaction-code-form", _M)
    WALLET_ACCESS = ("credential:wallet:access", Family.FORBIDDEN)
    WALLET_CONFIGURATION = ("credential:wallet:configuration", _M)
    WALLET_DETAILS = ("credential:wallet:details", _M)
    WALLET_ENCRYPTION = ("credential:wallet:encryption", _M)
    WALLET_FORM = ("credential:wallet:form", _M)
    WALLET_GRANT_TYPE = ("credential:wallet:grant-type", _M)
    WALLET_HOLDER = ("credential:wallet:holder", Family.FORBIDDEN)
    WALLET_IDENTIFIER = ("credential:wallet:identifier", _M)
    WALLET_NOTICE = ("credential:wallet:notice", _M)
    WALLET_NOTICE_UNKNOWN = ("credential:wallet:notice-unknown", Family.MISSING)
    WALLET_REPEATED = ("credential:wallet:repeated", Family.CONFLICT)
    # what is asked of a wallet, and what it answers (OpenID4VP)
    DCQL_MALFORMED = ("credential:query:malformed", _M)
    DCQL_UNSUPPORTED = ("credential:query:unsupported", _M)
    VP_TOKEN_MALFORMED = ("credential:vp-token:malformed", _M)
    WALLET_SEVERAL = ("credential:wallet:several", Family.CONFLICT)
    WALLET_SIGN_IN = ("credential:wallet:sign-in", Family.CONFIG)
    # SD-JWT VC of a licence
    CREDENTIAL_CLAIMS = ("credential:claims:malformed", _M)
    CREDENTIAL_DISCLOSABLE = ("credential:claims:disclosable", _U)
    CREDENTIAL_ENDED = ("credential:state:ended", Family.CONFLICT)
    CREDENTIAL_HOLDER_KEY = ("credential:holder-key:unfit", Family.USAGE)
    CREDENTIAL_KEYS = ("credential:keys:unfit", Family.CONFIG)
    CREDENTIAL_METADATA = ("credential:metadata:malformed", _M)
    CREDENTIAL_MISSING = ("credential:number:missing", Family.MISSING)
    CREDENTIAL_RULES = ("credential:rules:broken", _U)
    CREDENTIAL_SUITE = ("credential:suite:mixed", _U)
