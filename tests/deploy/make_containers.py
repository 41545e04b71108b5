"""`make build … reset-build CONTAINER=1`: what scripts/containers.sh asks of Compose, by a stand-in that notes it down.

make_containers.py EDM ROOT
"""

import os
import pathlib
import shutil
import subprocess
import tempfile
import unittest

from facts import ROOT

DOCKER = """#!/bin/sh
echo "docker $*" >>"$NOTED"
case "$*" in info) exit "${ENGINE:-0}" ;; esac
"""
CURL = '#!/bin/sh\nexit "${READY:-0}"\n'
SECRETS = "RABBITMQ_PASSWORD=a\nCOUCHDB_PASSWORD=b\nCOUCHDB_APP_PASSWORD=c\n"


class Containers(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.at = pathlib.Path(folder.name)
        (self.at / "scripts").mkdir()
        for name in ("containers.sh", "settings.sh"):
            shutil.copy(ROOT / "scripts" / name, self.at / "scripts")
        shutil.copy(ROOT / "Makefile", self.at)
        (self.at / "bin").mkdir()
        for name, text in (("docker", DOCKER), ("curl", CURL)):
            (self.at / "bin" / name).write_text(text)
            (self.at / "bin" / name).chmod(0o755)

    def make(self, *words, **env):
        """Returns what was done and the calls of Compose."""
        noted = self.at / "noted"
        noted.write_text("")
        done = subprocess.run(["make", "-C", self.at, *words, "CONTAINER=1"], capture_output=True, text=True, timeout=60,
                              env={"PATH": f"{self.at}/bin:{os.environ['PATH']}", "NOTED": str(noted), **env})
        compose = "docker compose --profile distributed "
        return done, [line.removeprefix(compose) for line in noted.read_text().splitlines() if line.startswith(compose)]

    def test_alone(self):
        done, calls = self.make("start")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn("edm serves http://127.0.0.1/docs\n", done.stdout)
        self.assertEqual(calls, ["build edm", "stop edm-distributed", "up -d --build edm"])
        self.assertIn("docker compose --profile distributed exec edm cat /var/lib/edm/secrets/APP_ADM_PASSWORD", done.stdout)

    def test_distributed(self):
        (self.at / ".env").write_text(SECRETS)
        done, calls = self.make("start", "profile=distributed")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(calls[1:3], ["stop edm", "up -d --build --scale edm=0 edm-distributed"])

    def test_distributed_without_its_secrets(self):
        (self.at / ".env").write_text("RABBITMQ_PASSWORD=a\n")
        done, calls = self.make("start", "profile=distributed")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("containers: set in .env, of letters and digits: COUCHDB_PASSWORD COUCHDB_APP_PASSWORD\n", done.stderr)
        self.assertEqual(calls, ["build edm"])

    def test_the_others(self):
        for target, calls in (("build", ["build edm"]), ("stop", ["stop"]), ("status", ["ps"]),
                              ("logs", ["logs --tail 100 -f"])):
            done, made = self.make(target)
            self.assertEqual((done.returncode, made), (0, calls), done.stderr)

    def test_what_is_not_ready_is_told(self):
        done, _ = self.make("status", READY="1")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("edm is not ready at http://127.0.0.1\n", done.stdout)

    def test_data_goes_only_when_it_is_meant(self):
        done, calls = self.make("reset-build")
        self.assertNotEqual(done.returncode, 0)
        self.assertEqual(calls, [])
        done, calls = self.make("reset-build", YES="1")
        self.assertEqual((done.returncode, calls), (0, ["down --volumes"]))

    def test_without_an_engine_it_is_one_line(self):
        done, calls = self.make("start", ENGINE="1")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn("containers: no container engine answers", done.stderr)
        self.assertEqual(calls, [])


unittest.main()
