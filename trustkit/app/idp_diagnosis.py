"""What ``trustkit doctor`` tells of the identity service: where it is reached, and what its settings offer clients and for how long."""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.op.discovery import offered_methods
from trustkit.app.finding import Finding

if TYPE_CHECKING:
    from collections.abc import Iterator

    from trustkit.app.idp_settings import IdpSettings


def sign_on(idp: IdpSettings) -> Iterator[Finding]:
    """Tell what is in force of ``[idp]``."""
    yield Finding(what="sign-on", found=idp.url())
    source = idp.certificate_source(tls=idp.tls)
    methods = ", ".join(each.value for each in offered_methods(source))
    yield Finding(what="sign-on clients prove themselves by", found=methods)
    where = f", asked for at {idp.tls_base_url}" if idp.tls_base_url else ""
    yield Finding(what="sign-on client certificates", found=f"{source.value}{where}")
    registration = "with `trustkit idp client invite`" if idp.client_registration else "off"
    yield Finding(what="sign-on clients register themselves", found=registration)
    yield Finding(what="sign-on DPoP nonces", found="on" if idp.dpop_nonce else "off")
    times = (
        f"access token {idp.access_minutes} min, code {idp.code_seconds} s, refresh token {idp.refresh_hours} h unused,"
        f" grant {idp.grant_hours} h, offline {idp.offline_days} d, session {idp.session_idle_minutes} min idle and"
        f" {idp.session_hours} h"
    )
    yield Finding(what="sign-on times", found=times)
    rates = (
        f"client {idp.client_per_minute}, address {idp.login_per_minute} logins and {idp.failures_per_minute} failures"
    )
    yield Finding(what="sign-on limits a minute", found=rates)
