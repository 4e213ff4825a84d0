"""Every target of `make fuzz`, by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tests.fuzz.coverage import (
    capsule_targets,
    certificate_targets,
    connector_targets,
    credential_targets,
    encoding_targets,
    factor_targets,
    identity_targets,
    key_targets,
    message_targets,
    ofd_targets,
    pdf_targets,
    record_targets,
    rendering_targets,
    seal_targets,
    status_targets,
    token_targets,
)

if TYPE_CHECKING:
    from tests.fuzz.coverage.target import Target

_ROOMS = (
    encoding_targets,
    capsule_targets,
    message_targets,
    ofd_targets,
    certificate_targets,
    connector_targets,
    status_targets,
    key_targets,
    seal_targets,
    rendering_targets,
    pdf_targets,
    token_targets,
    credential_targets,
    identity_targets,
    factor_targets,
    connector_targets,
    record_targets,
)


def targets() -> dict[str, Target]:
    """Return the targets in the order they are run."""
    return {target.name: target for room in _ROOMS for target in room.TARGETS}
