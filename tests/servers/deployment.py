"""The program as it is deployed: one process or several, over one store, one bus, and behind one address."""

import base64
import json
import pathlib
import secrets
import subprocess

from .children import free_port
from .client import Client
from .nginx import Nginx
from .shop import Shop


def services_of(program):
    """The names of all services and simulators, as the program declares them."""
    described = subprocess.run([program, "describe"], capture_output=True, text=True, check=True).stdout
    cells = [line.split("|")[1].strip() for line in described.splitlines() if line.startswith("|")]
    return [name for name in cells[1:] if name and set(name) != {"-"}]


def shared_secrets():
    """What several processes must agree on; a single one would make its own."""
    return {
        "ACCESS_TOKEN_SECRET_KEY": secrets.token_hex(32),
        "APP_ADM_USER": "admin@example.com",
        "APP_ADM_PASSWORD": secrets.token_hex(16),
        "PAYMENT_PROVIDER_API_KEY": secrets.token_hex(32),
        "PAYMENT_PROVIDER_ENCRYPTION_KEY": base64.urlsafe_b64encode(secrets.token_bytes(32)).decode(),
        "EDM_WEBHOOK_SECRET": "whsec_" + base64.b64encode(secrets.token_bytes(32)).decode(),
    }


class Deployment(Client):
    """Starts with `start`. `placement` is "one" (one process for everything), "each" (a process per service), or a list with
    the list of services of each process; `copies` runs each of these so many times (needs a store that they can share).
    `port` is where it is reached; not given, a free one. `broker_port` is where processes reach the broker instead of its own
    port, as through a gate; `couchdb_port` the same. Further settings are environment variables of every process."""

    def __init__(self, program, directory, placement="one", store="sqlite", bus="embedded", rabbitmq=None, couchdb=None,
                 processes=None, copies=1, broker_port=None, couchdb_port=None, port=None, **settings):
        super().__init__()
        self.program, self.directory = str(pathlib.Path(program).resolve()), pathlib.Path(directory).resolve()
        self.secrets = shared_secrets()
        self.settings = {**self.secrets, "EDM_STORE": store, "EDM_BUS": bus}
        if rabbitmq:
            self.settings["EDM_RABBITMQ_URL"] = self._through(rabbitmq.url, rabbitmq.port, broker_port)
        self.couchdb = couchdb
        if couchdb:
            self.settings.update(couchdb.settings)
            self.settings["EDM_COUCHDB_URL"] = self._through(couchdb.url, couchdb.port, couchdb_port)
        self.settings.update(settings)
        if processes is None:
            processes = placement
        if processes == "each":
            processes = [[name] for name in services_of(program)]
        self.placement = [None] if processes == "one" else list(processes)
        self.placement = [services for services in self.placement for _ in range(copies)]
        self.port = port or free_port()
        self.proxy = Nginx(self.directory / "proxy", port=self.port) if len(self.placement) > 1 else None
        self.processes = [self._process(i, services) for i, services in enumerate(self.placement)]
        self.mailboxes = [process.data / "mailbox" for process in self.processes]

    @staticmethod
    def _through(url, port, gate):
        return url.replace(f":{port}", f":{gate}", 1) if gate else url

    def _process(self, i, services):
        name = f"{i}-{services[0] if services and len(services) == 1 else 'some' if services else 'all'}"
        data = self.directory / name
        data.mkdir(parents=True, exist_ok=True)
        process = Shop(self.program, data, **self.settings)
        if not self.proxy:
            process.port = self.port
        process.env["EDM_LISTEN"] = f"127.0.0.1:{process.port}"
        process.env.setdefault("EDM_PUBLIC_URL", self.url)
        if services:
            process.env["EDM_SERVICES"] = ",".join(services)
        process.services = services
        return process

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def process(self, which):
        """By its number, or the first that runs this service."""
        if isinstance(which, int):
            return self.processes[which]
        return next(p for p in self.processes if p.services is None or which in p.services)

    def start(self):
        """Starts the proxy and all processes that do not run; returns once all are ready."""
        if self.proxy and not self.proxy.process:
            self.proxy.config_text = self.proxy_config()
            self.proxy.start()
        begun = [process for process in self.processes if process.process is None or process.gone()]
        for process in begun:
            process.clean_up()
            process.begin()
        for process in begun:
            if not process.wait_ready():
                raise AssertionError(f"{process.data.name} ended before it was ready:\n" + "".join(process.log[-20:]))
        return self

    def stop(self):
        """Ends all processes in order, then the proxy; returns their exit codes."""
        running = [process for process in self.processes if process.process and not process.process.stderr.closed]
        for process in running:
            if not process.gone():
                process.process.terminate()
        codes = [process.wait() for process in running]
        if self.proxy:
            self.proxy.stop()
        return codes

    def lose_store(self, service):
        """All that a service stored is gone, as with a disk that was replaced. Nothing runs meanwhile."""
        if self.couchdb:
            described = json.loads(self.command("describe", "--json").stdout)["services"]
            names = next(one["databases"] for one in described if one["name"] == service)
            own = {f"{service}-{name}" for name in ["events", "parked", *(one["name"] for one in names)]}
            own |= {one["name"] for one in names}  # where no other service has one of that name
            self.couchdb.delete(self.settings["EDM_COUCHDB_PREFIX"] + name for name in own)
        for process in self.processes:
            for file in process.data.glob(f"{service}.sqlite*"):
                file.unlink()

    def clean_up(self):
        for process in self.processes:
            process.clean_up()
        if self.proxy:
            self.proxy.stop()

    def gone(self):
        return any(process.process is None or process.gone() for process in self.processes)

    @property
    def log(self):
        return [line for process in self.processes for line in process.log]

    def secret(self, name):
        return self.secrets[name]

    def command(self, *words, process=0, timeout=120):
        """Runs `edm WORDS` in the environment of a process."""
        return subprocess.run([self.program, *words], env=self.processes[process].env, capture_output=True, text=True,
                              timeout=timeout)

    def audit(self):
        """The rows of the audit of all processes together; None where it cannot be told now."""
        if len(self.processes) == 1:
            return self.processes[0].audit()
        at = [word for process in self.processes for word in ("--at", f"http://127.0.0.1:{process.port}")]
        done = self.command("audit", "--json", *at)
        return json.loads(done.stdout) if done.stdout.startswith("[") else None

    def proxy_config(self):
        """What joins the processes, as `edm proxy-config` writes it."""
        words = []
        for process in self.processes:
            words += ["--at", f"{','.join(process.services or ['all'])}=127.0.0.1:{process.port}"]
        done = self.command("proxy-config", *words)
        if done.returncode != 0:
            raise AssertionError("edm proxy-config: " + done.stderr)
        return done.stdout
