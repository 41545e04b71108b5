#!/usr/bin/env python3
"""distributed.py start|stop|status|logs|audit [DIRECTORY]: the program as several processes, with the servers that it needs, all of
them on this machine and on loopback addresses; for trying it, and for tests. What it stores lies below DIRECTORY
(data/distributed), a folder for each placement and store.

Environment: placement=per-service (default; a process for each service), one, or pairs (two processes that run everything;
needs store=couchdb); store=sqlite (default) or couchdb, which is at EDM_COUCHDB_URL with COUCHDB_USER and COUCHDB_PASSWORD,
or else pouchdb-server, started here; port=8080; edm=build/release/app/edm. EDM_… settings reach every process.
"""

import fcntl
import json
import os
import pathlib
import signal
import socket
import subprocess
import sys
import urllib.error
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))
for name in [name for name in os.environ if name.startswith("EDM_TEST_")]:
    del os.environ[name]  # a shared server of tests is emptied after use

from servers import CouchDB, Deployment, NotRun, RabbitMQ  # noqa: E402
from servers.deployment import shared_secrets  # noqa: E402

PLACEMENTS = {"per-service": {"placement": "each"}, "one": {}, "pairs": {"copies": 2}}
OURS = {"EDM_STORE", "EDM_BUS", "EDM_SERVICES", "EDM_LISTEN", "EDM_DATA_DIR", "EDM_PUBLIC_URL", "EDM_RABBITMQ_URL",
        "EDM_COUCHDB_URL", "EDM_COUCHDB_PREFIX"}  # decided here


class Problem(Exception):
    """One line for whoever called."""


class Log(list):
    """The last lines of a process, all of which are in a file."""

    def __init__(self, path):
        super().__init__()
        self.file = open(path, "a", buffering=1)

    def append(self, line):
        self.file.write(line)
        super().append(line)
        del self[:-50]


class Named:
    """A CouchDB that others run; nothing of it is started, stopped or removed."""

    def __init__(self, url):
        self.url, self.port = url, None
        self.settings = {"EDM_COUCHDB_URL": url, "COUCHDB_APP_USER": "edm-distributed",
                         **{name: os.environ[name] for name in ("COUCHDB_USER", "COUCHDB_PASSWORD", "COUCHDB_APP_USER",
                                                               "COUCHDB_APP_PASSWORD") if name in os.environ}}

    def start(self):
        try:
            urllib.request.urlopen(self.url + "/_up", timeout=5).close()
        except urllib.error.HTTPError:
            pass  # it answers
        except OSError as e:
            raise Problem(f"EDM_COUCHDB_URL: nothing answers at {self.url} ({e})") from e

    def stop(self):
        pass


class Installation:
    """What one start runs."""

    def __init__(self, directory):
        self.placement, self.store = os.environ.get("placement") or "per-service", os.environ.get("store") or "sqlite"
        if self.placement not in PLACEMENTS:
            raise Problem(f"there is no placement {self.placement}; the placements are {', '.join(PLACEMENTS)}")
        if self.store not in ("sqlite", "couchdb"):
            raise Problem(f"there is no store {self.store}; the stores are sqlite, couchdb")
        if self.placement == "pairs" and self.store == "sqlite":
            raise Problem("placement=pairs needs store=couchdb: a SQLite file belongs to one process")
        self.program = pathlib.Path(os.environ.get("edm") or ROOT / "build/release/app/edm")
        if not os.access(self.program, os.X_OK):
            raise Problem(f"{self.program} is not built: make build")
        self.port = int(os.environ.get("port") or 8080)
        self.directory = directory / f"{self.placement}-{self.store}"
        self.directory.mkdir(parents=True, exist_ok=True)
        kept = self._kept_secrets()
        try:
            self.rabbitmq = RabbitMQ(self.directory / "rabbitmq")
            self.couchdb = self._couchdb(kept)
            own = {name: value for name, value in os.environ.items() if name.startswith("EDM_") and name not in OURS}
            self.deployment = Deployment(
                self.program, self.directory, store=self.store, bus="rabbitmq", rabbitmq=self.rabbitmq,
                couchdb=self.couchdb, port=self.port, **PLACEMENTS[self.placement],
                **{**kept["shop"], "EDM_THREADS": "0", "EDM_PAYMENT_DELAY": "1s..5s", "EDM_COUCHDB_PREFIX": "distributed-",
                   **own})
        except NotRun as why:
            raise Problem(str(why).removeprefix("not run: ")) from why
        for process in self.deployment.processes:
            process.log = Log(process.data / "edm.log")

    def _kept_secrets(self):
        """Made at the first start, and the same ever after: what is stored depends on them."""
        file = self.directory / "secrets.json"
        if not file.exists():
            with open(os.open(file, os.O_WRONLY | os.O_CREAT, 0o600), "w") as out:
                json.dump({"shop": shared_secrets(), "couchdb": os.urandom(12).hex()}, out, indent=1)
        return json.loads(file.read_text())

    def _couchdb(self, kept):
        if self.store == "sqlite":
            return None
        if url := os.environ.get("EDM_COUCHDB_URL"):
            named = Named(url.rstrip("/"))
            named.settings.setdefault("COUCHDB_APP_PASSWORD", kept["couchdb"])
            return named
        own = CouchDB(self.directory / "couchdb")
        own.password, own.prefix, own.app_user = kept["couchdb"], "distributed-", "edm-distributed"
        return own

    def start(self):
        if not port_is_free(self.port):
            raise Problem(f"port {self.port} is in use: stop what listens there, or choose another with port=…")
        print("starting RabbitMQ", flush=True)
        self.rabbitmq.start()
        if self.couchdb:
            print(f"starting to use CouchDB at {self.couchdb.url}", flush=True)
            self.couchdb.start()
        print(f"starting {len(self.deployment.processes)} processes", flush=True)
        self.deployment.start()

    def stop(self):
        self.deployment.stop()
        for server in filter(None, (self.couchdb, self.rabbitmq)):
            server.stop()

    def state(self):
        """What `status` tells."""
        return {"pid": os.getpid(), "url": self.deployment.url, "placement": self.placement, "store": self.store,
                "rabbitmq": self.rabbitmq.url, "couchdb": self.couchdb and self.couchdb.url,
                "administrator": self.deployment.settings["APP_ADM_USER"],
                "secrets": str(self.directory / "secrets.json"), "program": str(self.program.resolve()),
                "processes": [{"services": p.services or ["all"], "port": p.port, "data": str(p.data), "pid": p.process.pid}
                              for p in self.deployment.processes]}


def port_is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


class Place:
    """DIRECTORY: one installation at a time runs over it, and holds its lock."""

    def __init__(self, directory):
        self.directory = directory
        directory.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.file = directory / "running.json"
        self.lock = open(directory / "lock", "a")

    def take(self):
        try:
            fcntl.flock(self.lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def running(self):
        """What runs here; None where nothing does; {} where it is still starting, or stopping."""
        if self.take():
            fcntl.flock(self.lock, fcntl.LOCK_UN)
            return None
        try:
            return json.loads(self.file.read_text())
        except FileNotFoundError:
            return {}


def describe(state):
    names = ", ".join("+".join(p["services"]) for p in state["processes"])
    servers = "RabbitMQ" + (f", CouchDB at {state['couchdb']}" if state["couchdb"] else ", SQLite")
    print(f"{state['url']}/docs   {len(state['processes'])} processes ({names}), {servers}\n"
          f"administrator   {state['administrator']}; the password is APP_ADM_PASSWORD in {os.path.relpath(state['secrets'])}\n"
          f"logs            {os.path.relpath(pathlib.Path(state['secrets']).parent)}/*/edm.log, rabbitmq/log, proxy/error.log")


def serve(place):
    """The process that stays: all others are its children and end with it."""
    if not place.take():
        raise Problem("another start is under way")
    ends = (signal.SIGTERM, signal.SIGINT)
    for end in ends:
        signal.signal(end, lambda *_: sys.exit(1))  # while it starts: the stop below still runs
    place.file.unlink(missing_ok=True)
    installation = Installation(place.directory)
    try:
        installation.start()
        signal.pthread_sigmask(signal.SIG_BLOCK, ends)
        place.file.write_text(json.dumps(installation.state()))
        print("ready", flush=True)
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        signal.sigwait(ends)
    finally:
        place.file.unlink(missing_ok=True)
        installation.stop()


def start(place):
    running = place.running()
    if running is not None:
        print("it runs already" if running else "it is starting or stopping already")
        if running:
            describe(running)
        return
    log = place.directory / "distributed.log"
    with open(log, "a") as errors:
        serving = subprocess.Popen([sys.executable, __file__, "serve", place.directory], stdin=subprocess.DEVNULL, text=True,
                                   stdout=subprocess.PIPE, stderr=errors, start_new_session=True)
    for line in serving.stdout:
        if line == "ready\n":
            describe(place.running())
            return
        print(line, end="", flush=True)
    serving.wait()
    lines = log.read_text().splitlines() or ["it ended and said nothing"]
    raise Problem(lines[-1].removeprefix("distributed: ") + ("" if lines[-1].startswith("distributed: ") else f"; see {log}"))


def stop(place):
    running = place.running()
    if running is None:
        print("it does not run")
        return
    if not running:
        raise Problem("it is starting or stopping; try again")
    os.kill(running["pid"], signal.SIGTERM)
    fcntl.flock(place.lock, fcntl.LOCK_EX)  # held until the last child has ended
    print("stopped")


def status(place):
    """Exit code 3: nothing runs; 4: something is not ready."""
    running = place.running()
    if not running:
        print("it does not run" if running is None else "it is starting or stopping")
        return 3
    describe(running)
    ready = True
    for process in running["processes"]:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{process['port']}/readyz", timeout=5) as answer:
                said = json.load(answer)
        except urllib.error.HTTPError as e:
            said = json.loads(e.read() or b"{}")
        except OSError as e:
            said = {"status": "does not answer", "reason": str(e)}
        ready = ready and said.get("status") in ("ready", "degraded")
        print(f"{'+'.join(process['services']):<20} port {process['port']:<6} {said.get('status')}"
              + (f": {said['reason']}" if said.get("reason") else ""))
    return 0 if ready else 4


def audit(place):
    """`edm audit` over all processes."""
    running = place.running()
    if not running:
        raise Problem("it does not run")
    at = [word for process in running["processes"] for word in ("--at", process["data"])]
    os.execv(running["program"], [running["program"], "audit", *at])


def logs(place):
    files = sorted(place.directory.glob("*/*/edm.log"), key=lambda file: file.stat().st_mtime)[-8:]
    if not files:
        raise Problem(f"no log yet below {place.directory}")
    os.execvp("tail", ["tail", "-n", "20", "-F", *map(str, files)])


def main():
    commands = {"start": start, "stop": stop, "status": status, "logs": logs, "audit": audit, "serve": serve}
    if not 2 <= len(sys.argv) <= 3 or sys.argv[1] not in commands:
        print(__doc__, file=sys.stderr)
        return 2
    directory = pathlib.Path(sys.argv[2]) if len(sys.argv) == 3 else ROOT / "data/distributed"
    try:
        return commands[sys.argv[1]](Place(directory.resolve()))
    except (Problem, AssertionError) as e:  # the latter: a server did not come up, with the end of its log
        print("distributed: " + " ".join(str(e).split()), file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
