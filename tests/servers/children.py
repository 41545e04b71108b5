"""Child processes that do not outlive the test, and the ports they listen on."""

import collections
import ctypes
import os
import pathlib
import random
import signal
import socket
import subprocess
import sys
import time

PR_SET_PDEATHSIG = 1
LIBC = ctypes.CDLL(None)
CLAIMS = collections.deque(maxlen=200)  # of ports; each holds a descriptor


class NotRun(Exception):
    """A server that a test needs is not installed here; says which and how to get it."""


def free_port():
    """A port of the loopback address for a server that may end and start there again: nobody listens on it, no outgoing
    connection is given it by the kernel, and no other call, in any process, as long as this process lives and does not
    ask for hundreds more."""
    first_outgoing = int(pathlib.Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    for port in random.SystemRandom().sample(range(10000, first_outgoing), 1000):
        claim = socket.socket(socket.AF_UNIX)
        try:
            claim.bind(f"\0edm-test-port-{port}")  # an abstract name: the kernel frees it at the latest when we die
            with socket.socket() as s:
                s.bind(("127.0.0.1", port))
        except OSError:
            claim.close()
            continue
        CLAIMS.append(claim)
        return port
    raise AssertionError("no free port")


def end_in_order_on_sigterm():
    """A test that is told to end (a limit of time) still stops the servers that are not its children."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))


def die_with_parent():
    """Run in a child before it becomes another program: it is killed when the thread that started it ends."""
    LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def spawn(command, env, output, cwd=None):
    """Starts a server in a process group of its own; what it says is appended to the file `output`."""
    with open(output, "a") as log:
        return subprocess.Popen([str(word) for word in command], env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=log,
                                stderr=subprocess.STDOUT, start_new_session=True, preexec_fn=die_with_parent)


def end_group(process, how=signal.SIGKILL):
    """Sends a signal to a server and what it started, and waits for its end. None and what has ended are fine."""
    if process is None:
        return
    try:
        os.killpg(process.pid, how)
    except ProcessLookupError:
        pass
    process.wait(60)


def wait_until(holds, what, process=None, output=None, seconds=60):
    """A foreign server says nothing to us when it is ready: this one bounded loop asks it."""
    until = time.monotonic() + seconds
    while not holds():
        ended = process is not None and process.poll() is not None
        if ended or time.monotonic() > until:
            said = output.read_text(errors="replace")[-2000:] if output and output.exists() else ""
            raise AssertionError(f"{what}: {'it ended' if ended else f'not within {seconds} s'}\n{said}")
        time.sleep(0.05)


def listens(port):
    try:
        with socket.create_connection(("127.0.0.1", port), 1):
            return True
    except OSError:
        return False
