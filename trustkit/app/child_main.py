"""What programs do that read what strangers wrote in a process of their own: take requests and answer them, within bounds.

A request is a line of JSON and the octets it announces; so is an answer (`trustkit.app.child_process`). Such a program opens no
socket, may write no file, and has so much memory and no more.
"""

from __future__ import annotations

import json
import resource
import sys
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable

MAX_MEMORY: Final = 3 * 1024**3  # of address space, the program and its libraries included


def serve_requests(answer: Callable[[dict[str, Any], bytes], tuple[dict[str, object], bytes]]) -> None:
    """Answer requests until standard input ends; what an answer fails with is told, and the next request taken.

    The command line may hold less memory in octets, and seconds of the processor after which the program is ended.
    """
    memory, *seconds = map(int, sys.argv[1:3]) if sys.argv[1:] else (MAX_MEMORY,)
    resource.setrlimit(resource.RLIMIT_AS, (min(memory, MAX_MEMORY),) * 2)
    for each in seconds:
        resource.setrlimit(resource.RLIMIT_CPU, (each, each + 1))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    incoming, outgoing = sys.stdin.buffer, sys.stdout.buffer
    for line in incoming:
        request = json.loads(line)
        data = incoming.read(request.get("octets", 0))
        try:
            told, octets = answer(request, data)
        except (RuntimeError, ValueError, IndexError, MemoryError, OSError) as error:  # PdfiumError is a RuntimeError
            told, octets = {"error": f"{type(error).__name__}: {str(error)[:120]}"}, b""
        outgoing.write(json.dumps({**told, "octets": len(octets)}).encode("ascii") + b"\n" + octets)
        outgoing.flush()
