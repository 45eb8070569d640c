"""Programs that try to use up, look out of, lie to, or break out of the sandbox.

Each defines `f(host)`; `host` says where the loot is (paths, ports, names). It returns a text with
`LOOT` in it when it got something it must not have, so that a success shows whatever else happens.
What must not happen on the host itself is checked there, by `test_attacks`.
"""

from __future__ import annotations

from dataclasses import dataclass

from verifiers.sandbox.syscalls import NUMBERS
from verifiers.verdict import Status

PASSED, ERROR, TIMEOUT, MEMORY = Status.PASSED, Status.ERROR, Status.TIMEOUT, Status.MEMORY
OUTPUT, CRASHED, FORBIDDEN = Status.OUTPUT, Status.CRASHED, Status.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Attack:
    """A hostile program, and the verdicts of which its first call must end with one."""

    name: str
    source: str
    ends: tuple[Status, ...]


_SYSCALL = f"""
import ctypes, os
libc = ctypes.CDLL(None, use_errno=True)
libc.syscall.restype = ctypes.c_long
N = {NUMBERS!r}
def call(name, *args):
    return libc.syscall(N[name], *[ctypes.c_long(a) if isinstance(a, int) else a for a in args])
def refused(*results):
    return "refused" if all(r == -1 for r in results) else "LOOT"
"""


def _syscalls(body: str) -> str:
    lines = "\n".join("    " + line for line in body.strip().splitlines())
    return f"{_SYSCALL}\ndef f(host):\n{lines}\n"


def _python(body: str, prelude: str = "") -> str:
    lines = "\n".join("    " + line for line in body.strip().splitlines())
    return f"{prelude}\ndef f(host):\n{lines}\n"


RESOURCES = [
    Attack("fork bomb", _python("while True: os.fork()", "import os"), (FORBIDDEN,)),
    Attack(
        "fork bomb that catches what it can",
        _python(
            "while True:\n    try: os.fork()\n    except BaseException: pass",
            "import os",
        ),
        (FORBIDDEN,),
    ),
    Attack(
        "fork bomb through vfork, clone and clone3",
        _syscalls(
            "while True:\n"
            "    call('clone3', 0, 0)\n"
            "    call('clone', 17, 0, 0, 0, 0)\n"
            "    libc.fork()"
        ),
        (FORBIDDEN,),
    ),
    Attack("subprocess", _python("subprocess.run(['/bin/sh'])", "import subprocess"), (FORBIDDEN,)),
    Attack(
        "multiprocessing",
        _python(
            "with multiprocessing.Pool(4) as p: return p.map(abs, [1])", "import multiprocessing"
        ),
        (FORBIDDEN, ERROR),
    ),
    Attack(
        "thread bomb",
        _python(
            "while True: threading.Thread(target=time.sleep, args=(60,), daemon=True).start()",
            "import threading, time",
        ),
        (ERROR, MEMORY, TIMEOUT, CRASHED),
    ),
    Attack("memory bomb", _python("x = []\nwhile True: x.append(bytearray(1 << 20))"), (MEMORY,)),
    Attack("memory bomb at once", _python("return len(bytearray(1 << 40))"), (MEMORY,)),
    Attack(
        "memory bomb that goes on",
        _python(
            "x = []\nwhile True:\n    try: x.append([0] * 100000)\n    except MemoryError: pass"
        ),
        (TIMEOUT, MEMORY, CRASHED),
    ),
    Attack(
        "memory bomb in anonymous maps",
        _python("x = []\nwhile True: x.append(mmap.mmap(-1, 1 << 24))", "import mmap"),
        (ERROR, MEMORY),
    ),
    Attack(
        "memory bomb in shared maps that are written",
        _python(
            "x = []\nwhile True:\n    x.append(mmap.mmap(-1, 1 << 24))\n"
            "    x[-1].write(b'a' * (1 << 24))",
            "import mmap",
        ),
        (ERROR, MEMORY),
    ),
    Attack(
        "memory bomb in memory files",
        _python(
            "d = [os.memfd_create(str(i)) for i in range(9)]\nwhile True:\n"
            "    for i in d: os.write(i, b'a' * 65536)",
            "import os",
        ),
        (ERROR,),
    ),
    Attack(
        "memory bomb in standard output's file",
        _python("while True:\n    os.write(1, b'a' * 65536)", "import os"),
        (OUTPUT,),
    ),
    Attack(
        "memory bomb after raising the limit",
        _python(
            "try: resource.setrlimit(resource.RLIMIT_AS, (-1, -1))\nexcept Exception: pass\n"
            "x = []\nwhile True: x.append(bytearray(1 << 20))",
            "import resource",
        ),
        (MEMORY, CRASHED),
    ),
    Attack(
        "decompression bomb",
        _python(
            "x = zlib.compress(b'0' * (1 << 24))\nreturn len(b''.join(zlib.decompress(x) "
            "for _ in range(1000)))",
            "import zlib",
        ),
        (MEMORY, TIMEOUT),
    ),
    Attack("endless loop", _python("while True: pass"), (TIMEOUT,)),
    Attack("endless loop while loading", "while True: pass\n", (TIMEOUT,)),
    Attack("endless loop in C: power", _python("return 10 ** 10 ** 8 % 7"), (TIMEOUT, MEMORY)),
    Attack("endless loop in C: sum", _python("return sum(range(10 ** 12))"), (TIMEOUT,)),
    Attack(
        "endless loop in C: regular expression",
        _python("return re.match('(a+)+$', 'a' * 64 + 'b')", "import re"),
        (TIMEOUT,),
    ),
    Attack(
        "endless loop in the compiler", "x = " + "(" * 90 + "1" + ")" * 90 + "\n" * 10, (ERROR,)
    ),
    Attack(
        "endless loop that ignores signals",
        _python(
            "for n in range(1, 65):\n"
            "    try: signal.signal(n, signal.SIG_IGN)\n"
            "    except Exception: pass\n"
            "while True: pass",
            "import signal",
        ),
        (TIMEOUT,),
    ),
    Attack(
        "endless loop in many threads",
        _python(
            "def spin():\n    while True: pass\n"
            "for _ in range(8): threading.Thread(target=spin, daemon=True).start()\nspin()",
            "import threading",
        ),
        (TIMEOUT,),
    ),
    Attack("sleep", _python("time.sleep(1000)", "import time"), (TIMEOUT,)),
    Attack(
        "stop itself",
        _python(
            "os.kill(os.getpid(), signal.SIGSTOP)\ntime.sleep(1000)", "import os, signal, time"
        ),
        (TIMEOUT,),
    ),
    Attack("wait for input", _python("return input()"), (ERROR,)),
    Attack("endless recursion", _python("return f(host)"), (ERROR,)),
    Attack(
        "stack overflow in C",
        _python(
            "x = []\nfor _ in range(10 ** 6): x = [x]\n"
            "sys.setrecursionlimit(10 ** 9)\nreturn repr(x)",
            "import sys",
        ),
        (CRASHED, ERROR, MEMORY, TIMEOUT),
    ),
    Attack("read from nowhere", _python("return ctypes.string_at(0)", "import ctypes"), (CRASHED,)),
    Attack("abort", _python("os.abort()", "import os"), (CRASHED,)),
    Attack("print without end", _python("while True: print('a' * 10000)"), (OUTPUT, TIMEOUT)),
    Attack("return too much", _python("return 'a' * (1 << 27)"), (OUTPUT, MEMORY)),
    Attack("return a long integer", _python("return 1 << (1 << 26)"), (OUTPUT, MEMORY, TIMEOUT)),
    Attack(
        "yield without end",
        _python("return itertools.count()", "import itertools"),
        (PASSED, OUTPUT),
    ),
    Attack(
        "return a deep list",
        _python("x = []\nfor _ in range(10 ** 5): x = [x]\nreturn x"),
        (PASSED, ERROR),
    ),
    Attack(
        "return what contains itself", _python("x = [1]\nx.append({'x': x})\nreturn x"), (PASSED,)
    ),
    Attack(
        "return keys that collide",
        _python("return {i * (2**61 - 1) for i in range(500)}"),
        (ERROR,),
    ),
    Attack(
        "open files without end",
        _python("x = []\nwhile True: x.append(open('/dev/null'))"),
        (ERROR,),
    ),
    Attack(
        "fill the disk",
        _python(
            "for d in ('/', '/tmp', '/var/tmp', '/dev/shm', '/run', '.', host['directory']):\n"
            "    try:\n"
            "        open(os.path.join(d, host['pwned']), 'w').write('x')\n"
            "        return 'LOOT ' + d\n"
            "    except OSError: pass\n"
            "return 'refused'",
            "import os",
        ),
        (PASSED,),
    ),
    Attack(
        "block in a pipe",
        _python("r, w = os.pipe()\nwhile True: os.write(w, b'a' * 65536)", "import os"),
        (TIMEOUT,),
    ),
    Attack(
        "take the processor",
        _syscalls(
            "return refused(call('sched_setscheduler', 0, 1, ctypes.byref(ctypes.c_int(99))),"
            " call('setpriority', 0, 0, -20))"
        ),
        (PASSED,),
    ),
    Attack(
        "shared memory and semaphores of the host",
        _syscalls(
            "return refused(call('shmget', 77, 1 << 20, 0o1777), call('semget', 77, 9, 0o1777),"
            " call('msgget', 77, 0o1777))"
        ),
        (PASSED,),
    ),
]

EXFILTRATION = [
    Attack("read the canary", _python("return 'LOOT' + open(host['canary']).read()"), (ERROR,)),
    Attack("read users", _python("return 'LOOT' + open('/etc/passwd').read()"), (ERROR,)),
    Attack(
        "list the host's directories",
        _python(
            "seen = []\n"
            "for d in ('/home', '/root', '/etc', '/var', '/proc', '/sys', '/tmp', '/opt', '/mnt',\n"
            "          host['directory']):\n"
            "    try: seen += [n for n in os.listdir(d) if n not in host['expected']]\n"
            "    except OSError: pass\n"
            "return 'LOOT %s' % seen if seen else 'refused'",
            "import os",
        ),
        (PASSED,),
    ),
    Attack(
        "read the environment",
        _python("return 'LOOT' if host['variable'] in str(dict(os.environ)) else ''", "import os"),
        (PASSED,),
    ),
    Attack(
        "read the environment in memory",
        _python(
            "p = ctypes.POINTER(ctypes.c_char_p).in_dll(ctypes.CDLL(None), 'environ')\n"
            "i = 0\n"
            "while p and p[i]:\n"
            "    if host['variable'].encode() in p[i]: return 'LOOT'\n"
            "    i += 1\n"
            "return ''",
            "import ctypes",
        ),
        (PASSED,),
    ),
    Attack(
        "read other processes' environment",
        _python(
            "for p in ('self', '1', '2', str(os.getppid())):\n"
            "    for n in ('environ', 'mem', 'cmdline', 'maps', 'fd'):\n"
            "        try: return 'LOOT %r' % open(f'/proc/{p}/{n}', 'rb').read(9)\n"
            "        except OSError: pass\n"
            "return 'refused'",
            "import os",
        ),
        (PASSED,),
    ),
    Attack(
        "connect to a port of the host",
        _python(
            "s = socket.create_connection(('127.0.0.1', host['port']), 2)\n"
            "s.send(b'secret')\nreturn 'LOOT'",
            "import socket",
        ),
        (ERROR, FORBIDDEN),
    ),
    Attack(
        "send a datagram",
        _python(
            "s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)\n"
            "s.sendto(b'x', ('127.0.0.1', host['port']))\nreturn 'LOOT'",
            "import socket",
        ),
        (ERROR, FORBIDDEN),
    ),
    Attack(
        "connect to an abstract socket of the host",
        _python(
            "s = socket.socket(socket.AF_UNIX)\ns.connect('\\0' + host['abstract'])\nreturn 'LOOT'",
            "import socket",
        ),
        (ERROR, FORBIDDEN),
    ),
    Attack(
        "exotic sockets",
        _syscalls(
            "return refused(*[call('socket', family, kind, 0)\n"
            "    for family in (2, 10, 16, 17, 38, 40, 44) for kind in (1, 2, 3, 5)])"
        ),
        (PASSED,),
    ),
    Attack(
        "send a datagram from a socket pair",
        _python(
            "a, b = socket.socketpair(socket.AF_UNIX, socket.SOCK_DGRAM)\n"
            "a.sendto(b'x', '\\0' + host['abstract'])\nreturn 'LOOT'",
            "import socket",
        ),
        (ERROR,),
    ),
    Attack(
        "trace the parent", _syscalls("return refused(call('ptrace', 16, 1, 0, 0))"), (FORBIDDEN,)
    ),
    Attack(
        "read another process's memory",
        _syscalls("return refused(call('process_vm_readv', os.getppid(), 0, 0, 0, 0, 0))"),
        (FORBIDDEN,),
    ),
    Attack(
        "read the machine's devices",
        _python(
            "for n in ('mem', 'kmem', 'sda', 'vda', 'nvme0n1', 'kmsg', 'tty', 'fuse', 'kvm'):\n"
            "    try: return 'LOOT' + str(open('/dev/' + n, 'rb').read(1))\n"
            "    except OSError: pass\n"
            "return 'refused'"
        ),
        (PASSED,),
    ),
    Attack(
        "inherited descriptors",
        _python(
            "for d in range(3, 1024):\n"
            "    try: os.fstat(d)\n"
            "    except OSError: continue\n"
            "    return 'LOOT %d' % d\n"
            "return 'refused'",
            "import os",
        ),
        (PASSED,),
    ),
    Attack(
        "a handle instead of a path",
        _syscalls("return refused(call('open_by_handle_at', -100, 0, 0))"),
        (FORBIDDEN,),
    ),
    Attack("keys", _syscalls("return refused(call('keyctl', 0, -3, 0))"), (FORBIDDEN,)),
    Attack("kernel messages", _syscalls("return refused(call('syslog', 3, 0, 0))"), (PASSED,)),
    Attack("io_uring", _syscalls("return refused(call('io_uring_setup', 8, 0))"), (FORBIDDEN,)),
    Attack(
        "the host's name",
        _python("return 'LOOT' if os.uname().nodename == host['node'] else ''", "import os"),
        (PASSED,),
    ),
]

FORGING = [
    Attack("leave with status 0", _python("os._exit(0)", "import os"), (CRASHED,)),
    Attack("leave while loading", "import os\nos._exit(0)\n", (CRASHED,)),
    Attack("sys.exit(0)", _python("sys.exit(0)", "import sys"), (ERROR,)),
    Attack("sys.exit(0) while loading", "import sys\nsys.exit(0)\n", (ERROR,)),
    Attack(
        "equal to everything",
        _python(
            "return Same()",
            "class Same:\n    def __eq__(self, other): return True\n"
            "    def __hash__(self): return 0\n",
        ),
        (PASSED,),
    ),
    Attack(
        "a number equal to everything",
        _python("return Same(7)", "class Same(int):\n    def __eq__(self, other): return True\n"),
        (PASSED,),
    ),
    Attack(
        "a dataclass equal to everything",
        _python(
            "return Same()",
            "import dataclasses\n@dataclasses.dataclass\nclass Same:\n    x: int = 1\n"
            "    def __eq__(self, other): return True\n",
        ),
        (PASSED,),
    ),
    Attack(
        "a list equal to everything",
        _python("return Same()", "class Same(list):\n    def __eq__(self, other): return True\n"),
        (PASSED,),
    ),
    Attack(
        "patched builtins",
        _python(
            "for n in ('all', 'any', 'len', 'isinstance', 'type', 'zip', 'str', 'repr'):\n"
            "    setattr(builtins, n, lambda *a, **k: True)\nreturn 1",
            "import builtins",
        ),
        (PASSED, ERROR, CRASHED),
    ),
    Attack(
        "expected values in the callers' frames",
        _python(
            "frame = sys._getframe()\n"
            "while frame:\n"
            "    for name, value in frame.f_locals.items():\n"
            "        if 'expect' in name and name != 'expected': return 'LOOT %r' % (value,)\n"
            "    frame = frame.f_back\n"
            "return ''",
            "import sys",
        ),
        (PASSED,),
    ),
    Attack(
        "expected values anywhere in memory",
        _python(
            "marker = host['secret_half'] \n"
            "for o in gc.get_objects():\n"
            "    if type(o) in (list, tuple, dict):\n"
            "        for v in (o.values() if type(o) is dict else o):\n"
            "            if type(v) is str and v.startswith(marker) and v != marker:\n"
            "                return 'LOOT ' + v\n"
            "return ''",
            "import gc",
        ),
        (PASSED,),
    ),
    Attack(
        "more answers than calls",
        _python(
            "frame = sys._getframe()\n"
            "while 'answers' not in frame.f_locals: frame = frame.f_back\n"
            "answers = frame.f_locals['answers']\n"
            'for _ in range(9): answers.add(b\'[0.0,"",null,"v","p",7]\')\n'
            "os._exit(0)",
            "import os, sys",
        ),
        (CRASHED,),
    ),
    Attack(
        "answers that are none",
        _python(
            "frame = sys._getframe()\n"
            "while 'answers' not in frame.f_locals: frame = frame.f_back\n"
            "frame.f_locals['answers'].add(b'[' * 100000)\nos._exit(0)",
            "import os, sys",
        ),
        (ERROR,),
    ),
    Attack(
        "answers with a length that lies",
        _python(
            "frame = sys._getframe()\n"
            "while 'answers' not in frame.f_locals: frame = frame.f_back\n"
            "region = frame.f_locals['answers'].region\n"
            "region[0:64] = b'\\xff' * 64\n"
            "region[64:4096] = b'\\xff' * 4032\nos._exit(0)",
            "import os, sys",
        ),
        (CRASHED, ERROR),
    ),
    Attack(
        "the header rewritten for ever",
        _python(
            "frame = sys._getframe()\n"
            "while 'answers' not in frame.f_locals: frame = frame.f_back\n"
            "region = frame.f_locals['answers'].region\n"
            "i = 0\n"
            "while True:\n"
            "    i += 1\n"
            "    region[8:16] = i.to_bytes(8, 'little')",
            "import sys",
        ),
        (TIMEOUT,),
    ),
    Attack(
        "the harness patched",
        _python(
            "h = sys.modules['verifiers.sandbox.harness']\n"
            'h.answer_call = lambda *a, **k: b\'[0.0,"",null,"v","p","LOO"]\'\n'
            "h.failure = h.printed = h._changed = None\nreturn 1",
            "import sys",
        ),
        (ERROR, CRASHED),
    ),
    Attack(
        "a pickle that runs",
        _python(
            "return Bomb()",
            "import os\nclass Bomb:\n"
            "    def __reduce__(self): return os.system, ('touch ' + 'pwned',)\n",
        ),
        (PASSED,),
    ),
    Attack("SkipTest", _python("raise unittest.SkipTest('forged')", "import unittest"), (ERROR,)),
    Attack(
        "hooks at exit",
        _python(
            "atexit.register(os._exit, 0)\n"
            "sys.excepthook = lambda *a: os._exit(0)\nraise ValueError",
            "import atexit, os, sys",
        ),
        (ERROR,),
    ),
    Attack(
        "an exception that lies",
        _python(
            "raise Liar()",
            "class Liar(BaseException):\n"
            "    def __str__(self): raise self\n"
            "    @property\n    def __class__(self): return SystemExit\n",
        ),
        (ERROR,),
    ),
    Attack(
        "noise on every descriptor",
        _python(
            "for d in range(1024):\n"
            "    try: os.write(d, b'\\x01' * 4096)\n"
            "    except OSError: pass\n"
            "return 1",
            "import os",
        ),
        (PASSED, ERROR, OUTPUT),
    ),
    Attack(
        "closed descriptors",
        _python("os.closerange(0, 1024)\nreturn 1", "import os"),
        (PASSED, ERROR, CRASHED),
    ),
    Attack(
        "kill everything",
        _python(
            "for p in (-1, 0, 1, 2, 3, os.getppid(), host['canary_pid'], host['driver_pid']):\n"
            "    try: os.kill(p, 9)\n"
            "    except OSError: pass\n"
            "return 'still here'",
            "import os",
        ),
        (PASSED, CRASHED),
    ),
    Attack(
        "another python in its place",
        _python("os.execv(sys.executable or '/usr/bin/python3', ['-c', ''])", "import os, sys"),
        (FORBIDDEN,),
    ),
]

ESCAPE = [
    Attack("chroot", _syscalls("return refused(call('chroot', b'/'))"), (FORBIDDEN,)),
    Attack("pivot_root", _syscalls("return refused(call('pivot_root', b'.', b'.'))"), (FORBIDDEN,)),
    Attack("mount", _syscalls("return refused(call('mount', 0, b'/', 0, 32, 0))"), (FORBIDDEN,)),
    Attack(
        "open_tree", _syscalls("return refused(call('open_tree', -100, b'/', 1))"), (FORBIDDEN,)
    ),
    Attack(
        "a new user namespace", _syscalls("return refused(call('unshare', 1 << 28))"), (FORBIDDEN,)
    ),
    Attack("setns", _syscalls("return refused(call('setns', 0, 0))"), (FORBIDDEN,)),
    Attack(
        "the zygote's own clone",
        _syscalls(
            "flags = 0x20000000 | 17 | 0x01000000 | 0x00200000 | 0x8000 | 0x00100000\n"
            "return refused(call('clone', flags, 0, 0, 0, 0))"
        ),
        (PASSED,),
    ),
    Attack(
        "a brother of its own",
        _syscalls("return refused(call('clone', 0x8000 | 17, 0, 0, 0, 0))"),
        (FORBIDDEN,),
    ),
    Attack(
        "write where programs come from",
        _syscalls(
            "import sys\n"
            "frame = sys._getframe()\n"
            "while not hasattr(frame.f_locals.get('self'), 'inbox'): frame = frame.f_back\n"
            "view = (ctypes.c_void_p * 12)()\n"
            "inbox = ctypes.py_object(frame.f_locals['self'].inbox)\n"
            "ctypes.pythonapi.PyObject_GetBuffer(inbox, view, 0)\n"
            "return refused(call('mprotect', view[0], 4096, 3))"
        ),
        (PASSED,),
    ),
    Attack(
        "another child's number",
        _python(
            "frame = sys._getframe()\n"
            "while not hasattr(frame.f_locals.get('self'), 'clone'): frame = frame.f_back\n"
            "place = frame.f_locals['self'].clone[3]\n"
            "ctypes.c_int.from_address(place).value = host['canary_pid']\n"
            "return 'written'",
            "import ctypes, sys",
        ),
        (CRASHED,),
    ),
    Attack(
        "clone into a user namespace",
        _syscalls("return refused(call('clone', 0x10000000 | 17, 0, 0, 0, 0))"),
        (FORBIDDEN,),
    ),
    Attack(
        "become root",
        _syscalls("return refused(call('setresuid', 0, 0, 0), call('setresgid', 0, 0, 0))"),
        (PASSED,),
    ),
    Attack(
        "take capabilities",
        _syscalls(
            "head = (ctypes.c_uint32 * 2)(0x20080522, 0)\n"
            "data = (ctypes.c_uint32 * 6)(1 << 21, 1 << 21, 0, 0, 0, 0)\n"
            "return refused(call('capset', ctypes.byref(head), ctypes.byref(data)))"
        ),
        (PASSED,),
    ),
    Attack(
        "make a device",
        _syscalls("return refused(call('mknodat', -100, b'x', 0o60777, 2049))"),
        (PASSED,),
    ),
    Attack("eBPF", _syscalls("return refused(call('bpf', 0, 0, 0))"), (FORBIDDEN,)),
    Attack(
        "perf", _syscalls("return refused(call('perf_event_open', 0, 0, -1, -1, 0))"), (FORBIDDEN,)
    ),
    Attack("userfaultfd", _syscalls("return refused(call('userfaultfd', 1))"), (FORBIDDEN,)),
    Attack(
        "kernel module", _syscalls("return refused(call('init_module', 0, 0, b''))"), (FORBIDDEN,)
    ),
    Attack("reboot", _syscalls("return refused(call('reboot', 0, 0, 0, 0))"), (FORBIDDEN,)),
    Attack(
        "rename the host", _syscalls("return refused(call('sethostname', b'x', 1))"), (FORBIDDEN,)
    ),
    Attack("set the clock", _syscalls("return refused(call('clock_settime', 0, 0))"), (FORBIDDEN,)),
    Attack(
        "a new filter",
        _syscalls("return refused(call('seccomp', 1, 0, 0), call('prctl', 22, 2, 0))"),
        (PASSED,),
    ),
    Attack("dumpable again", _syscalls("return refused(call('prctl', 4, 1, 0, 0, 0))"), (PASSED,)),
    Attack(
        "survive the parent", _syscalls("return refused(call('prctl', 36, 1, 0, 0, 0))"), (PASSED,)
    ),
    Attack("personality", _syscalls("return refused(libc.personality(0x0040000))"), (PASSED,)),
    Attack(
        "type into a terminal",
        _syscalls("return refused(call('ioctl', 0, 0x5412, b'x'))"),
        (PASSED,),
    ),
    Attack(
        "the numbers of another architecture",  # mov eax, 20; int 0x80; ret
        _python(
            "code = mmap.mmap(-1, 4096, prot=7)\n"
            "code.write(b'\\xb8\\x14\\x00\\x00\\x00\\xcd\\x80\\xc3')\n"
            "at = ctypes.addressof(ctypes.c_char.from_buffer(code))\n"
            "return 'LOOT %d' % ctypes.CFUNCTYPE(ctypes.c_int)(at)()",
            "import ctypes, mmap",
        ),
        (FORBIDDEN, CRASHED),
    ),
    Attack(
        "the x32 numbers",
        _syscalls("return refused(libc.syscall(0x40000000 + 39))"),
        (FORBIDDEN, PASSED),
    ),
    Attack(
        "write to the system",
        _python(
            "got = []\n"
            "for p in ('/proc/sys/kernel/core_pattern', '/proc/sysrq-trigger', '/etc/x',\n"
            "          '/usr/lib/x', '/lib/x', os.__file__, '/sys/x', host['canary']):\n"
            "    try: got.append(open(p, 'a').write('x'))\n"
            "    except OSError: pass\n"
            "return 'LOOT' if got else 'refused'",
            "import os",
        ),
        (PASSED,),
    ),
    Attack(
        "run what the libraries hold",
        _python(
            "for d, _, names in os.walk('/usr/lib'):\n"
            "    for n in names:\n"
            "        if os.access(os.path.join(d, n), os.X_OK) and '.so' not in n:\n"
            "            os.execv(os.path.join(d, n), [n])\n"
            "os.execv('/lib64/ld-linux-x86-64.so.2', ['x'])",
            "import os",
        ),
        (FORBIDDEN, TIMEOUT),
    ),
]

ATTACKS = [*RESOURCES, *EXFILTRATION, *FORGING, *ESCAPE]
