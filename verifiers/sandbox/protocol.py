"""The frames between the driver and a warden: fixed headers, then as many bytes as they say.

The driver writes `REQUEST` + payload + stdin; the warden answers a program with one `REPLY` +
answers + stdout + stderr, and forwards the messages of an interactive process as `REPLY` frames of
kind MESSAGE in between. Both sides are ours; what a candidate can influence is the content of the
byte strings and never their framing.
"""

from __future__ import annotations

import struct

# kinds of request
BATCH, PROGRAM, SESSION, JUDGE, TOGETHER, COMMAND, MESSAGE, END = range(1, 9)

# kind, calls, payload, stdin, memory and output bytes, CPU seconds a call and in all
REQUEST = struct.Struct("=IIQQQQdd")

# kinds of reply
READY, DONE, RELAYED = range(1, 4)

# why a process ended
EXITED, CPU_TIME, WALL_TIME, MISFRAMED, ENDED = range(5)

# kind, cause, wait status, records, answers, stdout and stderr bytes, CPU seconds, peak bytes
REPLY = struct.Struct("=IIiIQQQdQ")

# The exit status of a batch that filled the region: the rest is asked again.
OUT_OF_ROOM = 71

# Descriptors of a zygote besides the standard files, which are its children's.
WAKE, PASSING, ANSWERS, INBOX, PIDS, ERRORS = range(3, 9)

REGION_BYTES = 64 << 20
REGION_HEADER = struct.Struct("=QQd")  # bytes used, records written, CPU clock at the call's start
REGION_START = 64
INBOX_BYTES = 64 << 20
PIDS_BYTES = 2 << 20  # one page is used; huge pages' borders stay where they are
MESSAGE_BYTES = 16 << 20
STDERR_BYTES = 16 << 10


def wall_limits(seconds: float) -> tuple[float, float]:
    """Wall time after which an idle process, and after which any, counts as timed out.

    CPU time decides; on a loaded machine 1.5 s of it took more than 5 s of wall time.
    """
    return 2.5 * seconds + 0.5, 10.0 * seconds + 2.0
