"""pycose reads what we signed and signs what we read: one line of JSON in, one out. Started with pycose on PYTHONPATH."""

from __future__ import annotations

import json
import sys

from pycose.algorithms import Es256
from pycose.headers import Algorithm
from pycose.keys import EC2Key
from pycose.keys.curves import P256
from pycose.messages import CoseMessage, Sign1Message

asked = json.loads(sys.stdin.read())
point = bytes.fromhex(asked["point"])
message = CoseMessage.decode(bytes.fromhex(asked["message"]))
message.key = EC2Key(crv=P256, x=point[:32], y=point[32:])
own = EC2Key.generate_key(crv=P256)
reply = Sign1Message(phdr={Algorithm: Es256}, payload=b"theirs")
reply.key = own
sys.stdout.write(
    json.dumps(
        {
            "verified": message.verify_signature(),
            "payload": message.payload.hex(),
            "message": reply.encode().hex(),
            "point": (own.x + own.y).hex(),
        }
    )
)
