"""The only root of exceptions: `TrustError`, told apart by an `ErrorCode`.

Every rejection carries a code with the grammar ``scope:thing:problem``. The code knows its family (what the caller
should do), and `trustkit.texts` gives it a sentence and a remedy in English and 中文. `detail` speaks to an operator;
it never holds a secret or personal data.

    raise TrustError(ErrorCode.DER_MALFORMED, "length runs past the end", offset=17)
"""

from __future__ import annotations

import errno
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, Self

if TYPE_CHECKING:
    from collections.abc import Mapping


@unique
class Family(StrEnum):
    """What the caller should do about an error."""

    MALFORMED = "malformed"  # the input cannot be read: ask for another
    UNTRUSTED = "untrusted"  # it was read, and is not to be believed
    FORBIDDEN = "forbidden"  # the caller may not
    MISSING = "missing"  # the named thing does not exist
    CONFLICT = "conflict"  # the present state does not allow it
    UNREACHABLE = "unreachable"  # try later
    RESOURCE = "resource"  # disk, port, memory, a limit of this machine
    CONFIG = "config"  # settings, policies or the home need mending
    USAGE = "usage"  # the call's words are off
    BUG = "bug"  # ours


# Families of what may succeed later, asked for again just so: nothing is wrong with the request.
PASSING: Final = frozenset({Family.UNREACHABLE, Family.RESOURCE, Family.CONFIG, Family.BUG})

_M, _U, _F, _N = Family.MALFORMED, Family.UNTRUSTED, Family.FORBIDDEN, Family.MISSING
_C, _T, _R, _S = Family.CONFLICT, Family.UNREACHABLE, Family.RESOURCE, Family.CONFIG


@unique
class ErrorCode(StrEnum):
    """Stable names of what can go wrong, sorted by value within a room."""

    family: Family

    def __new__(cls, value: str, family: Family) -> Self:
        """Bind the family to the member; the member itself is the string value."""
        member = str.__new__(cls, value)
        member._value_ = value
        member.family = family
        return member

    # the roof
    BUG = ("app:internal:bug", Family.BUG)
    USAGE = ("app:call:usage", Family.USAGE)
    BATCH_JOURNAL = ("app:batch:journal", _S)
    BATCH_RUNNING = ("app:batch:running", _C)
    BATCH_WORKER = ("app:batch:worker", _R)
    INPUT_EMPTY = ("app:input:empty", _M)
    INPUT_TOO_LARGE = ("app:input:too-large", _M)
    INPUT_UNREADABLE = ("app:input:unreadable", _M)
    INPUT_UNKNOWN_FORMAT = ("app:input:unknown-format", _M)
    OUTPUT_EXISTS = ("app:output:exists", _C)
    DISK_FULL = ("app:disk:full", _R)
    DISK_UNWRITABLE = ("app:disk:unwritable", _R)
    PORT_IN_USE = ("app:port:in-use", _R)
    AUTHORITY_NAME = ("app:authority:name", Family.USAGE)
    HOME_EXISTS = ("app:home:exists", _C)
    HOME_INCOMPLETE = ("app:home:incomplete", _S)
    HOME_MISSING = ("app:home:missing", _S)
    HOME_MODE = ("app:home:mode", _S)
    REMOTE_ANSWER = ("app:remote:answer", _U)
    REMOTE_CREDENTIAL = ("app:remote:credential", _C)
    REMOTE_REFUSED = ("app:remote:refused", _F)
    REMOTE_SIGNATURE = ("app:remote:signature", _U)
    REMOTE_UNREACHABLE = ("app:remote:unreachable", _T)
    SETTINGS_INSECURE = ("app:settings:insecure", _S)
    SETTINGS_MALFORMED = ("app:settings:malformed", _S)
    SETTINGS_UNKNOWN_KEY = ("app:settings:unknown-key", _S)
    # encoding
    BASE64_MALFORMED = ("encoding:base64:malformed", _M)
    DER_DEPTH = ("encoding:der:depth", _M)
    DER_MALFORMED = ("encoding:der:malformed", _M)
    DER_NOT_DER = ("encoding:der:not-der", _M)
    JSON_DEPTH = ("encoding:json:depth", _M)
    JSON_DUPLICATE_KEY = ("encoding:json:duplicate-key", _M)
    JSON_MALFORMED = ("encoding:json:malformed", _M)
    PEM_MALFORMED = ("encoding:pem:malformed", _M)
    # crypto
    ALGORITHM_POLICY = ("crypto:algorithm:policy", _S)
    ALGORITHM_SUNSET = ("crypto:algorithm:sunset", _U)
    ALGORITHM_UNKNOWN = ("crypto:algorithm:unknown", _U)
    ALGORITHM_WEAK = ("crypto:algorithm:weak", _U)
    ALGORITHM_MISMATCH = ("crypto:algorithm:mismatch", _U)
    CIPHERTEXT_AMBIGUOUS = ("crypto:ciphertext:ambiguous", _M)
    CIPHERTEXT_MALFORMED = ("crypto:ciphertext:malformed", _M)
    CIPHERTEXT_POINT = ("crypto:ciphertext:point", _M)
    CIPHERTEXT_TOO_LARGE = ("crypto:ciphertext:too-large", _M)
    DECRYPTION_FAILED = ("crypto:decryption:failed", _U)
    ENCRYPTION_FAILED = ("crypto:encryption:failed", _R)
    ENGINE_MISSING = ("crypto:engine:missing", _S)
    ENGINE_REFUSED = ("crypto:engine:refused", _S)
    ENGINE_SELF_TEST = ("crypto:engine:self-test", _S)
    KEY_MALFORMED = ("crypto:key:malformed", _M)
    KEY_UNSUPPORTED = ("crypto:key:unsupported", _U)
    KEY_WEAK = ("crypto:key:weak", _U)
    MAC_WRONG = ("crypto:mac:wrong", _U)
    SIGNATURE_MALFORMED = ("crypto:signature:malformed", _M)
    SIGNATURE_WRONG = ("crypto:signature:wrong", _U)
    SIGNATURE_WRONG_ID = ("crypto:signature:wrong-id", _U)
    SIGNATURE_WITHOUT_Z = ("crypto:signature:without-z", _U)
    # custody
    AGREEMENT_CONFIRMATION = ("custody:agreement:confirmation", _U)
    AGREEMENT_EXPIRED = ("custody:agreement:expired", _U)
    AGREEMENT_FAILED = ("custody:agreement:failed", _U)
    AGREEMENT_MALFORMED = ("custody:agreement:malformed", _M)
    AGREEMENT_MISMATCH = ("custody:agreement:mismatch", _U)
    AGREEMENT_OVER = ("custody:agreement:over", _N)
    KEY_CONTAINER_MALFORMED = ("custody:container:malformed", _M)
    KEY_CONTAINER_CERTIFICATE = ("custody:container:certificate", _U)
    KEY_CONTAINER_PLAIN = ("custody:container:plain", _F)
    KEY_ENVELOPE_MISMATCH = ("custody:envelope:mismatch", _U)
    KEY_ENVELOPE_PADDING = ("custody:envelope:padding", _U)
    KEY_BUSY = ("custody:key:busy", _C)
    KEY_EXISTS = ("custody:key:exists", _C)
    KEY_FILE_MODE = ("custody:key:file-mode", _S)
    KEY_MISSING = ("custody:key:missing", _N)
    KEY_SET_MALFORMED = ("custody:key-set:malformed", _M)
    KEY_SHARED = ("custody:key:shared", _C)
    MODULE_LIBRARY = ("custody:module:library", _S)
    MODULE_PIN = ("custody:module:pin", _F)
    MODULE_SELF_CHECK = ("custody:module:self-check", _S)
    MODULE_TOKEN = ("custody:module:token", _S)
    MODULE_UNREACHABLE = ("custody:module:unreachable", _T)
    MODULE_URI = ("custody:module:uri", Family.USAGE)
    PASSPHRASE_FILE = ("custody:passphrase:file", _S)
    PASSPHRASE_MISSING = ("custody:passphrase:missing", _S)
    PASSPHRASE_WEAK = ("custody:passphrase:weak", _S)
    PASSPHRASE_WRONG = ("custody:passphrase:wrong", _F)
    SHARE_DUPLICATE = ("custody:share:duplicate", Family.USAGE)
    SHARE_FOREIGN = ("custody:share:foreign", _U)
    SHARE_MALFORMED = ("custody:share:malformed", _M)
    SHARE_WRONG = ("custody:share:wrong", _U)
    SHARES_MISSING = ("custody:share:too-few", _F)
    SIGNING_FAILED = ("custody:signing:failed", _R)
    SITTING_OVER = ("custody:sitting:over", _C)
    # x509
    CERTIFICATE_EXPIRED = ("x509:certificate:expired", _U)
    CERTIFICATE_MALFORMED = ("x509:certificate:malformed", _M)
    CERTIFICATE_NOT_YET_VALID = ("x509:certificate:not-yet-valid", _U)
    CERTIFICATE_PURPOSE = ("x509:certificate:purpose", _U)
    CERTIFICATE_REVOKED = ("x509:certificate:revoked", _U)
    CERTIFICATE_UNKNOWN_CRITICAL = ("x509:certificate:unknown-critical", _U)
    CERTIFICATE_UNPROVED = ("x509:certificate:unproved", _U)
    EVIDENCE_UNPROVED = ("x509:evidence:unproved", _U)
    CRL_EXPIRED = ("x509:crl:expired", _U)
    CRL_MALFORMED = ("x509:crl:malformed", _M)
    CRL_MISSING = ("x509:crl:missing", _T)
    CRL_SCOPE = ("x509:crl:scope", _U)
    OCSP_ANSWER_MISSING = ("x509:ocsp:answer-missing", _U)
    OCSP_EXPIRED = ("x509:ocsp:expired", _U)
    OCSP_ISSUER = ("x509:ocsp:issuer", _U)
    OCSP_MALFORMED = ("x509:ocsp:malformed", _M)
    OCSP_NONCE = ("x509:ocsp:nonce", _U)
    OCSP_NOT_YET = ("x509:ocsp:not-yet", _U)
    OCSP_REFUSED = ("x509:ocsp:refused", _T)
    OCSP_RESPONDER = ("x509:ocsp:responder", _U)
    OCSP_RETENTION = ("x509:ocsp:retention", _U)
    OCSP_UNKNOWN_CRITICAL = ("x509:ocsp:unknown-critical", _U)
    NAME_MALFORMED = ("x509:name:malformed", _M)
    PATH_CA_FLAG = ("x509:path:not-a-ca", _U)
    PATH_LENGTH = ("x509:path:length", _U)
    PATH_LIMIT = ("x509:path:limit", _U)
    PATH_NAME_CONSTRAINTS = ("x509:path:name-constraints", _U)
    PATH_NO_ANCHOR = ("x509:path:no-anchor", _U)
    PATH_POLICY = ("x509:path:policy", _U)
    PATH_SIGNATURE = ("x509:path:signature", _U)
    REQUEST_INVALID = ("x509:request:invalid", _M)
    # cms and timestamp
    CMS_ATTRIBUTES = ("cms:attributes:invalid", _M)
    CMS_CONTENT_MISSING = ("cms:content:missing", _N)
    CMS_CONTENT_TWICE = ("cms:content:twice", _M)
    CMS_DIALECT = ("cms:dialect:refused", _U)
    CMS_DIGEST_MISMATCH = ("cms:digest:mismatch", _U)
    CMS_MALFORMED = ("cms:structure:malformed", _M)
    CMS_NO_CERTIFICATE = ("cms:signer:no-certificate", _U)
    CMS_NO_RECIPIENT = ("cms:recipient:none", _N)
    CMS_NO_SIGNER = ("cms:signer:none", _M)
    CMS_UNSUPPORTED = ("cms:type:unsupported", _U)
    TIMESTAMP_IMPRINT = ("timestamp:imprint:mismatch", _U)
    TIMESTAMP_MALFORMED = ("timestamp:token:malformed", _M)
    TIMESTAMP_PURPOSE = ("timestamp:authority:purpose", _U)
    TIMESTAMP_REFUSED = ("timestamp:response:refused", _T)
    TIMESTAMP_RESPONSE = ("timestamp:response:mismatch", _U)
    TIMESTAMP_CLOCK = ("timestamp:clock:untrusted", _R)
    TIMESTAMP_EXTENSION = ("timestamp:request:extension", _F)
    TIMESTAMP_POLICY = ("timestamp:request:policy", _F)
    TIMESTAMP_UNREACHABLE = ("timestamp:authority:unreachable", _T)
    TIMESTAMP_UNTRUSTED = ("timestamp:authority:untrusted", _U)
    # jose
    JWS_MALFORMED = ("jose:jws:malformed", _M)
    JWK_MALFORMED = ("jose:jwk:malformed", _M)
    # store and audit
    STORE_FOREIGN = ("store:database:foreign", _S)
    STORE_CONFLICT = ("store:row:conflict", _C)
    STORE_MIGRATION = ("store:schema:migration", _S)
    STORE_MISSING_DRIVER = ("store:driver:missing", _S)
    STORE_ROW_MISSING = ("store:row:missing", _N)
    STORE_UNREACHABLE = ("store:database:unreachable", _T)
    AUDIT_PERSONAL_DATA = ("audit:event:personal-data", Family.BUG)
    AUDIT_UNAVAILABLE = ("audit:trail:unavailable", _T)
    # ca
    CA_LINT = ("ca:certificate:lint", _F)
    CA_NOT_COMPARED = ("ca:certificate:differs", Family.BUG)
    CA_PROFILE = ("ca:profile:invalid", _S)
    CA_TOKEN_SPENT = ("ca:prepared:spent", _C)
    CA_SERIAL_MISSING = ("ca:serial:missing", _N)
    CA_SERIAL_REVOKED = ("ca:serial:revoked-already", _C)
    ACME_ACCOUNT = ("acme:account:missing", _N)
    ACME_BINDING = ("acme:account:external-binding", _F)
    ACME_CAA = ("acme:order:caa", _F)
    ACME_CHALLENGE = ("acme:challenge:response", _U)
    ACME_CONNECTION = ("acme:challenge:connection", _T)
    ACME_CONTACT = ("acme:account:contact", _M)
    ACME_CSR = ("acme:request:csr", _M)
    ACME_DNS = ("acme:challenge:dns", _T)
    ACME_IDENTIFIER = ("acme:order:identifier", _F)
    ACME_IDENTIFIER_TYPE = ("acme:order:identifier-type", _F)
    ACME_KEY = ("acme:account:key", _F)
    ACME_LIMIT = ("acme:account:limit", _R)
    ACME_MALFORMED = ("acme:request:malformed", _M)
    ACME_MISSING = ("acme:object:missing", _N)
    ACME_NONCE = ("acme:request:nonce", _F)
    ACME_ORDER_STATE = ("acme:order:state", _C)
    ACME_REASON = ("acme:revocation:reason", _M)
    ACME_UNAUTHORIZED = ("acme:account:unauthorized", _F)
    CA_ACTIVATION = ("ca:activation:refused", _F)
    CA_CLIENT_ALTERED = ("ca:client:altered", _F)
    CA_CLIENT_EXISTS = ("ca:client:exists", _C)
    CA_CLIENT_GRANT = ("ca:client:grant", _F)
    CA_CLIENT_MISSING = ("ca:client:missing", _N)
    CA_CLIENT_REFUSED = ("ca:client:refused", _F)
    CA_CLIENT_ROLE = ("ca:client:role", _F)
    CA_CREDENTIAL_MISSING = ("ca:credential:missing", _N)
    CA_CREDENTIAL_STATE = ("ca:credential:state", _C)
    CA_HASHES = ("ca:hashes:malformed", _M)
    CA_REQUEST_MISSING = ("ca:request:missing", _N)
    CA_REQUEST_REPEATED = ("ca:request:repeated", _C)
    CA_REQUEST_UNDER_WAY = ("ca:request:under-way", _C)
    CA_ENDS_FIRST = ("ca:issuer:ends-first", _C)
    CA_AUTHORITY_EXISTS = ("ca:authority:exists", _C)
    CA_AUTHORITY_MISSING = ("ca:authority:missing", _N)
    CA_CLOCK = ("ca:clock:stepped-back", _R)
    CA_KEY_KNOWN = ("ca:key:known", _F)
    CA_KEY_LIST = ("ca:key:list", _S)
    CA_KEY_REPEATED = ("ca:key:repeated", _F)
    CA_ORDER = ("ca:order:not-allowed", _F)
    CA_STATE = ("ca:certificate:state", _C)
    CA_SUBJECT = ("ca:order:subject", _F)
    CA_VALIDITY = ("ca:order:validity", _F)
    OWN_CERTIFICATE = ("ca:certificate:unfit", _C)
    ESCROW_DESTROYED = ("ca:escrow:destroyed", _C)
    ESCROW_MISSING = ("ca:escrow:missing", _N)
    ESCROW_RETENTION = ("ca:escrow:retention", _F)
    OPERATOR_EXISTS = ("ca:operator:exists", _C)
    OPERATOR_MISSING = ("ca:operator:missing", _N)
    OPERATOR_REVOKED = ("ca:operator:revoked", _F)
    OPERATOR_ROLE = ("ca:operator:role", _F)
    OPERATOR_SECOND = ("ca:operator:second", _F)
    REGISTRATION_APPROVALS = ("ca:registration:approvals", _F)
    REGISTRATION_BUSY = ("ca:registration:busy", _C)
    REGISTRATION_CHANGED = ("ca:registration:changed", _C)
    REGISTRATION_DECIDED = ("ca:registration:decided-already", _C)
    REGISTRATION_EXPIRED = ("ca:registration:expired", _F)
    REGISTRATION_MISSING = ("ca:registration:missing", _N)
    REGISTRATION_OWN = ("ca:registration:own-request", _F)
    REGISTRATION_POLICY = ("ca:registration:policy", _S)
    REGISTRATION_REFUSED = ("ca:registration:refused", _F)
    REGISTRATION_STATE = ("ca:registration:state", _C)
    RESPONSE_MALFORMED = ("ca:response:malformed", _M)
    RESPONSE_MISMATCH = ("ca:response:mismatch", _U)
    STATEMENT_TIME = ("ca:statement:time", _U)
    STATEMENT_WRONG = ("ca:statement:wrong", _U)
    # esign
    GLYPH_MISSING = ("esign:font:glyph-missing", _M)
    FONT_MISSING = ("esign:font:missing", _S)
    HOLDER_CODE = ("esign:holder:code", _M)
    LICENCE_DATA = ("esign:licence:data", _M)
    LICENCE_IDENTIFIER = ("esign:licence:identifier", _M)
    LICENCE_MISSING = ("esign:licence:missing", _N)
    LICENCE_POLICY = ("esign:licence:policy", _S)
    LICENCE_SELF_CHECK = ("esign:licence:self-check", Family.BUG)
    LICENCE_STATE = ("esign:licence:state", _C)
    LICENCE_TYPE = ("esign:licence:type", _N)
    LICENCE_REVOKED = ("esign:licence:revoked", _U)
    OFD_COVERAGE = ("esign:ofd:coverage", _U)
    OFD_COVERED = ("esign:ofd:covered", _U)
    OFD_DIGEST = ("esign:ofd:digest", _U)
    OFD_ENCRYPTED = ("esign:ofd:encrypted", _M)
    OFD_FILE_SET = ("esign:ofd:file-set", _U)
    OFD_LIMIT = ("esign:ofd:limit", _M)
    OFD_MALFORMED = ("esign:ofd:malformed", _M)
    OFD_MISSING = ("esign:ofd:missing", _M)
    OFD_NAME = ("esign:ofd:name", _M)
    OFD_NO_ARCHIVE = ("esign:ofd:no-archive", _M)
    OFD_PATH = ("esign:ofd:path", _M)
    OFD_PROPERTY = ("esign:ofd:property", _U)
    OFD_SEAL_DIFFERS = ("esign:ofd:seal-differs", _U)
    OFD_SIGNATURE_FORM = ("esign:ofd:signature-form", _U)
    OFD_SIGNATURE_LIST = ("esign:ofd:signature-list", _U)
    OFD_SIGNED_BADLY = ("esign:ofd:signed-badly", _U)
    OFD_SIGNER_UNKNOWN = ("esign:ofd:signer-unknown", _U)
    OFD_UNSIGNABLE = ("esign:ofd:unsignable", _M)
    OFD_XML = ("esign:ofd:xml", _M)
    OFD_ZIP = ("esign:ofd:zip", _M)
    PDF_ENCRYPTED = ("esign:pdf:encrypted", _M)
    PDF_LIMIT = ("esign:pdf:limit", _M)
    PDF_MALFORMED = ("esign:pdf:malformed", _M)
    PDF_BYTE_RANGE = ("esign:pdf:byte-range", _U)
    PDF_CHANGED = ("esign:pdf:changed", _U)
    PDF_COVERED = ("esign:pdf:covered", _U)
    PDF_EVIDENCE = ("esign:pdf:evidence", _C)
    PDF_FIELD = ("esign:pdf:field", _N)
    PDF_LOOK_SIZE = ("esign:pdf:look-size", _U)
    PDF_LOOK_TIME = ("esign:pdf:look-time", _U)
    PDF_FORBIDS = ("esign:pdf:forbids", _C)
    PDF_SEED_VALUE = ("esign:pdf:seed-value", _C)
    PAGE_RENDERER = ("esign:pdf:renderer", _M)
    PDF_KEYWORD = ("esign:pdf:keyword", _N)
    PDF_PLACE = ("esign:pdf:place", Family.USAGE)
    PDF_RIDING_EDGE = ("esign:pdf:riding-edge", _C)
    PDF_SIGNATURE_FORM = ("esign:pdf:signature-form", _U)
    PDF_SIGNED_BADLY = ("esign:pdf:signed-badly", _U)
    PDF_UNSIGNABLE = ("esign:pdf:unsignable", _M)
    RENDERING_FAILED = ("esign:rendering:failed", Family.BUG)
    SEAL_DESIGN = ("esign:seal:design", Family.USAGE)
    SEAL_KIND = ("esign:seal:kind", _N)
    SEAL_MALFORMED = ("esign:seal:malformed", _M)
    SEAL_MISSING = ("esign:seal:missing", _N)
    SEAL_NONE_FITS = ("esign:seal:none-fits", _N)
    SEAL_NOT_IN_FORCE = ("esign:seal:not-in-force", _F)
    SEAL_ORDER = ("esign:seal:order", Family.USAGE)
    SEAL_PICTURE = ("esign:seal:picture", _M)
    SEAL_POLICY = ("esign:seal:policy", _S)
    SEAL_SIGNATURE = ("esign:seal:signature", _U)
    SEAL_SIGNER = ("esign:seal:signer", _U)
    SEAL_STATE = ("esign:seal:state", _C)
    SEAL_VALIDITY = ("esign:seal:validity", _U)
    STATUS_LIST_EXPIRED = ("esign:status:expired", _U)
    STATUS_LIST_INDEX = ("esign:status:index", _U)
    STATUS_LIST_ISSUER = ("esign:status:issuer", _U)
    STATUS_LIST_MALFORMED = ("esign:status:malformed", _M)
    # idp
    IDP_CERTIFICATE = ("idp:certificate:refused", _U)
    IDP_CERTIFICATE_STATUS = ("idp:certificate:status", _T)
    IDP_CHALLENGE = ("idp:challenge:answer", _U)
    IDP_CONNECTOR = ("idp:connector:malformed", _S)
    IDP_UPSTREAM_ANSWER = ("idp:upstream:answer", _U)
    IDP_UPSTREAM_DENIED = ("idp:upstream:denied", _F)
    IDP_UPSTREAM_REFUSED = ("idp:upstream:refused", _S)
    IDP_UPSTREAM_UNREACHABLE = ("idp:upstream:unreachable", _T)

    # the OpenID provider
    OP_CLIENT_EXISTS = ("idp:op-client:exists", _C)
    OP_CLIENT_FORM = ("idp:op-client:form", _M)
    OP_CLIENT_MISSING = ("idp:op-client:missing", _N)
    OP_CLIENT_MAY_NOT = ("idp:op-client:may-not", _F)
    OP_CLIENT_REFUSED = ("idp:op-client:refused", _F)
    OP_CONSENT_REQUIRED = ("idp:op-consent:required", _F)
    OP_GRANT_REFUSED = ("idp:op-grant:refused", _U)
    OP_GRANT_REUSED = ("idp:op-grant:reused", _U)
    OP_GRANT_TYPE = ("idp:op-grant:type", _F)
    OP_INTERACTION_REQUIRED = ("idp:op-interaction:required", _F)
    OP_LEVEL_UNMET = ("idp:op-level:unmet", _F)
    OP_LOGIN_REQUIRED = ("idp:op-login:required", _F)
    OP_LOGOUT = ("idp:op-logout:refused", _F)
    OP_POLL_EXPIRED = ("idp:op-poll:expired", _U)
    OP_POLL_PENDING = ("idp:op-poll:pending", _C)
    OP_POLL_SLOWER = ("idp:op-poll:slower", _R)
    OP_PROOF = ("idp:op-proof:refused", _U)
    OP_PROOF_NONCE = ("idp:op-proof:nonce", _U)
    OP_REDIRECT = ("idp:op-redirect:refused", _F)
    OP_REDIRECT_FORM = ("idp:op-redirect:form", _M)
    OP_REGISTRATION_REFUSED = ("idp:op-registration:refused", _F)
    OP_REQUEST_DENIED = ("idp:op-request:denied", _F)
    OP_REQUEST_FORM = ("idp:op-request:form", _M)
    OP_REQUEST_OBJECT = ("idp:op-request:object", _F)
    OP_REQUEST_OVER = ("idp:op-request:over", _C)
    OP_REQUEST_URI = ("idp:op-request:uri", _U)
    OP_RESPONSE_TYPE = ("idp:op-response:type", _F)
    OP_SCOPE = ("idp:op-scope:refused", _F)
    OP_TARGET = ("idp:op-target:refused", _F)
    OP_TOKEN = ("idp:op-token:refused", _U)
    OP_TOKEN_SCOPE = ("idp:op-token:scope", _F)
    OP_USER_CODE = ("idp:op-user-code:unknown", _N)
    # verifier and web
    EVIDENCE_UNREACHABLE = ("verifier:evidence:unreachable", _T)
    EVIDENCE_REFUSED = ("verifier:evidence:refused", _F)
    EVIDENCE_TOO_LARGE = ("verifier:evidence:too-large", _R)
    POLICY_MALFORMED = ("verifier:policy:malformed", _S)
    REQUEST_BUSY = ("web:request:busy", _R)
    REQUEST_MALFORMED = ("web:request:malformed", _M)
    REQUEST_METHOD = ("web:request:method", Family.USAGE)
    REQUEST_MISSING = ("web:request:missing", _N)
    REQUEST_RATE = ("web:request:rate", _R)
    REQUEST_TYPE = ("web:request:media-type", Family.USAGE)
    REQUEST_TIMEOUT = ("web:request:timeout", _R)


def disk_code(error: OSError) -> ErrorCode:
    """Return DISK_FULL where the system says that there is no room left, DISK_UNWRITABLE for any other refusal of it to write."""
    no_room = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
    return ErrorCode.DISK_FULL if error.errno in no_room else ErrorCode.DISK_UNWRITABLE


class TrustError(Exception):
    """A refusal with a code, a sentence for an operator, and facts for a machine.

    Attributes: `code`; `detail` (English, free of secrets and personal data); `facts` (read-only, JSON scalars).
    """

    def __init__(self, code: ErrorCode, detail: str = "", **facts: str | int | bool) -> None:
        super().__init__(code, detail)
        self.code = code
        self.detail = detail
        self.facts: Mapping[str, str | int | bool] = MappingProxyType(dict(facts))

    def __str__(self) -> str:
        """Read like ``encoding:der:malformed: length runs past the end (offset=17)``."""
        facts = ", ".join(f"{k}={v}" for k, v in sorted(self.facts.items()))
        text = f"{self.code.value}: {self.detail}" if self.detail else self.code.value
        return f"{text} ({facts})" if facts else text
