"""Every command, and whom it asks where ``[idp] officials_sign_in`` is on: one table, so that none can be forgotten.

A command that stands under an act asks before it does anything else (`trustkit.app.cli.asking`); one under `Late` asks by itself, once it
is known what will be done and that it can be, for a sign-in that serves once is not to be used up by a mistake. A command that is not
here does not run.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum, unique
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, TypeAlias

from trustkit.app.official_acts import AdministratorAct, OfficialAct

if TYPE_CHECKING:
    from collections.abc import Mapping

    from trustkit.app.official_acts import Act


@unique
class Free(StrEnum):
    """Why a command asks nobody."""

    BEGINS = "there is nobody yet who could sign in"
    LOOKS = "it changes nothing and opens no key"
    OWN_KEY = "who acts shows a key of his own, or keeps one"
    NO_HOME = "it needs no home, or nothing secret of one"
    SERVES = "a service: whoever runs the machine starts it, and it answers for itself"
    SIGNS_IN = "it is the asking itself"


@dataclass(frozen=True, slots=True)
class Late:
    """Asked for by the command itself, one of them or none."""

    acts: tuple[Act, ...]


Door: TypeAlias = "Act | Late | Free"

_TOP: Final[Mapping[str, Door]] = {
    "init": Free.BEGINS,
    "doctor": Free.LOOKS,
    "verify": Free.LOOKS,
    "inspect": Free.LOOKS,
    "render": Free.LOOKS,
    "sign": Late((OfficialAct.SIGNATURE, OfficialAct.BATCH)),
    "renew": Late((OfficialAct.ARCHIVE,)),
    "timestamp": Late((OfficialAct.TIME_STAMP,)),
    "encrypt": Free.NO_HOME,
    "decrypt": Free.OWN_KEY,
    "bag": Free.NO_HOME,
    "serve": Free.SERVES,
    "mcp": Free.SERVES,
    "login": Free.SIGNS_IN,
    "logout": Free.SIGNS_IN,
    "whoami": Free.SIGNS_IN,
    "audit list": AdministratorAct.TRAIL,
    "audit verify": AdministratorAct.TRAIL,
    "audit export": AdministratorAct.TRAIL,
    "audit review": AdministratorAct.TRAIL,
    "audit sign-off": AdministratorAct.REVIEW,
}
_ESIGN: Final[Mapping[str, Door]] = {
    "licence issue": Late((OfficialAct.LICENCE,)),
    "licence issue-many": Late((OfficialAct.LICENCES,)),
    "licence change": Late((OfficialAct.LICENCE,)),
    "licence check": Late((OfficialAct.LICENCE,)),
    "licence suspend": Late((OfficialAct.REVOCATION,)),
    "licence resume": Late((OfficialAct.REVOCATION,)),
    "licence revoke": Late((OfficialAct.REVOCATION,)),
    "licence cancel": Late((OfficialAct.REVOCATION,)),
    "licence lose": Late((OfficialAct.REVOCATION,)),
    "licence proposals": Free.LOOKS,
    "licence approve": Late((OfficialAct.LICENCE, OfficialAct.REVOCATION)),
    "licence refuse": Late((OfficialAct.LICENCE, OfficialAct.LICENCES, OfficialAct.REVOCATION)),
    "licence withdraw": Late((OfficialAct.LICENCE, OfficialAct.LICENCES, OfficialAct.REVOCATION)),
    "licence code": Late((OfficialAct.LICENCE,)),
    "licence list": Free.LOOKS,
    "licence show": Free.LOOKS,
    "licence history": Free.LOOKS,
    "licence types": Free.LOOKS,
    "licence type": Free.LOOKS,
    "licence adopt-types": Late((AdministratorAct.UPKEEP,)),
    "licence credential-type": Free.LOOKS,
    "licence authorise": Late((OfficialAct.LICENCE,)),
    "licence authorisations": Free.LOOKS,
    "licence authorise-withdraw": Late((OfficialAct.REVOCATION,)),
    "licence copy": Late((OfficialAct.LICENCE,)),
    "licence copies": Free.LOOKS,
    "licence copy-show": Free.LOOKS,
    "licence copy-export": Free.LOOKS,
    "licence copy-revoke": Late((OfficialAct.REVOCATION,)),
    "licence credential": Late((OfficialAct.LICENCE,)),
    "licence credentials": Free.LOOKS,
    "licence credential-setup": Late((AdministratorAct.KEYS,)),
    "licence credential-suspend": Late((OfficialAct.REVOCATION,)),
    "licence credential-resume": Late((OfficialAct.REVOCATION,)),
    "licence credential-revoke": Late((OfficialAct.REVOCATION,)),
    "licence offer": Late((OfficialAct.LICENCE,)),
    "licence offers": Free.LOOKS,
    "licence offer-link": Free.LOOKS,
    "licence offer-revoke": Late((OfficialAct.REVOCATION,)),
    "licence credential-serve": Free.SERVES,
    "licence export": Free.LOOKS,
    "licence recover": AdministratorAct.UPKEEP,
    "seal apply": OfficialAct.REGISTRATION,
    "seal approve": Late((OfficialAct.REGISTRATION, OfficialAct.REVOCATION)),
    "seal refuse": OfficialAct.REGISTRATION,
    "seal make": Late((OfficialAct.SEAL,)),
    "seal list": Free.LOOKS,
    "seal show": Free.LOOKS,
    "seal suspend": OfficialAct.REVOCATION,
    "seal resume": OfficialAct.REVOCATION,
    "seal lost": OfficialAct.REVOCATION,
    "seal revoke": OfficialAct.REVOCATION,
    "share serve": Free.SERVES,
    "share webhook list": Free.LOOKS,
    "share webhook show": Free.LOOKS,
    "share webhook suspend": AdministratorAct.CLIENTS,
    "share webhook resume": AdministratorAct.CLIENTS,
    "share webhook remove": AdministratorAct.CLIENTS,
    "share webhook redeliver": AdministratorAct.CLIENTS,
    "share webhook test": AdministratorAct.KEYS,
    "share webhook rotate-keys": AdministratorAct.KEYS,
    "share holder-setup": AdministratorAct.CLIENTS,
    "share holder-serve": Free.SERVES,
    "trust-list make": Late((OfficialAct.SIGNATURE,)),
    "trust-list add": AdministratorAct.UPKEEP,
    "trust-list fetch": AdministratorAct.UPKEEP,
    "trust-list show": Free.LOOKS,
    "trust-list publish": AdministratorAct.PUBLICATION,
    "trust-list withdraw": AdministratorAct.PUBLICATION,
}
_AUTHORITY: Final[Mapping[str, Door]] = {
    "ca create": Late((AdministratorAct.KEYS,)),
    "ca cross-certify": Late((AdministratorAct.KEYS,)),
    "ca tree": Free.LOOKS,
    "ca issue": Late((OfficialAct.CERTIFICATE,)),
    "ca issue-batch": Late((OfficialAct.CERTIFICATES,)),
    "ca profiles": Free.LOOKS,
    "ca show": Free.LOOKS,
    "ca suspend": Late((OfficialAct.REVOCATION,)),
    "ca resume": Late((OfficialAct.REVOCATION,)),
    "ca serve": Free.SERVES,
    "ca list": Free.LOOKS,
    "ca export": Free.LOOKS,
    "ca revoke": Late((OfficialAct.REVOCATION,)),
    "ca renew": Late((AdministratorAct.KEYS,)),
    "ca publish": AdministratorAct.PUBLICATION,
    "ca accept-clock": AdministratorAct.UPKEEP,
    "ca acme external add": AdministratorAct.CLIENTS,
    "ca acme external list": Free.LOOKS,
    "ca acme external revoke": AdministratorAct.CLIENT_REVOCATION,
    "ca client add": AdministratorAct.CLIENTS,
    "ca client grant": AdministratorAct.CLIENTS,
    "ca client list": Free.LOOKS,
    "ca client revoke": AdministratorAct.CLIENT_REVOCATION,
}
_REGISTRATION: Final[Mapping[str, Door]] = {
    "ca operator add": AdministratorAct.OPERATORS,
    "ca operator list": Free.LOOKS,
    "ca operator revoke": AdministratorAct.OPERATORS,
    "ca request submit": OfficialAct.REGISTRATION,
    "ca request revoke": OfficialAct.REVOCATION,
    "ca request list": Free.LOOKS,
    "ca request show": Free.LOOKS,
    "ca request approve": Late((OfficialAct.REGISTRATION, OfficialAct.REVOCATION)),
    "ca request reject": OfficialAct.REGISTRATION,
    "ca request withdraw": OfficialAct.REGISTRATION,
    "ca request carry-out": Late(
        (OfficialAct.CERTIFICATE, OfficialAct.SEAL, OfficialAct.REVOCATION, OfficialAct.RECOVERY)
    ),
    "ca request response": Free.LOOKS,
    "ca ceremony split": AdministratorAct.KEYS,
    "ca ceremony recovery-key": AdministratorAct.KEYS,
    "ca ceremony reshare": AdministratorAct.KEYS,
    "ca ceremony list": Free.LOOKS,
    "ca ceremony begin": AdministratorAct.KEYS,
    "ca ceremony contribute": Free.OWN_KEY,
    "ca ceremony rehearse": AdministratorAct.KEYS,
    "ca ceremony end": AdministratorAct.UPKEEP,
    "ca recover request": OfficialAct.REGISTRATION,
    "ca recover destroy": OfficialAct.REGISTRATION,
    "ca recover open": Late((OfficialAct.RECOVERY,)),
    "ca recover result": OfficialAct.REGISTRATION,
    "ca recover list": Free.OWN_KEY,
    "ca holder request": Free.OWN_KEY,
    "ca holder install-response": Free.OWN_KEY,
    "ca holder open-envelope": Free.OWN_KEY,
    "ca statement decision": Free.OWN_KEY,
    "ca statement enrolment": Free.OWN_KEY,
    "ca statement removal": Free.OWN_KEY,
    "ca statement second": Free.OWN_KEY,
}
_KEYS: Final[Mapping[str, Door]] = {
    "key make": Late((AdministratorAct.KEYS,)),
    "key show": Free.NO_HOME,
    "key convert": Free.NO_HOME,
    "key request": Free.OWN_KEY,
    "key wrap": Free.NO_HOME,
    "key unwrap": Free.OWN_KEY,
    "key encrypt": Free.NO_HOME,
    "key decrypt": Free.OWN_KEY,
    "key agree offer": Free.OWN_KEY,
    "key agree answer": Free.OWN_KEY,
    "key agree finish": Free.OWN_KEY,
    "key agree confirm": Free.OWN_KEY,
    "module keys": Free.NO_HOME,
    "module make-key": Free.NO_HOME,
}
_IDENTITY: Final[Mapping[str, Door]] = {
    "idp init": Free.BEGINS,
    "idp serve": Free.SERVES,
    "idp keycloak-setup": AdministratorAct.CONNECTORS,
    "idp user add": AdministratorAct.PEOPLE,
    "idp user password": AdministratorAct.FACTORS,
    "idp user list": Free.LOOKS,
    "idp user sessions": Free.LOOKS,
    "idp user lock": AdministratorAct.LOCKS,
    "idp user unlock": AdministratorAct.LOCKS,
    "idp user identify": AdministratorAct.PEOPLE,
    "idp factor list": Free.LOOKS,
    "idp factor remove": AdministratorAct.FACTORS,
    "idp factor release": AdministratorAct.LOCKS,
    "idp factor enrol-totp": AdministratorAct.FACTORS,
    "idp link list": Free.LOOKS,
    "idp link remove": AdministratorAct.FACTORS,
    "idp client add": AdministratorAct.CLIENTS,
    "idp client change": AdministratorAct.CLIENTS,
    "idp client secret": AdministratorAct.CLIENTS,
    "idp client list": Free.LOOKS,
    "idp client show": Free.LOOKS,
    "idp client revoke": AdministratorAct.CLIENT_REVOCATION,
    "idp client invite": AdministratorAct.CLIENTS,
    "idp keys list": Free.LOOKS,
    "idp keys rotate": AdministratorAct.KEYS,
    "idp ladder list": Free.LOOKS,
    "idp ladder explain": Free.LOOKS,
    "idp mandate add": AdministratorAct.MANDATES,
    "idp mandate list": Free.LOOKS,
    "idp mandate end": AdministratorAct.MANDATES,
    "idp role assign": AdministratorAct.OFFICES,
    "idp role remove": AdministratorAct.OFFICES,
    "idp role list": Free.LOOKS,
    "idp connector list": Free.LOOKS,
    "idp connector secret": AdministratorAct.CONNECTORS,
    "idp connector check": AdministratorAct.CONNECTORS,
    "idp connector simulated": AdministratorAct.CONNECTORS,
}
DOORS: Final[Mapping[str, Door]] = MappingProxyType(
    {**_TOP, **_ESIGN, **_AUTHORITY, **_REGISTRATION, **_KEYS, **_IDENTITY}
)
