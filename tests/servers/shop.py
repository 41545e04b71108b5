"""One process of the program in a data directory of its own."""

import http.client
import json
import os
import pathlib
import signal
import socket
import subprocess
import threading

from .children import die_with_parent, free_port
from .client import Client, exchange


class Control(http.client.HTTPConnection):
    """HTTP over the program's control socket, whose peer is the administrator."""

    def __init__(self, path):
        super().__init__("edm")
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(90)  # an audit reads every document
        self.sock.connect(self.path)


class Shop(Client):
    """One data directory; `start` and `end` as often as needed. `settings` are environment variables."""

    def __init__(self, program, data, **settings):
        super().__init__()
        self.program, self.data = str(pathlib.Path(program).resolve()), pathlib.Path(data)
        self.port = free_port()
        self.mailboxes = [self.data / "mailbox"]
        self.env = {"PATH": os.environ["PATH"], "EDM_DATA_DIR": str(self.data), "EDM_LISTEN": f"127.0.0.1:{self.port}",
                    "EDM_THREADS": "1", "EDM_PAYMENT_DELAY": "0s", **settings}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.process, self.log = None, []

    def start(self, tracer=()):
        """Starts it, below a tracer where one is given; true once it is ready, false where it ended before."""
        self.begin(tracer)
        return self.wait_ready()

    def begin(self, tracer=()):
        """Starts it and does not wait; `wait_ready` does."""
        self.process = subprocess.Popen([*tracer, self.program, "serve"], env=self.env, cwd=self.data,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
                                        preexec_fn=die_with_parent)
        self.said_ready, self.ready_or_ended = False, threading.Event()
        self.reader = threading.Thread(target=self._read_log, args=(self.process.stderr, self.ready_or_ended), daemon=True)
        self.reader.start()

    def wait_ready(self, seconds=60):
        if not self.ready_or_ended.wait(seconds):
            raise AssertionError(f"neither ready nor ended within {seconds} s:\n" + "".join(self.log[-20:]))
        return self.said_ready

    # A pipe that nobody reads fills up, and stops the program at its next line.
    def _read_log(self, pipe, ready):
        for line in pipe:
            self.log.append(line)
            if " ready " in line:
                self.said_ready = True
                ready.set()
        ready.set()

    def gone(self):
        return self.process.poll() is not None

    def pid(self):
        """Of the program itself, also below a tracer (which starts it as its only child)."""
        children = pathlib.Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        return int(children[0]) if children else self.process.pid

    def wait(self):
        """Waits for its end; returns the exit code. What it logged is complete then."""
        code = self.process.wait(60)
        self.reader.join(10)
        self.process.stderr.close()
        return code

    def end(self, how=signal.SIGTERM):
        if not self.gone():
            try:
                os.kill(self.pid(), how)
            except ProcessLookupError:
                pass
        return self.wait()

    def kill(self):
        return self.end(signal.SIGKILL)

    def stop(self):
        return self.end(signal.SIGTERM)

    def clean_up(self):
        if self.process and not self.process.stderr.closed:
            self.end(signal.SIGKILL)

    # --- what its operator sees

    def control(self, path):
        """What the control socket answers to a GET, as JSON; None where it could not say (5xx)."""
        answer, text = exchange(Control(self.data / "edm.sock"), "control socket", "GET", path)
        if answer.status >= 500:
            return None
        if answer.status != 200:
            raise AssertionError(f"control socket: GET {path} answers {answer.status}")
        return json.loads(text)

    def audit(self):
        """The audit of this process as rows; None where it could not say."""
        return self.control("/operator/audit")

    def secret(self, name):
        return self.env.get(name) or (self.data / "secrets" / name).read_text().strip()
