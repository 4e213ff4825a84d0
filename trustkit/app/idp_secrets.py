"""Where the identity service's secret lies: in the home's keys, under the home's passphrase, made once and never replaced.

A home that lost the file has lost every link and enrolled factor with it: they were digests and sealed texts under this secret. It is
backed up with the keys.
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Final

from idp.home_secrets import MATERIAL_SIZE, HomeSecrets
from trustkit.app.home import INSTANCE, KEYS
from trustkit.audit import trail
from trustkit.audit.events import AuditEvent, EventType
from trustkit.crypto.contexts import Context
from trustkit.custody.key_files import read_private_file, require_private_folder, write_new_private_file
from trustkit.custody.passphrase_box import encode_box, read_box
from trustkit.custody.pbes2 import DEFAULT_ITERATIONS
from trustkit.encoding.pem import encode_pem, parse_pem
from trustkit.errors import ErrorCode, TrustError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from trustkit.clock import Clock
    from trustkit.custody.passphrase import Passphrase
    from trustkit.identity import Principal
    from trustkit.store.database import Database

LABEL: Final = "TRUSTKIT IDENTITY SECRET"
SECRET_FILE: Final = "identity.secret.pem"  # noqa: S105 - the name of a file
_MAX_FILE: Final = 32 * 1024
_WHAT: Final = "the identity service's secret"


def has_identity_secret(home: Path) -> bool:
    """Tell whether a home has the secret: whether ``trustkit idp init`` was run."""
    return (home / KEYS / SECRET_FILE).exists()


def make_identity_secret(
    home: Path,
    passphrase: Passphrase,
    *,
    database: Database,
    clock: Clock,
    operator: Principal,
    random: Callable[[int], bytes] = secrets.token_bytes,
    iterations: int = DEFAULT_ITERATIONS,
) -> None:
    """Make the secret, durable on return, and tell the trail.

    Raises:
        TrustError: KEY_EXISTS when there is one, PASSPHRASE_WEAK, KEY_FILE_MODE, DISK_FULL, DISK_UNWRITABLE; HOME_INCOMPLETE.
    """
    folder = home / KEYS
    require_private_folder(folder, create=False)
    box = encode_box(
        _instance(home), random(MATERIAL_SIZE), passphrase, context=Context.IDENTITY_ROOT, iterations=iterations
    )
    write_new_private_file(folder / SECRET_FILE, encode_pem(LABEL, box))
    event = AuditEvent(
        type=EventType.KEY_CREATED,
        at=clock.now(),
        actor=operator,
        object_type="key",
        object_id="identity-secret",
        facts={"key_kind": "secret"},
    )
    with database.unit_of_work() as uow:
        trail.record(uow, event)


def open_identity_secret(home: Path, passphrase: Passphrase) -> HomeSecrets:
    """Return what the secret makes.

    Raises:
        TrustError: KEY_MISSING (``trustkit idp init`` was not run), KEY_FILE_MODE, KEY_CONTAINER_MALFORMED, PASSPHRASE_WRONG (also
            for the file of another home), ALGORITHM_*.
    """
    text = read_private_file(home / KEYS / SECRET_FILE, limit=_MAX_FILE)
    try:
        (block,) = parse_pem(text)
    except (TrustError, ValueError) as error:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, f"not {_WHAT}", file=SECRET_FILE) from error
    if block.label != LABEL:
        raise TrustError(ErrorCode.KEY_CONTAINER_MALFORMED, f"not {_WHAT}", file=SECRET_FILE)
    box = read_box(block.der, what=_WHAT)
    material = box.open(passphrase, context=Context.IDENTITY_ROOT)
    if box.text != _instance(home):
        raise TrustError(ErrorCode.PASSPHRASE_WRONG, "the secret is another home's", file=SECRET_FILE)
    return HomeSecrets(material)


def _instance(home: Path) -> str:
    try:
        return (home / INSTANCE).read_text("ascii").strip()
    except (OSError, ValueError) as error:
        raise TrustError(ErrorCode.HOME_INCOMPLETE, f"{INSTANCE} cannot be read", part=INSTANCE) from error
