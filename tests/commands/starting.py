"""How the program starts, what it tells, how it refuses to start, and what the doctor says before.

starting.py EDM ROOT
"""

import http.client
import os
import resource
import signal
import socket
import subprocess
import unittest

from program import Case, EDM, Folder, Serving


class FirstWords(Case):
    def on_a_terminal(self, folder):
        """What a start shows on a terminal, up to its last word."""
        ours, theirs = os.openpty()
        process = subprocess.Popen([EDM, "serve"], env=folder.env, cwd=folder.path, stdout=theirs,
                                   stderr=subprocess.PIPE, text=True)
        os.close(theirs)
        shown = b""
        while b"Ctrl-C" not in shown:
            shown += os.read(ours, 4096)
        process.send_signal(signal.SIGINT)
        log = process.stderr.read()
        process.stderr.close()
        self.assertEqual(process.wait(30), 0)
        os.close(ours)
        return shown.decode(), log

    def test_a_terminal_is_told_the_password_once(self):
        folder = Folder()
        self.addCleanup(folder.close)
        shown, log = self.on_a_terminal(folder)
        password = (folder.data / "secrets" / "APP_ADM_PASSWORD").read_text().strip()
        self.assertEqual(shown.count(password), 1)
        self.assertIn("admin@example.com", shown)
        for path in ("/docs", "/mailbox"):
            self.assertRegex(shown, r"http://127\.0\.0\.1:\d+" + path)
        again, log_again = self.on_a_terminal(folder)
        self.assertNotIn("password", again)
        for secret in folder.secrets():
            self.assertNotIn(secret, log + again + log_again)

    def test_elsewhere_it_is_told_where_the_password_lies(self):
        folder = Folder()
        self.addCleanup(folder.close)
        for told in (True, False):
            serving = Serving(folder, stdout=subprocess.PIPE)
            self.assertEqual(serving.stop(), 0)
            out = serving.process.stdout.read()
            serving.process.stdout.close()
            self.assertEqual("data/secrets/APP_ADM_PASSWORD" in out, told, out)
            for secret in folder.secrets():
                self.assertNotIn(secret, out + serving.log)

    def test_what_is_probably_not_meant_is_logged(self):
        folder = Folder(EDM_ENV="production", **{name: os.urandom(32).hex() for name in (
            "ACCESS_TOKEN_SECRET_KEY", "APP_ADM_PASSWORD", "PAYMENT_PROVIDER_API_KEY")},
            EDM_WEBHOOK_SECRET="whsec_" + "q83vEjRWeJq83vEjRWeJq83vEjRWeJkL8pZtYw3sN0A=", APP_ADM_USER="boss@example.com",
            EDM_PAYMENT_PROVIDER_URL="https://pay.example.com")
        self.addCleanup(folder.close)
        serving = Serving(folder)
        c = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=20)
        c.request("GET", "/mailbox")
        self.assertEqual(c.getresponse().status, 404)
        c.close()
        self.assertEqual(serving.stop(), 0)
        self.assertIn("EDM_PUBLIC_URL is not set", serving.log)
        self.assertIn("EDM_MAIL is mailbox", serving.log)
        self.assertFalse((folder.data / "secrets").exists())


class Refusals(Case):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)

    def test_a_port_that_is_taken(self):
        with socket.socket() as other:
            other.bind(("127.0.0.1", 0))
            other.listen()
            env = {"EDM_LISTEN": f"127.0.0.1:{other.getsockname()[1]}"}
            self.assert_refused(self.folder.run("serve", env=env), 1, env["EDM_LISTEN"], "another process")
            doctor = self.folder.run("doctor", env=env)
        self.assertEqual(doctor.returncode, 1)
        self.assertRegex(doctor.stdout, r"(?m)^FAIL +port .*EDM_LISTEN")

    def test_a_data_directory_that_cannot_be(self):
        (self.folder.path / "file").write_text("")
        for place in ("file", "file/data"):
            for command in (["serve"], ["audit"]):
                self.assert_refused(self.folder.run(*command, env={"EDM_DATA_DIR": place}), 2, "EDM_DATA_DIR", place)
            doctor = self.folder.run("doctor", env={"EDM_DATA_DIR": place})
            self.assertEqual(doctor.returncode, 1)
            self.assertRegex(doctor.stdout, r"(?m)^FAIL +data directory .*EDM_DATA_DIR")

    def test_wrong_settings_stop_every_command(self):
        for command in (["serve"], ["audit"], ["deadletters", "list"], ["subscriptions", "list"]):
            self.assert_refused(self.folder.run(*command, env={"EDM_SPEED": "1"}), 2, "EDM_SPEED")
        self.assertFalse(self.folder.data.exists())

    def test_a_data_directory_in_use(self):
        serving = Serving(self.folder)
        try:
            self.assert_refused(self.folder.run("serve"), 2, "in use by another process")
        finally:
            self.assertEqual(serving.stop(), 0)


class Doctor(Case):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)

    def findings(self, done):
        lines = [line.split(None, 1) for line in done.stdout.splitlines()]
        self.assertEqual({word for word, _ in lines} - {"ok", "warn", "FAIL"}, set(), done.stdout)
        self.assertEqual(done.returncode, 1 if "FAIL" in [word for word, _ in lines] else 0, done.stdout)
        return {rest.split("  ")[0]: (word, rest) for word, rest in lines}

    def test_a_machine_before_the_first_start(self):
        found = self.findings(self.folder.run("doctor"))
        self.assertFalse(self.folder.data.exists())
        for subject in ("settings", "SQLite", "data directory", "free space", "secrets", "process", "port", "stores"):
            self.assertIn(found[subject][0], ("ok", "warn"), found)
        self.assertIn("clock", found)
        self.assertIn("open files", found)

    def test_settings_that_are_wrong(self):
        done = self.folder.run("doctor", env={"EDM_SPEED": "1", "EDM_LISTEN": "x"})
        self.assertEqual(done.stdout.count("FAIL  settings"), 2, done.stdout)
        self.assertEqual(done.returncode, 1)

    def test_few_open_files(self):
        few = lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (128, 128))
        self.assertEqual(self.findings(self.folder.run("doctor", preexec_fn=few))["open files"][0], "FAIL")

    def test_secrets_that_others_can_read(self):
        secret = "k" * 8 + os.urandom(20).hex()
        (self.folder.path / ".env").write_text(f"ACCESS_TOKEN_SECRET_KEY={secret}\n")
        os.chmod(self.folder.path / ".env", 0o644)
        word, sentence = self.findings(self.folder.run("doctor"))["secrets"]
        self.assertEqual(word, "FAIL")
        self.assertIn("chmod 600 .env", sentence)
        os.chmod(self.folder.path / ".env", 0o600)
        self.assertEqual(self.findings(self.folder.run("doctor"))["secrets"][0], "ok")
        self.assertNotIn(secret, self.folder.seen)

    def test_a_data_directory_that_is_open_to_others(self):
        self.folder.data.mkdir(mode=0o755)
        os.chmod(self.folder.data, 0o755)
        word, sentence = self.findings(self.folder.run("doctor"))["data directory"]
        self.assertEqual(word, "warn")
        self.assertIn("chmod 700 data", sentence)


unittest.main()
