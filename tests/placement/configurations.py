"""Configurations: those that are refused, each by one line that names the setting, and the one that joins processes.

configurations.py EDM
"""

import os
import pathlib
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from servers import Shop, free_port  # noqa: E402

EDM = os.path.abspath(sys.argv.pop())
NGINX = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
SERVICES = ["authentication", "email-confirmation", "notifications", "purchasing", "recipes"]


class Case(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def edm(self, *words, **env):
        return subprocess.run([EDM, *words], cwd=self.folder, capture_output=True, text=True, timeout=60,
                              env={"PATH": os.environ["PATH"], "EDM_LISTEN": "127.0.0.1:0", **env})


class Refusals(Case):
    def refused(self, words, **env):
        done = self.edm("serve", **env)
        self.assertIn(done.returncode, (1, 2), done.stderr)
        log, _, last = done.stderr.rstrip("\n").rpartition("\n")  # a server that is away may have been logged
        self.assertTrue(last.startswith("edm: ") and "edm: " not in log, done.stderr)
        for word in words:
            self.assertIn(word, last)
        return done

    def test_what_does_not_exist_or_does_not_go_together(self):
        for words, env in [
                (["EDM_STORE", "mongodb", "sqlite, couchdb"], {"EDM_STORE": "mongodb"}),
                (["EDM_BUS", "kafka", "embedded, rabbitmq"], {"EDM_BUS": "kafka"}),
                (["EDM_BUS=embedded", "EDM_STORE=couchdb", "set EDM_BUS=rabbitmq"], {"EDM_STORE": "couchdb"}),
                (["EDM_SERVICES", "cooks", "recipes"], {"EDM_SERVICES": "recipes,cooks"}),
                (["EDM_RABBITMQ_URL"], {"EDM_BUS": "rabbitmq", "EDM_RABBITMQ_URL": "localhost"}),
                # A publisher without its subscriber, and a subscriber without its publisher.
                (["EDM_SERVICES", "purchasing must run", "EDM_BUS=rabbitmq"], {"EDM_SERVICES": "recipes"}),
                (["EDM_SERVICES", "must run in this process too"], {"EDM_SERVICES": "notifications"})]:
            with self.subTest(env=env):
                self.refused(words, **env)
                self.assertFalse((self.folder / "data").exists(), "nothing is made before it is refused")

    def test_one_data_directory_for_two_processes(self):
        shop = Shop(EDM, self.folder, EDM_BUS="rabbitmq", EDM_RABBITMQ_URL=f"amqp://127.0.0.1:{free_port()}",
                    EDM_SERVICES="recipes", EDM_DATA_DIR=str(self.folder / "data"))
        self.addCleanup(shop.clean_up)
        self.assertTrue(shop.start(), shop.log)
        self.refused(["EDM_DATA_DIR", "in use by another process"],
                     **{**shop.env, "EDM_SERVICES": "purchasing", "EDM_LISTEN": "127.0.0.1:0"})

    def test_a_database_server_that_is_not_there(self):
        env = {"EDM_STORE": "couchdb", "EDM_BUS": "rabbitmq", "EDM_RABBITMQ_URL": f"amqp://127.0.0.1:{free_port()}",
               "EDM_COUCHDB_URL": f"http://127.0.0.1:{free_port()}", "COUCHDB_USER": "admin", "COUCHDB_PASSWORD": "a-password",
               "COUCHDB_APP_USER": "edm", "COUCHDB_APP_PASSWORD": "another-password"}
        self.assertNotIn("password", self.refused(["EDM_COUCHDB_URL", "does not answer"], **env).stderr)
        done = self.edm("doctor", **env)
        self.assertRegex(done.stdout, r"(?m)^FAIL +CouchDB .*EDM_COUCHDB_URL.*does not answer")
        self.assertRegex(self.edm("doctor", **{**env, "COUCHDB_USER": "", "COUCHDB_APP_USER": ""}).stdout,
                         r"(?m)^FAIL +CouchDB .*COUCHDB_USER")

    def test_only_the_settings_of_services_that_run_are_demanded(self):
        production = {"EDM_ENV": "production", "EDM_BUS": "rabbitmq", "EDM_RABBITMQ_URL": "amqp://edm:s@127.0.0.1:1/"}
        done = self.edm("config", EDM_SERVICES="recipes", **production)
        self.assertIn("ACCESS_TOKEN_SECRET_KEY", done.stderr)
        for name in ("APP_ADM_PASSWORD", "PAYMENT_PROVIDER_API_KEY", "EDM_WEBHOOK_SECRET"):
            self.assertNotIn(name, done.stderr)
        done = self.edm("config", EDM_SERVICES="authentication", **production)
        self.assertIn("APP_ADM_PASSWORD", done.stderr)

    def test_what_would_be_of_one_process_alone_is_told(self):
        done = self.edm("doctor", EDM_SERVICES="recipes", EDM_BUS="rabbitmq",
                        EDM_RABBITMQ_URL=f"amqp://127.0.0.1:{free_port()}")
        self.assertRegex(done.stdout, r"(?m)^warn +settings .*ACCESS_TOKEN_SECRET_KEY.* every process the same")
        self.assertRegex(done.stdout, r"(?m)^warn +settings .*EDM_PUBLIC_URL is not set")
        self.assertRegex(done.stdout, r"(?m)^FAIL +RabbitMQ .*cannot be reached.*EDM_RABBITMQ_URL")
        self.assertEqual(done.returncode, 1)


class Proxy(Case):
    def config(self, *at):
        done = self.edm("proxy-config", *[word for one in at for word in ("--at", one)])
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        return done.stdout

    def locations(self, text):
        """What each location passes its requests to."""
        return dict(re.findall(r"location ([^{]+) \{[^}]*proxy_pass http://([\w-]+);", text))

    def test_nginx_takes_it(self):
        if not NGINX:
            self.skipTest("not run: nginx is not there; install nginx-light")
        for at in (["all=127.0.0.1:8081"], ["all=127.0.0.1:8081", "all=[::1]:8082"],
                   [f"{name}=localhost:{8081 + i}" for i, name in enumerate(SERVICES)]):
            text = self.config(*at).replace("http {", f"http {{ access_log off; client_body_temp_path {self.folder};")
            (self.folder / "nginx.conf").write_text(f"pid {self.folder}/pid;\n{text}")
            done = subprocess.run([NGINX, "-t", "-e", self.folder / "log", "-p", self.folder, "-c", "nginx.conf"],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertNotIn("[warn]", done.stderr)

    def test_every_declared_route_goes_to_who_runs_its_service(self):
        text = self.config("authentication,email-confirmation=127.0.0.1:1", "recipes,purchasing=127.0.0.1:2",
                           "notifications=127.0.0.1:3,127.0.0.1:4", "purchasing=127.0.0.1:5")
        found = self.locations(text)
        for match, service in {"= /login": "authentication", "= /confirm-email": "email-confirmation",
                               "= /load-recipes": "recipes", "~ ^/get-recipe-details/.+$": "recipes",
                               "~ ^/buy-recipe/.+$": "purchasing", "= /notifications": "notifications",
                               "/mailbox": "email-confirmation"}.items():
            self.assertEqual(found[match], "edm_" + service, match)
        self.assertEqual(found["/"], "edm")
        servers = {name: re.findall(r"server ([\d.:]+);", block)
                   for name, block in re.findall(r"upstream ([\w-]+) \{([^}]*)\}", text)}
        self.assertEqual(servers["edm_notifications"], ["127.0.0.1:3", "127.0.0.1:4"])
        self.assertEqual(servers["edm_purchasing"], ["127.0.0.1:2", "127.0.0.1:5"])
        self.assertEqual(sorted(servers["edm"]), [f"127.0.0.1:{n}" for n in range(1, 6)])
        stream = re.search(r"location = /notifications \{([^}]*)\}", text).group(1)
        for words in ("proxy_buffering off;", "proxy_read_timeout 1h;"):
            self.assertIn(words, stream)
        self.assertIn("client_max_body_size 17m;", re.search(r"location = /load-recipes \{([^}]*)\}", text).group(1))

    def test_places_that_make_no_sense(self):
        for words, at in [(["email-confirmation, notifications", "--at"], ["authentication,recipes,purchasing=127.0.0.1:1"]),
                          (["there is no service cooks"], ["cooks=127.0.0.1:1"]),
                          (["has no ="], ["127.0.0.1:1"]), (["port"], ["all=127.0.0.1"]), (["port"], ["all=127.0.0.1:0"])]:
            done = self.edm("proxy-config", *[word for one in at for word in ("--at", one)])
            self.assertEqual((done.returncode, done.stdout), (2, ""), at)
            for word in words:
                self.assertIn(word, done.stderr)
        self.assertIn("EDM_LISTEN", self.edm("proxy-config").stderr)
        self.assertEqual(self.edm("proxy-config", EDM_LISTEN="127.0.0.1:8080").returncode, 0)


unittest.main()
