"""A CouchDB for tests: the real one where one is named, else a server of its protocol from npm.

EDM_TEST_COUCHDB_URL      a running server that may be shared, with its administrator: http://admin:password@host:5984
EDM_TEST_COUCHDB_COMMAND  a program that starts a real server of the test alone, which can then be killed and stalled too:
                          called with DIR PORT, it keeps everything in DIR, writes DIR/pid, returns once the server answers,
                          and leaves it running
EDM_TEST_COUCHDB_ADMIN    user:password of that server's administrator
"""

import base64
import json
import os
import pathlib
import secrets
import shutil
import signal
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request

from .children import NotRun, end_group, free_port, spawn, wait_until

HERE = pathlib.Path(__file__).resolve().parent
PROGRAM = HERE / "node_modules/pouchdb-server/bin/pouchdb-server"


class CouchDB:
    """`real`: a CouchDB. `own`: of this test alone, so that it can be killed. `prefix`: before the names of this test's
    databases (EDM_COUCHDB_PREFIX)."""

    def __init__(self, directory):
        """`directory` holds the data of a server of its own. Raises NotRun where there is none to be had."""
        self.directory = pathlib.Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.prefix = f"t{secrets.token_hex(5)}-"
        self.app_user = self.prefix + "app"
        self.process, self.started = None, False
        named, self.command = os.environ.get("EDM_TEST_COUCHDB_URL"), os.environ.get("EDM_TEST_COUCHDB_COMMAND")
        self.own = bool(self.command) or not named
        self.real = bool(self.command or named)
        if self.own:
            given = os.environ.get("EDM_TEST_COUCHDB_ADMIN", "admin:" + secrets.token_hex(12))
            (self.admin, _, self.password), self.port = given.partition(":"), free_port()
            self.url = f"http://127.0.0.1:{self.port}"
        else:
            parts = urllib.parse.urlsplit(named)
            self.admin = urllib.parse.unquote(parts.username or "admin")
            self.password = urllib.parse.unquote(parts.password or "")
            self.port = parts.port or (443 if parts.scheme == "https" else 80)
            self.url = f"{parts.scheme}://{parts.hostname}:{self.port}"
        if not self.real and not (shutil.which("node") and PROGRAM.exists()):
            raise NotRun("not run: no CouchDB: set EDM_TEST_COUCHDB_URL, or run scripts/setup.sh all for pouchdb-server")

    @property
    def settings(self):
        """The environment of a program that keeps its documents here."""
        return {"EDM_COUCHDB_URL": self.url, "EDM_COUCHDB_PREFIX": self.prefix, "COUCHDB_USER": self.admin,
                "COUCHDB_PASSWORD": self.password, "COUCHDB_APP_USER": self.app_user,
                "COUCHDB_APP_PASSWORD": "the-app-" + self.prefix}

    def start(self):
        """Returns once it answers. One that is shared runs already."""
        if self.own and not self.started:
            (self._start_real if self.command else self._start_npm)()
        self.started = True
        if self.request("GET", "/_all_dbs")[0] != 200:
            raise AssertionError(f"CouchDB at {self.url} does not take the administrator's password")
        return self

    def _start_real(self):
        output = self.directory / "output"
        with open(output, "a") as log:  # not a pipe, which the server would hold open
            subprocess.run([self.command, str(self.directory), str(self.port)], stdin=subprocess.DEVNULL, stdout=log,
                           stderr=log, timeout=90)
        pid = self.directory / "pid"
        if not pid.exists():
            raise AssertionError(f"{self.command}: {output.read_text()}")
        self.process = int(pid.read_text())

    def _start_npm(self):
        config, output = self.directory / "config.json", self.directory / "output"
        if not config.exists():
            config.write_text(json.dumps({"admins": {self.admin: self.password},
                                          "log": {"file": str(self.directory / "log"), "level": "error"}}))
        self.process = spawn(["node", PROGRAM, "--no-stdout-logs", "--port", self.port, "--host", "127.0.0.1",
                              "--dir", self.directory, "--config", config],
                             {"PATH": os.environ["PATH"], "HOME": str(self.directory)}, output, self.directory)
        wait_until(lambda: self._answers(), "pouchdb-server answers", self.process, output)

    def _answers(self):
        try:
            return self.request("GET", "/")[0] == 200
        except OSError:
            return False

    def request(self, method, path, body=None):
        """Asks it as its administrator; returns (status, answer)."""
        token = base64.b64encode(f"{self.admin}:{self.password}".encode()).decode()
        asked = urllib.request.Request(self.url + path, None if body is None else json.dumps(body).encode(), method=method,
                                       headers={"Authorization": "Basic " + token, "Content-Type": "application/json"})
        try:
            with urllib.request.urlopen(asked, timeout=30) as answer:
                return answer.status, json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as e:
            with e:
                return e.code, json.loads(e.read() or b"null")

    def databases(self):
        """The names of this test's databases."""
        return [name for name in self.request("GET", "/_all_dbs")[1] if name.startswith(self.prefix)]

    def delete(self, names):
        """Deletes those of these databases that are there."""
        for name in names:
            self.request("DELETE", "/" + urllib.parse.quote(name, safe=""))

    def stop(self):
        """Ends a server of its own; leaves nothing of this test in a shared one."""
        if self.own:
            self.kill()
            return
        self.delete(self.databases())
        user = "/_users/" + urllib.parse.quote("org.couchdb.user:" + self.app_user, safe="")
        status, found = self.request("GET", user)
        if status == 200:
            self.request("DELETE", f"{user}?rev={found['_rev']}")

    def kill(self):
        if not self.own:
            raise NotRun("not run: the CouchDB of EDM_TEST_COUCHDB_URL may be shared: EDM_TEST_COUCHDB_COMMAND starts another")
        if isinstance(self.process, int):
            self._kill_group(self.process)
        else:
            end_group(self.process)
        self.process, self.started = None, False

    @staticmethod
    def _kill_group(pid):
        """Not our child, so nobody but the kernel tells when it has ended."""
        try:
            os.killpg(pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        until = time.monotonic() + 30
        while pathlib.Path(f"/proc/{pid}").exists() and "Z" not in _state(pid) and time.monotonic() < until:
            time.sleep(0.02)

    def restart(self):
        self.kill()
        return self.start()


def _state(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except OSError:
        return "Z"
