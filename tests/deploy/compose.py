"""docker-compose.yml as Compose reads it.

compose.py EDM ROOT
"""

import os
import re
import subprocess
import tempfile
import unittest

import yaml

from facts import ROOT, needs

COMPOSE = needs("docker-compose", "docker-compose")
NO_SETTINGS = tempfile.NamedTemporaryFile(prefix="edm-env-")  # instead of the checkout's .env
SECRETS = {"RABBITMQ_PASSWORD": "rabbit7", "COUCHDB_PASSWORD": "couch7", "COUCHDB_APP_PASSWORD": "app7"}


def compose(*words, **env):
    return subprocess.run([COMPOSE, "--env-file", NO_SETTINGS.name, *words], cwd=ROOT, capture_output=True, text=True, timeout=60,
                          env={"PATH": os.environ["PATH"], "HOME": os.environ.get("HOME", "/"), **env})


class Compose(unittest.TestCase):
    def read(self, *words, **env):
        done = compose(*words, "config", **env)
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return yaml.safe_load(done.stdout)

    def test_nothing_has_to_be_set_for_the_application_alone(self):
        services = self.read()["services"]
        alone = [name for name, service in services.items() if not service.get("profiles")]
        self.assertEqual(alone, ["edm"])
        self.assertNotIn("depends_on", services["edm"])
        self.assertEqual(services["edm"]["environment"].get("EDM_BUS"), None)

    def test_the_profile_brings_both_servers_and_waits_for_them(self):
        services = self.read("--profile", "distributed", **SECRETS)["services"]
        self.assertEqual({n for n, s in services.items() if s.get("profiles") == ["distributed"]},
                         {"edm-distributed", "rabbitmq", "couchdb"})
        app = services["edm-distributed"]
        self.assertEqual(app["depends_on"], {n: {"condition": "service_healthy"} for n in ("rabbitmq", "couchdb")})
        self.assertEqual((app["environment"]["EDM_STORE"], app["environment"]["EDM_BUS"]), ("couchdb", "rabbitmq"))
        self.assertEqual(app["environment"]["EDM_RABBITMQ_URL"], "amqp://edm:rabbit7@rabbitmq:5672/")
        self.assertEqual(app["environment"]["COUCHDB_PASSWORD"], services["couchdb"]["environment"]["COUCHDB_PASSWORD"])
        self.assertEqual(services["rabbitmq"]["environment"]["RABBITMQ_DEFAULT_PASS"], "rabbit7")

    def test_servers_are_pinned_checked_and_keep_their_data(self):
        whole = self.read("--profile", "distributed", **SECRETS)
        kept = set()
        for name, service in whole["services"].items():
            named = [v.split(":")[0] for v in service["volumes"] if not v.startswith(("/", "."))]
            self.assertEqual(len(named), 1, name)
            kept.update(named)
            if "build" not in service:
                self.assertRegex(service["image"], r"^[a-z]+:\d+\.\d+\.\d+$")
                self.assertLessEqual(int(re.match(r"\d+", service["healthcheck"]["interval"]).group()), 5)
            for mounted in service["volumes"]:
                source = mounted.split(":")[0]
                self.assertTrue(source in named or os.path.exists(source), source)
        self.assertEqual(kept, set(whole["volumes"]))

    def test_the_address_is_port_80_of_this_machine_alone(self):
        services = self.read("--profile", "distributed", **SECRETS)["services"]
        for name, service in services.items():
            self.assertEqual(service.get("ports"), ["127.0.0.1:80:80/tcp"] if name.startswith("edm") else None, name)

    def test_the_program_knows_all_settings_that_it_is_given(self):
        known = set(re.findall(r"^#?([A-Z][A-Z_]+)=", (ROOT / ".env_template").read_text(), re.M))
        for name in ("edm", "edm-distributed"):
            given = set(self.read("--profile", "distributed", **SECRETS)["services"][name]["environment"])
            self.assertEqual(given - known, set())

    def test_a_server_without_its_secret_ends_and_names_it(self):
        services = self.read("--profile", "distributed")["services"]
        for name, variable in (("rabbitmq", "RABBITMQ_PASSWORD"), ("couchdb", "COUCHDB_PASSWORD")):
            shell, flag, script = [word.replace("$$", "$") for word in services[name]["entrypoint"]]
            done = subprocess.run([shell, flag, script], env=services[name]["environment"], capture_output=True, text=True)
            self.assertNotEqual(done.returncode, 0)
            self.assertIn(f"set {variable} in .env", done.stderr)


unittest.main()
