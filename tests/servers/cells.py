"""The combinations of engines and placements that the same tests run on."""

import dataclasses
import itertools
import pathlib
import shutil
import sys
import tempfile
import unittest

from .children import NotRun, end_in_order_on_sigterm
from .couchdb import CouchDB
from .deployment import Deployment
from .rabbitmq import RabbitMQ

NOT_RUN = 77  # the exit code that ctest takes for a skipped test


@dataclasses.dataclass(frozen=True)
class Cell:
    store: str = "sqlite"
    bus: str = "embedded"
    placement: str | tuple = "one"  # as Deployment takes it
    copies: int = 1


CELLS = {
    "sqlite-embedded": Cell(),
    "sqlite-rabbitmq": Cell(bus="rabbitmq"),
    "couchdb-rabbitmq": Cell("couchdb", "rabbitmq"),
    "each-sqlite-rabbitmq": Cell(bus="rabbitmq", placement="each"),
    "each-couchdb-rabbitmq": Cell("couchdb", "rabbitmq", placement="each"),
    "two-couchdb-rabbitmq": Cell("couchdb", "rabbitmq", copies=2),
}


class Servers:
    """What a cell's deployments stand on, started on demand and shared by the tests of one run. Each deployment gets a
    virtual host and a prefix of its own, so it finds nothing of the one before."""

    def __init__(self, program, name, directory):
        self.program, self.name, self.cell = str(pathlib.Path(program).resolve()), name, CELLS[name]
        self.directory = pathlib.Path(directory).resolve()
        self.numbers = itertools.count(1)
        self.rabbitmq = RabbitMQ(self.directory / "rabbitmq") if self.cell.bus == "rabbitmq" else None
        self.couchdb = CouchDB(self.directory / "couchdb") if self.cell.store == "couchdb" else None

    def start(self):
        try:
            for server in filter(None, (self.rabbitmq, self.couchdb)):
                server.start()
        except BaseException:
            self.stop()
            raise
        return self

    def stop(self):
        for server in filter(None, (self.rabbitmq, self.couchdb)):
            server.stop()

    def deployment(self, **settings):
        """One that nothing has run on before; not started yet. `settings` as Deployment takes them."""
        number = next(self.numbers)
        folder = self.directory / f"deployment{number}"
        if number > 1 and self.rabbitmq:
            settings.setdefault("EDM_RABBITMQ_URL", self.rabbitmq.url + self.rabbitmq.new_host(f"d{number}"))
        if number > 1 and self.couchdb:
            settings.setdefault("EDM_COUCHDB_PREFIX", f"{self.couchdb.prefix}{number}-")
        return Deployment(self.program, folder, self.cell.placement, self.cell.store, self.cell.bus, self.rabbitmq,
                          self.couchdb, copies=self.cell.copies, **settings)


def run(name, program, give, *cases):
    """Runs the test cases on one cell and exits; `give` gets the servers before."""
    end_in_order_on_sigterm()
    directory = tempfile.mkdtemp(prefix="edm-")
    try:
        try:
            servers = Servers(program, name, directory)
        except NotRun as why:
            print(why)
            sys.exit(NOT_RUN)
        servers.start()
        try:
            give(servers)
            suite = unittest.TestSuite(unittest.defaultTestLoader.loadTestsFromTestCase(case) for case in cases)
            result = unittest.TextTestRunner(verbosity=2).run(suite)
        finally:
            servers.stop()
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    sys.exit(not result.wasSuccessful())
