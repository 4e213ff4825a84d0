"""``trustkit licence credential-setup``: what a home needs to issue credentials of a suite, made once and again when it has ended.

Under the issuing CA where that has a key of the suite's kind. Else a root and an authority of that kind are made for it, so that
nothing in a chain is of the other family, and the home comes to trust that root by a file in its ``trust`` folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from trustkit.app.credential_keys import key_file, suite_certificates
from trustkit.app.files import write_output
from trustkit.app.hierarchy import CA_KEY_KINDS, Hierarchy
from trustkit.app.home import TRUST
from trustkit.app.keys import KeyName
from trustkit.app.own_certificates import issue_own_certificate
from trustkit.app.rows import CertificateLine
from trustkit.credential_codes import CredentialCode
from trustkit.errors import TrustError

if TYPE_CHECKING:
    from esign.credential.suites import CredentialSuite
    from trustkit.app.authority import Authority
    from trustkit.app.keys import Keys
    from trustkit.x509.certificate import Certificate

_ISSUING: Final = "issuing"
_TITLES: Final = {KeyName.CREDENTIAL: " 凭证", KeyName.CREDENTIAL_STATUS: " 凭证状态"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SetupPlan:
    """What `CredentialSetup.make` will make: authorities that are not there yet, and two certificates."""

    suite: CredentialSuite
    authority: str
    root: str | None

    def rows(self) -> tuple[tuple[str, str], ...]:
        """Return what a person is shown before it is made."""
        return (
            ("suite", self.suite.value),
            ("under", self.authority if self.root is None else f"{self.authority}, under the root {self.root}"),
            ("certificates", f"{KeyName.CREDENTIAL.value}, {KeyName.CREDENTIAL_STATUS.value}"),
            ("keys", f"{self.suite.key_kind.value}, made anew"),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSetup:
    """Makes what credentials are signed with, in one home."""

    home: Authority

    def plan(self, suite: CredentialSuite, *, renew: bool = False) -> SetupPlan | None:
        """Return what is to be made, None when everything is there and good and nothing is to be renewed."""
        if not renew and self._is_fit(suite):
            return None
        own = self.home.authorities.certificate(_ISSUING).public_key.kind is suite.key_kind
        name = f"credential-{suite.value}"
        return SetupPlan(suite=suite, authority=_ISSUING if own else name, root=None if own else f"{name}-root")

    def make(self, plan: SetupPlan, keys: Keys) -> tuple[CertificateLine, ...]:
        """Make what was planned and sign the suite's status lists with the new key; what a crash left is gone on with.

        Raises:
            TrustError: PASSPHRASE_WRONG, KEY_*, CA_LINT, CA_ENDS_FIRST and what issuing raises; DISK_*.
        """
        if plan.root is not None:
            root = self._authority(plan.root, None, "root", plan.suite, keys)
            self._authority(plan.authority, plan.root, "subordinate-ca", plan.suite, keys)
            folder = self.home.settings.home / TRUST
            folder.mkdir(exist_ok=True)
            write_output(folder / f"{plan.root}.cer", root.der, replace=True)
        issuer = self.home.authorities.in_force(plan.authority, self.home.clock.now())
        made = []
        for name, title in _TITLES.items():
            certificate = issue_own_certificate(
                self.home,
                keys,
                plan.authority,
                issuer,
                name,
                file=key_file(name, plan.suite),
                title=self.home.settings.authority.name + title,
            )
            made.append(CertificateLine.of_certificate(name.value, certificate))
        self.home.publish_status_lists(keys)
        return tuple(made)

    def _authority(
        self, name: str, parent: str | None, profile: str, suite: CredentialSuite, keys: Keys
    ) -> Certificate:
        found = self.home.authorities.find(name)
        if found is not None:
            return found
        hierarchy, whose = Hierarchy(home=self.home), self.home.settings.authority
        kind = next(word for word, kind in CA_KEY_KINDS.items() if kind is suite.key_kind)
        level = " 凭证根CA" if parent is None else " 凭证签发CA"
        subject = {"O": whose.name, "OU": whose.uscc, "CN": f"{whose.name}{level} ({suite.value})"}
        return hierarchy.create(hierarchy.plan(name, parent=parent, profile=profile, kind=kind, subject=subject), keys)

    def _is_fit(self, suite: CredentialSuite) -> bool:
        try:
            suite_certificates(self.home, suite)
        except TrustError as error:
            if error.code is CredentialCode.CREDENTIAL_KEYS:
                return False
            raise
        return True
