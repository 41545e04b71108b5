"""A shop to test from outside: the real program in a data directory of its own, and what its clients do.

Python's standard library alone. Nothing here decides what is right; the tests do.
"""

import email
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import threading
import time
import urllib.parse


class Gone(Exception):
    """No answer: the connection broke, or nobody listens."""


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def eventually(what, get, seconds=30):
    """Asks until `get` has something to say; for effects outside the store alone, which nobody can wait for."""
    end = time.monotonic() + seconds
    while not (found := get()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.01)
    return found


class Control(http.client.HTTPConnection):
    """HTTP over the program's control socket, whose peer is the administrator."""

    def __init__(self, path):
        super().__init__("edm")
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(30)
        self.sock.connect(self.path)


class Shop:
    """One data directory; `start` and `end` as often as needed. `settings` are environment variables."""

    def __init__(self, program, data, **settings):
        self.program, self.data = str(program), pathlib.Path(data)
        self.port = free_port()
        self.env = {"PATH": os.environ["PATH"], "EDM_DATA_DIR": str(self.data), "EDM_LISTEN": f"127.0.0.1:{self.port}",
                    "EDM_THREADS": "1", "EDM_PAYMENT_DELAY": "0s", **settings}
        for name in ("ASAN_OPTIONS", "UBSAN_OPTIONS", "TSAN_OPTIONS"):
            if name in os.environ:
                self.env[name] = os.environ[name]
        self.process, self.log = None, []

    def start(self, tracer=()):
        """Starts it, below a tracer where one is given; true once it is ready, false where it ended before."""
        self.process = subprocess.Popen([*tracer, self.program, "serve"], env=self.env, cwd=self.data,
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        self.said_ready, ready = False, threading.Event()
        self.reader = threading.Thread(target=self._read, args=(self.process.stderr, ready), daemon=True)
        self.reader.start()
        if not ready.wait(60):
            raise AssertionError("neither ready nor ended within 60 s:\n" + "".join(self.log[-20:]))
        return self.said_ready

    # A pipe that nobody reads fills up, and stops the program at its next line.
    def _read(self, pipe, ready):
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

    def clean_up(self):
        if self.process and not self.process.stderr.closed:
            self.end(signal.SIGKILL)

    # --- what clients do

    def call(self, method, path, body=None, token=None, headers=None, form=False, timeout=30):
        """Returns (status, answer as JSON, headers). Raises Gone where no whole answer came."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = "Bearer " + token
        if body is not None and not isinstance(body, bytes):
            sent["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
            body = urllib.parse.urlencode(body) if form else json.dumps(body)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as e:
            raise Gone(f"{method} {path}: {e!r}") from e
        finally:
            connection.close()
        return answer.status, json.loads(text) if text else None, answer.headers

    def control(self, path):
        """What the control socket answers to a GET, as JSON; None where it could not say (5xx)."""
        connection = Control(self.data / "edm.sock")
        try:
            connection.request("GET", path)
            answer = connection.getresponse()
            text = answer.read()
        except (OSError, http.client.HTTPException) as e:
            raise Gone(f"control socket: {e!r}") from e
        finally:
            connection.close()
        if answer.status >= 500:
            return None
        if answer.status != 200:
            raise AssertionError(f"control socket: GET {path} answers {answer.status}")
        return json.loads(text)

    def audit(self):
        return self.control("/operator/audit")

    def settled(self):
        """Waits until every event is applied or a dead letter; returns the audit of that moment. An event during which
        the program died is parked for a while before it is tried again."""
        def look():
            rows = self.audit()  # Gone where the program has died
            return rows if rows and all(row["behind"] == 0 and row["parked"] == row["dead"] for row in rows) else None
        return eventually("every subscription has caught up", look)

    def secret(self, name):
        return (self.data / "secrets" / name).read_text().strip()

    def confirmation_token(self, who, older=0):
        """The token of the newest mail to a user, once there are more mails than `older`."""
        def look():
            if self.gone():
                raise Gone("the program ended")
            found = []
            for path in (self.data / "mailbox").glob("[!.]*.eml"):
                mail = email.message_from_bytes(path.read_bytes())
                if mail["To"] == who:
                    text = next(p for p in mail.walk() if p.get_content_type() == "text/plain")
                    token = re.search(r"token=([\w.-]+)", text.get_payload(decode=True).decode())
                    found.append((path.stat().st_mtime_ns, token.group(1)))
            return max(found)[1] if len(found) > older else None
        return eventually(f"a mail to {who}", look)

    def notifications(self, token, n, after=None, seconds=30):
        """The first n notifications as (id, event name, data); fewer where the program ends before."""
        end = time.monotonic() + seconds
        headers = {"Authorization": "Bearer " + token}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        out, number = [], None
        try:
            connection.request("GET", "/notifications", headers=headers)
            for line in connection.getresponse():
                if line.startswith(b"id: "):
                    number = int(line[4:])
                elif line.startswith(b"data: ") and len(line) > 12:
                    told = json.loads(line[6:])
                    if told:
                        out.append((number, told["event_name"], told["data"]))
                if len(out) == n:
                    break
                if time.monotonic() > end:  # comments keep the stream alive
                    raise AssertionError(f"not {n} notifications within {seconds} s: {out}")
        except (OSError, http.client.HTTPException) as e:
            raise Gone(f"notifications: {e!r}") from e
        finally:
            connection.close()
        return out

    def administrator(self):
        """The administrator's access token."""
        def log_in():
            form = {"username": "admin@example.com", "password": self.secret("APP_ADM_PASSWORD")}
            status, answer, _ = self.call("POST", "/login", form, form=True)
            return answer["access_token"] if status == 200 else None
        return eventually("the administrator can log in", log_in)  # the account is checked after readiness

    def load_recipes(self, token, table):
        """Loads a catalogue; `table` is the text of the file."""
        body = ("--frontier\r\nContent-Disposition: form-data; name=\"recipes_csv\"; filename=\"recipes.tsv\"\r\n"
                "Content-Type: text/tab-separated-values\r\n\r\n" + table + "\r\n--frontier--\r\n").encode()
        return self.call("POST", "/load-recipes", body, token,
                         {"Content-Type": "multipart/form-data; boundary=frontier"})
