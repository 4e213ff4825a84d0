"""Taking a port before a server is started on it, so that a refusal is in our words."""

from __future__ import annotations

import socket

from trustkit.errors import ErrorCode, TrustError


def listening_socket(address: str, port: int) -> socket.socket:
    """Return a socket bound to an address. Raise PORT_IN_USE when it is taken, or not ours to take."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((address, port))
    except OSError as error:
        bound.close()
        raise TrustError(ErrorCode.PORT_IN_USE, error.strerror or "cannot listen", port=port) from error
    return bound
