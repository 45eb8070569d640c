"""The system-call filter: default deny, assembled as classic BPF in Python, compiled once.

Three classes. What a computation needs is allowed. What only an attack or a misplaced program asks
for (starting processes, tracing, mounting, loading programs into the kernel, keys) kills the
process, so that the verdict can say "forbidden" from the wait status alone. All else fails with
EPERM, which honest libraries cope with.

The filter is installed in the zygote and inherited, which costs a candidate nothing. So it lets
through the one `clone` the zygote needs, with exactly the flags of `SPAWN_FLAGS`; a candidate has
no capability left to make a pid namespace, and the kernel refuses it.

Reference: Linux `Documentation/userspace-api/seccomp_filter.rst`.
"""

from __future__ import annotations

import ctypes
import struct

from verifiers.sandbox import syscalls
from verifiers.sandbox.syscalls import NUMBERS

SPAWN_FLAGS = (
    syscalls.CLONE_NEWPID
    | syscalls.CLONE_PARENT
    | syscalls.CLONE_PARENT_SETTID
    | syscalls.SIGCHLD
    | syscalls.CLONE_CHILD_SETTID
    | syscalls.CLONE_CHILD_CLEARTID
)

_COMPUTE = """
read write readv writev pread64 pwrite64 preadv pwritev close close_range fstat stat lstat
newfstatat statx statfs fstatfs lseek mmap mprotect munmap mremap brk madvise mincore msync
rt_sigaction rt_sigprocmask rt_sigreturn rt_sigpending rt_sigtimedwait rt_sigsuspend
rt_sigqueueinfo sigaltstack access faccessat faccessat2 open openat readlink readlinkat getcwd chdir
fchdir getdents64 dup dup2 dup3 pipe pipe2 poll ppoll select pselect6 epoll_create
epoll_create1 epoll_ctl epoll_wait epoll_pwait epoll_pwait2 eventfd2 timerfd_create timerfd_settime
timerfd_gettime nanosleep clock_nanosleep clock_gettime clock_getres gettimeofday time getpid
getppid gettid getuid geteuid getgid getegid getresuid getresgid getgroups getpgrp getpgid getsid
getrusage times sysinfo uname umask sched_yield sched_getaffinity sched_setaffinity sched_getparam
sched_getscheduler sched_get_priority_max sched_get_priority_min getpriority futex futex_waitv
set_robust_list get_robust_list set_tid_address rseq arch_prctl getrandom getcpu membarrier exit
exit_group tgkill tkill kill wait4 waitid restart_syscall prlimit64 getrlimit setrlimit capget
capset getitimer setitimer alarm timer_create timer_settime timer_gettime timer_getoverrun
timer_delete pause setsid sendto recvfrom recvmsg shutdown ftruncate fsync fdatasync fadvise64
pidfd_open
"""

# For children with a scratch directory of their own.
_FILES = """
mkdir mkdirat rmdir unlink unlinkat rename renameat renameat2 link linkat symlink symlinkat chmod
fchmod fchmodat utimensat utime utimes futimesat truncate fallocate copy_file_range sendfile creat
flock fchown chown lchown fchownat
"""

# For compilers, and programs that start programs.
_PROCESSES = """
execve execveat fork vfork setsid setpgid memfd_create mlock sched_setscheduler sched_getattr
setpriority splice tee getsockname getpeername getsockopt setsockopt sendmsg
pidfd_send_signal
"""

_HOSTILE = """
execve execveat fork vfork ptrace process_vm_readv process_vm_writev bpf io_uring_setup
io_uring_enter io_uring_register add_key request_key keyctl kexec_load kexec_file_load init_module
finit_module delete_module mount umount2 pivot_root chroot move_mount open_tree fsopen fsconfig
fsmount fspick mount_setattr unshare setns perf_event_open userfaultfd pidfd_getfd kcmp reboot
swapon swapoff sethostname setdomainname open_by_handle_at iopl ioperm modify_ldt acct quotactl
settimeofday clock_settime clock_adjtime process_madvise
"""

_KILL, _ALLOW, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_EPERM, _ENOSYS, _ENOTTY = 1, 38, 25
_LOAD, _JUMP_EQUAL, _JUMP_GREATER_EQUAL, _JUMP_SET, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER, _ARCH = 0, 4
# TCGETS, TIOCGWINSZ, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX: what files and pipes are asked.
_IOCTLS = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)
# PR_GET_DUMPABLE, PR_SET_NAME, PR_GET_NAME, PR_GET_SECCOMP, PR_CAPBSET_READ, PR_GET_NO_NEW_PRIVS,
# PR_SET_VMA: questions and names.
_PRCTLS = (3, 15, 16, 21, 23, 39, 0x53564D41)
# F_DUPFD, F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW, F_DUPFD_CLOEXEC,
# F_SETPIPE_SZ, F_GETPIPE_SZ, F_GET_SEALS. What others set stays on a file that the next child has,
# too (the warden takes the flags of F_SETFL back).
_FCNTLS = (0, 1, 2, 3, 4, 5, 6, 7, 1030, 1031, 1032, 1034)
_AF_UNIX = 1
PR_SET_PDEATHSIG = 1
_SIGKILL = 9

Instruction = tuple[int, int, int, int]


def _argument(index: int, *, high: bool = False) -> int:
    return 16 + 8 * index + (4 if high else 0)


def _return(value: int) -> Instruction:
    return (_RETURN, 0, 0, value)


def _one_of(argument: int, values: tuple[int, ...], otherwise: int) -> list[Instruction]:
    """Allow when the low half of an argument is one of `values`."""
    program: list[Instruction] = [(_LOAD, 0, 0, _argument(argument))]
    for value in values:
        program += [(_JUMP_EQUAL, 0, 1, value), _return(_ALLOW)]
    return [*program, _return(otherwise)]


def _clone(*, processes: bool) -> list[Instruction]:
    """Threads, and the zygote's own spawn; with `processes` also plain forks."""
    program: list[Instruction] = [
        (_LOAD, 0, 0, _argument(0, high=True)),
        (_JUMP_EQUAL, 1, 0, 0),
        _return(_KILL),
        (_LOAD, 0, 0, _argument(0)),
        (_JUMP_EQUAL, 0, 1, SPAWN_FLAGS),
        _return(_ALLOW),
        (_JUMP_SET, 0, 1, syscalls.ANY_NEW_NAMESPACE | syscalls.CLONE_PARENT),
        _return(_KILL),
    ]
    if processes:
        return [*program, _return(_ALLOW)]
    return [
        *program,
        (_JUMP_SET, 0, 1, syscalls.CLONE_THREAD),
        _return(_ALLOW),
        _return(_KILL),
    ]


def assemble(*, files: bool = False, processes: bool = False, passes: bool = False) -> bytes:
    """The filter's instructions; `files`: in a scratch directory; `processes`: for compilers;
    `passes`: for the warden, which passes descriptors on and makes files as good as new."""
    allowed = set(_COMPUTE.split())
    if passes:
        allowed |= {"sendmsg", "fchmod", "utimensat"}
    if files:
        allowed |= set(_FILES.split())
    if processes:
        allowed |= set(_PROCESSES.split())
    # Run times probe for io_uring, perf events and the like, and go on without.
    killed = set() if processes else set(_HOSTILE.split())
    program: list[Instruction] = [
        (_LOAD, 0, 0, _ARCH),
        (_JUMP_EQUAL, 1, 0, syscalls.AUDIT_ARCH[syscalls.MACHINE]),
        _return(_KILL),
        (_LOAD, 0, 0, _NUMBER),
    ]
    if syscalls.MACHINE == "x86_64":  # the x32 ABI has numbers of its own
        program += [(_JUMP_GREATER_EQUAL, 0, 1, 0x40000000), _return(_KILL)]
    conditional: dict[str, list[Instruction]] = {
        "clone": _clone(processes=processes),
        "clone3": [_return(_ERRNO | _ENOSYS)],  # its flags lie in memory: libc falls back to clone
        "fcntl": _one_of(1, _FCNTLS, _ERRNO | _EPERM),
        "ioctl": _one_of(1, _IOCTLS, _ERRNO | _ENOTTY),
        "prctl": [
            (_LOAD, 0, 0, _argument(0)),
            (_JUMP_EQUAL, 0, 4, PR_SET_PDEATHSIG),  # to die with the warden, and nothing else
            (_LOAD, 0, 0, _argument(1)),
            (_JUMP_EQUAL, 0, 1, _SIGKILL),
            _return(_ALLOW),
            _return(_ERRNO | _EPERM),
            *_one_of(0, _PRCTLS, _ERRNO | _EPERM),
        ],
        "socketpair": _one_of(0, (_AF_UNIX,), _ERRNO | _EPERM),
    }
    for name, body in conditional.items():
        program += [(_JUMP_EQUAL, 0, len(body), NUMBERS[name]), *body]
    for names, action in ((allowed, _ALLOW), (killed, _KILL)):
        for name in sorted(names & NUMBERS.keys()):
            program += [(_JUMP_EQUAL, 0, 1, NUMBERS[name]), _return(action)]
    program.append(_return(_ERRNO | _EPERM))
    return b"".join(struct.pack("=HBBI", *instruction) for instruction in program)


def install(filter_code: bytes) -> None:
    """Put this thread, and all it will start, under the filter. Needs no_new_privs."""
    code = ctypes.create_string_buffer(filter_code, len(filter_code))
    header = struct.pack("@HxxxxxxQ", len(filter_code) // 8, ctypes.addressof(code))
    argument = ctypes.create_string_buffer(header, len(header))
    set_mode_filter, prctl_set_seccomp = 2, 22
    syscalls.prctl(prctl_set_seccomp, set_mode_filter, ctypes.addressof(argument))
