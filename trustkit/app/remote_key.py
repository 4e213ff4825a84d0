"""A key that stays with a remote signing service: its certificate is asked for, and hashes are sent, nothing else.

    key = RemoteOrder(url="https://sign.example.cn", credential="seal").open(secret, SystemClock())
    key.signer().sign(octets)            # authorize, signHash, then verified here under the certificate

Each signature is authorized for its hash (CSC API v2, 11.6) and verified before anybody uses it: a service that signs with another
key, or something else, is found out here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from trustkit.app.remote_service import open_service
from trustkit.crypto.digest import digest, digest_oid
from trustkit.crypto.public_key import RSA_ENCRYPTION, KeyKind
from trustkit.crypto.sm2 import DEFAULT_SIGNER_ID, message_digest
from trustkit.crypto.suites import SignatureSuite
from trustkit.crypto.verify import verify_signature
from trustkit.encoding.text64 import decode_base64, encode_base64
from trustkit.errors import ErrorCode, TrustError
from trustkit.x509.certificate import parse_certificate
from trustkit.x509.purpose import Purpose, require_purpose

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import datetime

    from trustkit.app.remote_service import RemoteService
    from trustkit.clock import Clock
    from trustkit.crypto.public_key import PublicKey
    from trustkit.custody.passphrase import Passphrase
    from trustkit.encoding.canonical_json import JsonValue
    from trustkit.x509.certificate import Certificate

MAX_CHAIN: Final = 16
MAX_IDENTIFIER: Final = 512  # characters of a credential's identifier
MAX_SAD: Final = 8 * 1024  # characters of what authorizes a signature: some services send a signed token
_MOST_AT_ONCE: Final = 100  # hashes sent in one call, whatever the service says it takes
_UNUSABLE: Final = frozenset({"expired", "revoked", "suspended"})  # `cert/status`
# In the order they are chosen: what every reader of a PDF accepts first, as with keys of one's own.
_PREFERRED: Final = (
    SignatureSuite.SM2_SM3,
    SignatureSuite.ECDSA_P256_SHA256,
    SignatureSuite.ECDSA_P384_SHA384,
    SignatureSuite.RSA_PKCS1_SHA256,
    SignatureSuite.RSA_PSS_SHA256,
    *(suite for suite in SignatureSuite if suite.takes_digest),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteOrder:
    """Which key of which service signs. `authorities` is a file of the CA certificates its TLS is judged by, None for the system's."""

    url: str
    credential: str
    authorities: Path | None = None

    def open(self, secret: Passphrase, clock: Clock, *, tls_only: bool = False) -> RemoteKey:
        """Return the key as the service tells of it; with `tls_only` the secret goes to no address without TLS.

        Raises:
            TrustError: USAGE, SETTINGS_INSECURE, REMOTE_*; CERTIFICATE_* and KEY_* for a certificate that is none; CERTIFICATE_PURPOSE for one that is
                not for documents.
        """
        service = open_service(self.url, secret, self.authorities, clock, tls_only=tls_only)
        return open_remote_key(service, self.credential)

    def to_json(self) -> dict[str, object]:
        """Return what `from_json` reads again; the secret is not in it."""
        authorities = None if self.authorities is None else str(self.authorities)
        return {"url": self.url, "credential": self.credential, "authorities": authorities}

    @classmethod
    def from_json(cls, value: Mapping[str, object]) -> RemoteOrder:
        """Return what `to_json` wrote."""
        authorities = value["authorities"]
        return cls(
            url=str(value["url"]),
            credential=str(value["credential"]),
            authorities=None if authorities is None else Path(str(authorities)),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteSigner:
    """A `BatchSigner` over a key of a remote service."""

    service: RemoteService
    credential: str
    suite: SignatureSuite
    algorithm: str  # OID as the service lists it
    public_key: PublicKey
    most: int

    def sign(self, message: bytes, /) -> bytes:
        """See `Signer.sign`. Raise REMOTE_* besides."""
        return self.sign_batch((message,))[0]

    def sign_batch(self, messages: Sequence[bytes], /) -> tuple[bytes, ...]:
        """See `BatchSigner.sign_batch`: an authorization for as many as the service takes at once. Raise REMOTE_* besides."""
        starts = range(0, len(messages), self.most)
        return tuple(each for start in starts for each in self._signed(messages[start : start + self.most]))

    def _signed(self, messages: Sequence[bytes]) -> Iterator[bytes]:
        hashes: list[JsonValue] = [encode_base64(self._hash(each)) for each in messages]
        hashed: dict[str, JsonValue] = {
            "credentialID": self.credential,
            "hashes": hashes,
            "hashAlgorithmOID": digest_oid(self.suite.digest),
        }
        sad = self.service.call("credentials/authorize", numSignatures=len(hashes), **hashed).get("SAD")
        if not isinstance(sad, str) or not 0 < len(sad) <= MAX_SAD:
            raise _no_answer("SAD")
        answer = self.service.call("signatures/signHash", SAD=sad, **hashed, **self._algorithm())
        signatures = answer.get("signatures")
        if not isinstance(signatures, list) or len(signatures) != len(messages):
            raise _no_answer("signatures")
        for message, coded in zip(messages, signatures, strict=True):
            yield self._verified(message, coded)

    def _verified(self, message: bytes, coded: JsonValue) -> bytes:
        """Return the signature, which holds. Raise REMOTE_SIGNATURE."""
        try:
            signature = decode_base64(coded) if isinstance(coded, str) else b""
            verify_signature(suite=self.suite, key=self.public_key, message=message, signature=signature)
        except TrustError as error:
            raise TrustError(ErrorCode.REMOTE_SIGNATURE, error.code.value) from error
        return signature

    def _hash(self, message: bytes) -> bytes:
        """Return what is signed in place of the message; of SM2 e = SM3(Z ‖ M), Z of the certificate's key."""
        if self.suite.key_kind is KeyKind.SM2:
            return message_digest(self.public_key.sm2_point, DEFAULT_SIGNER_ID, message)
        return digest(self.suite.digest, message)

    def _algorithm(self) -> dict[str, JsonValue]:
        asked: dict[str, JsonValue] = {"signAlgo": self.algorithm}
        parameters = self.suite.parameters_der()
        if parameters is not None:
            asked["signAlgoParams"] = encode_base64(parameters)
        return asked


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteKey:
    """A key of a remote service with its certificate, and those above it."""

    remote: RemoteSigner = field(repr=False)
    certificate: Certificate
    chain: tuple[Certificate, ...]

    def signer(self) -> RemoteSigner:
        """Return what signs."""
        return self.remote


def open_remote_key(service: RemoteService, credential: str) -> RemoteKey:
    """Return the key of a credential. Raise as `RemoteOrder.open`."""
    if not 0 < len(credential) <= MAX_IDENTIFIER or not credential.isprintable():
        raise TrustError(ErrorCode.USAGE, "--credential takes the name of a credential of the service")
    told = service.call("credentials/info", credentialID=credential, certificates="chain", authInfo=True)
    key, certified = _part(told, "key"), _part(told, "cert")
    _require_usable(key.get("status"), certified.get("status"))
    _require_authorized_by_secret(_part(told, "auth"))
    certificate, *chain = _certificates(certified.get("certificates"))
    _require_in_time(certificate, service.clock.now())
    require_purpose(certificate, Purpose.DOCUMENT_SIGNING)
    suite, algorithm = _suite(certificate.public_key, key.get("algo"))
    most = told.get("multisign")
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        raise _no_answer("multisign")
    signer = RemoteSigner(
        service=service,
        credential=credential,
        suite=suite,
        algorithm=algorithm,
        public_key=certificate.public_key,
        most=min(most, _MOST_AT_ONCE),
    )
    return RemoteKey(remote=signer, certificate=certificate, chain=tuple(chain))


def _require_usable(key: JsonValue, certificate: JsonValue) -> None:
    """Raise unless key and certificate are what signs; the certificate's state may be untold (CSC API v2, 11.5: optional)."""
    if certificate in _UNUSABLE:
        raise TrustError(ErrorCode.REMOTE_CREDENTIAL, f"the service says its certificate is {certificate}")
    if certificate not in {None, "valid"}:
        raise _no_answer("cert/status")
    if key != "enabled":
        raise TrustError(ErrorCode.REMOTE_CREDENTIAL, "the service has disabled its key")


def _require_authorized_by_secret(auth: Mapping[str, JsonValue]) -> None:
    """Raise unless the secret alone authorizes a signature: nobody stands here to be asked for more."""
    mode, objects = auth.get("mode"), auth.get("objects")
    if mode == "oauth2code":
        raise TrustError(ErrorCode.REMOTE_CREDENTIAL, "auth/mode is oauth2code: its owner consents in a browser")
    if mode == "implicit":
        raise TrustError(
            ErrorCode.REMOTE_CREDENTIAL, "auth/mode is implicit: the service asks its owner some way of its own"
        )
    if mode != "explicit":
        raise _no_answer("auth/mode")
    if objects:
        raise TrustError(
            ErrorCode.REMOTE_CREDENTIAL, "auth/mode is explicit with auth/objects: a PIN or a password each time"
        )


def _require_in_time(certificate: Certificate, now: datetime) -> None:
    """Raise unless the certificate serves now, whatever the service says of it."""
    if not certificate.not_before <= now <= certificate.not_after:
        told = "expired" if now > certificate.not_after else "not valid yet"
        raise TrustError(ErrorCode.REMOTE_CREDENTIAL, f"its certificate is {told}")


def _certificates(coded: JsonValue) -> tuple[Certificate, ...]:
    if not isinstance(coded, list) or not 1 <= len(coded) <= MAX_CHAIN:
        raise _no_answer("certificates")
    try:
        return tuple(parse_certificate(decode_base64(str(each))) for each in coded)
    except TrustError as error:
        raise TrustError(ErrorCode.REMOTE_ANSWER, f"a certificate: {error.code.value}") from error


def _suite(key: PublicKey, algorithms: JsonValue) -> tuple[SignatureSuite, str]:
    """Return the suite to sign by, and the OID the service has it under."""
    listed = algorithms if isinstance(algorithms, list) else []
    for suite in _PREFERRED:
        if suite.key_kind is key.kind and suite.oid in listed:
            return suite, suite.oid
    if key.kind is KeyKind.RSA and RSA_ENCRYPTION in listed:
        return SignatureSuite.RSA_PKCS1_SHA256, RSA_ENCRYPTION
    raise TrustError(ErrorCode.REMOTE_ANSWER, "none of its algorithms is known here for its key", key=key.kind.value)


def _part(told: dict[str, JsonValue], name: str) -> dict[str, JsonValue]:
    value = told.get(name)
    if not isinstance(value, dict):
        raise _no_answer(name)
    return value


def _no_answer(name: str) -> TrustError:
    return TrustError(ErrorCode.REMOTE_ANSWER, f"{name} is missing or of another form")
