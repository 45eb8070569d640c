"""The order in which a zygote gives up the world, and a report of each layer it managed.

Root and an ordinary user meet on one path: root builds the tree while it can still read every
directory (an interpreter may lie under /root) and drops to an unprivileged uid first, because
RLIMIT_NPROC does not bind kernel uid 0 and because a user namespace should not be rooted in it.
From there on both hold nothing but a user namespace of their own.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
from collections.abc import Sequence

from verifiers.sandbox import landlock, root, seccomp, syscalls

UNPRIVILEGED = 65534
_PR_SET_DUMPABLE, _PR_CAPBSET_DROP, _PR_SET_NO_NEW_PRIVS = 4, 24, 38
_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL = 47, 4
_CAP_SYS_ADMIN = 21
_SIGKILL = 9
# The system call by which a process asks to be killed when the one that started it is gone.
DIE_WITH_PARENT = syscalls.prepare("prctl", seccomp.PR_SET_PDEATHSIG, _SIGKILL)
_QUIET_NAMESPACES = (
    syscalls.CLONE_NEWNET | syscalls.CLONE_NEWIPC | syscalls.CLONE_NEWUTS | syscalls.CLONE_NEWCGROUP
)

Layers = dict[str, str]  # name -> "" when in place, else why not


class Plan:
    """What the driver asks for, and the layers it came to. `readable` are the minimal root's."""

    def __init__(
        self,
        readable: Sequence[str],
        *,
        executable: Sequence[str],
        scratch: tuple[str, int] | None,
        processes: int,
        spawns: bool,
    ) -> None:
        self.readable, self.executable, self.scratch = readable, executable, scratch
        self.processes, self.spawns = processes, spawns
        self.layers: Layers = {}

    def attempt(self, layer: str, error: BaseException | None) -> None:
        self.layers[layer] = "" if error is None else str(error)


def enter_namespaces(plan: Plan) -> int:
    """First half, in the launched process: root tree, uid, namespaces. Gives a /proc descriptor.

    What fails is noted in `plan.layers`; the caller decides whether that is too little.
    """
    proc = os.open("/proc", os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    _be_the_first_to_go(proc)
    rooted = False
    if os.geteuid() == 0:
        rooted = _try(
            plan, "mount namespace", lambda: syscalls.call("unshare", syscalls.CLONE_NEWNS)
        )
        if rooted:
            rooted = _build_root(plan)
        _try(plan, "unprivileged uid", _drop_uid)
    else:
        plan.layers["unprivileged uid"] = ""
    uid, gid = os.getuid(), os.getgid()
    wanted = syscalls.CLONE_NEWUSER | _QUIET_NAMESPACES
    if not rooted:
        wanted |= syscalls.CLONE_NEWNS

    def new_user() -> None:
        syscalls.prctl(_PR_SET_DUMPABLE, 1)  # or the maps of our own process cannot be written
        syscalls.call("unshare", wanted)
        for name, text in (
            ("setgroups", "deny"),
            ("uid_map", f"{uid} {uid} 1"),
            ("gid_map", f"{gid} {gid} 1"),
        ):
            descriptor = os.open(f"self/{name}", os.O_WRONLY, dir_fd=proc)
            os.write(descriptor, text.encode())
            os.close(descriptor)
        hostname = ctypes.create_string_buffer(b"sandbox")
        syscalls.call("sethostname", ctypes.addressof(hostname), 7)

    confined = _try(plan, "user namespace", new_user)
    for layer in ("network namespace", "ipc, uts and cgroup namespaces"):
        plan.layers[layer] = plan.layers["user namespace"]
    if _try(plan, "pid namespace", lambda: _spawn_and_reap(confined)):
        plan.layers["pid namespace"] = plan.layers["user namespace"]
    if not rooted:
        plan.layers["mount namespace"] = plan.layers["user namespace"]
        if confined:
            _build_root(plan)
        else:
            plan.layers["minimal root"] = plan.layers["user namespace"]
    return proc


def _be_the_first_to_go(proc: int) -> None:
    """Where memory runs out, the kernel is to take a candidate, and not the user's process."""
    with contextlib.suppress(OSError):
        descriptor = os.open("self/oom_score_adj", os.O_WRONLY, dir_fd=proc)
        os.write(descriptor, b"1000")
        os.close(descriptor)


def seal(plan: Plan) -> None:
    """Second half, in the zygote: constant limits, no privileges, Landlock, the filter."""

    def limits() -> None:
        for limit in (resource.RLIMIT_CORE, resource.RLIMIT_MEMLOCK, resource.RLIMIT_MSGQUEUE):
            resource.setrlimit(limit, (0, 0))
        _lower(resource.RLIMIT_NOFILE, 256)
        _lower(resource.RLIMIT_NPROC, plan.processes)
        _lower(resource.RLIMIT_STACK, 64 << 20)

    def privileges() -> None:
        syscalls.prctl(_PR_SET_NO_NEW_PRIVS, 1)
        # The bounding set of a user namespace's first process is full; one without it has no right
        # to drop from, and nothing to fear from it either.
        for capability in range(64):
            try:
                syscalls.prctl(_PR_CAPBSET_DROP, capability)
            except OSError:
                break
        if not plan.layers["user namespace"]:
            syscalls.keep_capability(
                _CAP_SYS_ADMIN
            )  # to make pid namespaces; candidates drop it, too
        else:
            syscalls.drop_capabilities()
        syscalls.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_CLEAR_ALL)
        syscalls.prctl(_PR_SET_DUMPABLE, 0)

    _try(plan, "resource limits", limits)
    _try(plan, "no privileges", privileges)
    if plan.scratch is None:
        _try(plan, "landlock", lambda: _close_files(plan))
        if plan.layers["pid namespace"]:
            plan.layers["seccomp"] = ""  # a plain fork it would forbid: each child installs it
        else:
            _try(plan, "seccomp", lambda: seccomp.install(seccomp.assemble()))
    else:  # each child mounts its own scratch first, and is closed after that
        _try(plan, "landlock", lambda: landlock.version() and None)
        plan.layers["seccomp"] = ""


def seal_warden(layers: Layers) -> None:
    """Leave the warden its pipes, its memory, and signals to children of its own uid.

    It is ours and reads only numbers that candidates write, so what is refused here is not missed.
    """
    if os.geteuid() == 0 and not layers["unprivileged uid"]:
        _drop_uid()  # as the zygote did: root without its capabilities may not signal another uid
    for step in (
        lambda: syscalls.prctl(_PR_SET_NO_NEW_PRIVS, 1),
        syscalls.drop_capabilities,
        lambda: landlock.restrict((), signals=True),
        lambda: seccomp.install(seccomp.assemble(passes=True)),
    ):
        with contextlib.suppress(OSError):
            step()


def seal_child(plan: Plan) -> None:
    """In a child whose zygote has a scratch directory: mount its own, and close the two doors.

    Raises OSError when a layer the zygote reported is refused; the child must not go on.
    """
    assert plan.scratch is not None
    root.mount_scratch(*plan.scratch)
    os.chdir(plan.scratch[0])
    syscalls.drop_capabilities()
    if not plan.layers["landlock"]:
        _close_files(plan)
    seccomp.install(seccomp.assemble(files=True, processes=plan.spawns))


def _close_files(plan: Plan) -> None:
    writable = ["/dev/null", "/dev/zero", "/dev/full"]
    if plan.scratch is not None:
        writable.append(plan.scratch[0])
    landlock.restrict(
        [*plan.readable, *root.DEVICES], writable=writable, executable=plan.executable
    )


def _spawn_and_reap(confined: bool) -> None:
    """Make a process in a pid namespace of its own, as each candidate will be."""
    if not confined:
        return
    child = syscalls.call("clone", syscalls.CLONE_NEWPID | syscalls.SIGCHLD)
    if child == 0:
        os._exit(0)
    os.waitpid(child, 0)


def _build_root(plan: Plan) -> bool:
    readable = [*plan.readable, *plan.executable]
    return _try(
        plan, "minimal root", lambda: root.build(readable, scratch=plan.scratch and plan.scratch[0])
    )


def _drop_uid() -> None:
    with contextlib.suppress(PermissionError):
        os.setgroups([])  # a user namespace may deny it; no group opens anything in our root
    os.setresgid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED)
    os.setresuid(UNPRIVILEGED, UNPRIVILEGED, UNPRIVILEGED)


def _lower(limit: int, value: int) -> None:
    _, hard = resource.getrlimit(limit)
    if hard != resource.RLIM_INFINITY:
        value = min(value, hard)
    resource.setrlimit(limit, (value, value))


def _try(plan: Plan, layer: str, step: object) -> bool:
    assert callable(step)
    try:
        step()
    except OSError as error:
        plan.attempt(layer, error)
        return False
    plan.attempt(layer, None)
    return True
