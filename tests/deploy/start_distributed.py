"""`make start-distributed` and its relatives: scripts/distributed.py with the program in one process on RabbitMQ.

start_distributed.py EDM ROOT
"""

import json
import os
import pathlib
import socket
import subprocess
import sys
import tempfile
import unittest
import urllib.request

from facts import EDM, NOT_RUN, ROOT

sys.path.insert(0, str(ROOT / "tests"))
from servers import NotRun, RabbitMQ, free_port  # noqa: E402


class Distributed(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="edm-")
        self.addCleanup(folder.cleanup)
        self.at = pathlib.Path(folder.name)
        self.port = free_port()

    def run_it(self, word, **env):
        return subprocess.run([ROOT / "scripts/distributed.py", word, self.at], capture_output=True, text=True, timeout=120,
                              stdin=subprocess.DEVNULL, env={**os.environ, "edm": str(EDM), "port": str(self.port), **env})

    def assert_refused(self, done, words):
        self.assertEqual((done.returncode, done.stderr.count("\n")), (1, 1), done.stderr)
        self.assertIn(words, done.stderr)

    def test_it_starts_tells_and_stops_and_keeps_what_it_stored(self):
        self.addCleanup(self.run_it, "stop")
        done = self.run_it("start", placement="one")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        self.assertIn(f"http://127.0.0.1:{self.port}/docs   1 processes (all), RabbitMQ, SQLite\n", done.stdout)
        self.assertIn("administrator   admin@example.com; the password is APP_ADM_PASSWORD in ", done.stdout)
        pid = json.loads((self.at / "running.json").read_text())["processes"][0]["pid"]
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/docs", timeout=10) as answer:
            self.assertEqual(answer.status, 200)
        again = self.run_it("start", placement="per-service")
        self.assertEqual((again.returncode, again.stdout.splitlines()[0]), (0, "it runs already"))
        status = self.run_it("status")
        self.assertEqual(status.returncode, 0)
        self.assertRegex(status.stdout, rf"\nall +port {self.port} +ready\n")
        self.assertIn(" 0 lost, ", self.run_it("audit").stdout)
        stopped = self.run_it("stop")
        self.assertEqual((stopped.returncode, stopped.stdout), (0, "stopped\n"))
        self.assertFalse(pathlib.Path(f"/proc/{pid}").exists())
        self.assertEqual(self.run_it("status").returncode, 3)
        secrets = (self.at / "one-sqlite/secrets.json").read_text()
        self.assertEqual(self.run_it("start", placement="one").returncode, 0)
        self.assertEqual((self.at / "one-sqlite/secrets.json").read_text(), secrets)
        audit = self.run_it("audit").stdout
        self.assertIn("14 subscriptions: 0 events behind, 0 lost, 0 parked", audit)

    def test_what_cannot_be_started_is_one_line(self):
        with socket.socket() as s:
            s.bind(("127.0.0.1", self.port))
            s.listen()
            self.assert_refused(self.run_it("start"), f"distributed: port {self.port} is in use")
        self.assert_refused(self.run_it("start", placement="pairs"), "placement=pairs needs store=couchdb")
        self.assert_refused(self.run_it("start", placement="many"), "the placements are per-service, one, pairs")
        self.assert_refused(self.run_it("start", store="mysql"), "the stores are sqlite, couchdb")
        self.assert_refused(self.run_it("start", edm="/nowhere/edm"), "/nowhere/edm is not built: make build")
        self.assert_refused(self.run_it("start", store="couchdb", placement="one", EDM_COUCHDB_URL="http://127.0.0.1:1"),
                            "EDM_COUCHDB_URL: nothing answers at http://127.0.0.1:1")
        self.assertEqual(self.run_it("stop").stdout, "it does not run\n")


try:
    with tempfile.TemporaryDirectory() as folder:
        RabbitMQ(folder)
except NotRun as why:
    print(why)
    sys.exit(NOT_RUN)
unittest.main()
