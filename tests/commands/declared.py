"""Commands that only read what is declared and set: nothing is opened, generated or left behind.

declared.py EDM ROOT
"""

import json
import subprocess
import unittest

from program import Case, EDM, Folder, ROOT, table

SECRET = "s3cret-that-nobody-may-see-0123456789abcdef"


class Declared(Case):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)

    def tearDown(self):
        self.assertNotIn(SECRET, self.folder.seen)
        self.assertFalse(self.folder.data.exists(), "the data directory was made")


class Config(Declared):
    def test_tells_every_value_and_its_origin(self):
        (self.folder.path / ".env").write_text("# ours\nEDM_LOG=json\nEDM_MAIL_FROM=\"Shop <shop@example.com>\"\n")
        out = self.assert_done(self.folder.run("config", env={"EDM_THREADS": "3"}))
        rows = table(out)
        self.assertEqual(rows["EDM_THREADS"][1:3], ["3", "environment"])
        self.assertEqual(rows["EDM_LOG"][1:3], ["json", ".env:2"])
        self.assertEqual(rows["EDM_MAIL_FROM"][1:3], ["Shop <shop@example.com>", ".env:3"])
        self.assertEqual(rows["EDM_STORE"][1:3], ["sqlite", "default"])
        self.assertEqual(rows["APP_ADM_PASSWORD"][1:3], ["(generated at first start)", "generated"])

    def test_masks_secrets_from_everywhere(self):
        (self.folder.path / ".env").write_text(f"APP_ADM_PASSWORD={SECRET}\n")
        (self.folder.path / "key").write_text(SECRET + "\n")
        env = {"ACCESS_TOKEN_SECRET_KEY_FILE": "key", "COUCHDB_PASSWORD": SECRET,
               "EDM_RABBITMQ_URL": f"amqp://u:{SECRET}@127.0.0.1:5672/"}
        for form in ([], ["--json"]):
            self.assertIn("********", self.assert_done(self.folder.run("config", *form, env=env)))

    def test_json_holds_what_the_table_does(self):
        rows = json.loads(self.assert_done(self.folder.run("config", "--json")))
        self.assertEqual({r["name"] for r in rows}, set(table(self.assert_done(self.folder.run("config")))) - {"NAME"})
        by_name = {r["name"]: r for r in rows}
        self.assertEqual(by_name["EDM_LISTEN"]["value"], "127.0.0.1:0")
        self.assertTrue(by_name["EDM_WEBHOOK_SECRET"]["secret"])

    def test_the_template_is_the_one_of_the_repository(self):
        self.assertEqual(self.assert_done(self.folder.run("config", "--template")), (ROOT / ".env_template").read_text(),
                         "run: edm config --template > .env_template")

    def test_the_template_loads_and_documents_every_setting(self):
        (self.folder.path / ".env").write_text(self.assert_done(self.folder.run("config", "--template")))
        rows = json.loads(self.assert_done(self.folder.run("config", "--json")))
        markdown = self.assert_done(self.folder.run("config", "--markdown"))
        for row in rows:
            self.assertIn(f"\n#{row['name']}=", (self.folder.path / ".env").read_text())
            self.assertIn(f"| `{row['name']}` |", markdown)

    def test_one_form_at_a_time(self):
        done = self.folder.run("config", "--json", "--template")
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("Usage: edm config", done.stderr)

    def test_wrong_settings_are_one_line_each(self):
        for env, words in [({"EDM_LISTN": "x"}, ["EDM_LISTN", "EDM_LISTEN"]),
                           ({"EDM_LISTEN": "here"}, ["EDM_LISTEN", "host:port"]),
                           ({"EDM_MAIL_FROM": "a@b\nBcc: c@d"}, ["EDM_MAIL_FROM", "line break"]),
                           ({"EDM_SERVICES": "recipes,cooks"}, ["cooks", "recipes"]),
                           ({"EDM_STORE": "couchdb"}, ["EDM_STORE=couchdb"]),
                           ({"ACCESS_TOKEN_SECRET_KEY": SECRET[:12]}, ["ACCESS_TOKEN_SECRET_KEY", "32"])]:
            self.assert_refused(self.folder.run("config", env=env), 2, *words)

    def test_a_damaged_env_file_names_its_line(self):
        (self.folder.path / ".env").write_text(f"EDM_LOG=json\nAPP_ADM_PASSWORD=\"{SECRET}\n")
        self.assert_refused(self.folder.run("config"), 2, ".env", ":2")

    def test_production_refuses_what_is_missing(self):
        done = self.folder.run("config", env={"EDM_ENV": "production"})
        self.assertEqual(done.returncode, 2)
        for name in ["ACCESS_TOKEN_SECRET_KEY", "APP_ADM_PASSWORD", "PAYMENT_PROVIDER_API_KEY"]:
            self.assertIn(name, done.stderr)
        self.assertNotIn("EDM_PAYMENT_DELAY", done.stderr)  # of the simulator, which production does not run


class Documents(Declared):
    def test_describe_in_its_three_forms(self):
        text = self.assert_done(self.folder.run("describe"))
        self.assertRegex(text, r"(?m)^\| authentication +\|.*`POST /signup`")
        mermaid = self.assert_done(self.folder.run("describe", "--mermaid"))
        self.assertIn("flowchart", mermaid)
        self.assertIn("user-signed-up", mermaid)
        services = json.loads(self.assert_done(self.folder.run("describe", "--json")))["services"]
        self.assertIn("recipes", [s["name"] for s in services])
        self.assertEqual(self.folder.run("describe", "--json", "--mermaid").returncode, 2)

    def test_openapi_and_asyncapi(self):
        env = {"EDM_PUBLIC_URL": "https://shop.example.com/"}
        api = json.loads(self.assert_done(self.folder.run("openapi", env=env)))
        self.assertEqual((api["openapi"], api["servers"]), ("3.1.0", [{"url": "https://shop.example.com"}]))
        self.assertIn("/signup", api["paths"])
        events = json.loads(self.assert_done(self.folder.run("asyncapi", env=env)))
        self.assertEqual(events["asyncapi"], "3.0.0")
        self.assertEqual(len(events["channels"]), 6)
        for command in ("openapi", "asyncapi"):
            self.assert_refused(self.folder.run(command, env={"EDM_X": "1"}), 2, "EDM_X")

    def test_docs_are_the_same_bytes_whatever_the_settings(self):
        self.assert_done(self.folder.run("docs", "one"))
        self.assert_done(self.folder.run("docs", "two/deep", env={"EDM_PUBLIC_URL": "https://x.example.com",
                                                                  "APP_ADM_PASSWORD": SECRET, "EDM_LISTEN": "wrong"}))
        one, two = ({f.name: f.read_bytes() for f in (self.folder.path / d).iterdir()} for d in ("one", "two/deep"))
        self.assertEqual(one, two)
        self.assertEqual({"configuration.md", "events.md", "http.md", "services.md"} - set(one), set())
        self.assertIn(b"`EDM_LISTEN`", one["configuration.md"])

    def test_docs_that_cannot_be_written(self):
        (self.folder.path / "file").write_text("")
        self.assert_refused(self.folder.run("docs", "file/below"), 1, "file/below")
        (self.folder.path / "taken" / "http.md").mkdir(parents=True)
        done = self.folder.run("docs", "taken")
        self.assertEqual(done.returncode, 1)
        self.assertIn("taken/http.md cannot be written", done.stderr)


class Usage(Declared):
    COMMANDS = ["serve", "recipes", "recipes import", "config", "describe", "openapi", "asyncapi", "docs",
                "deadletters", "deadletters list", "deadletters show", "deadletters retry", "deadletters discard", "deadletters retry-work",
                "subscriptions", "subscriptions list", "subscriptions rebuild", "subscriptions drop", "audit", "doctor", "ready",
                "measure", "proxy-config"]

    def test_every_command_has_its_help(self):
        top = self.assert_done(self.folder.run("--help"))
        for command in self.COMMANDS:
            out = self.assert_done(self.folder.run(*command.split(), "--help"))
            self.assertIn("Usage: edm " + command, out)
            self.assertIn(command.split()[0], top)

    def test_an_unknown_command_is_answered_with_the_known_ones(self):
        for arguments in (["fly"], [], ["recipes"], ["recipes", "eat"], ["audit", "--loud"], ["recipes", "import"],
                          ["audit", "--wait", "soon"], ["audit", "--wait", "-1"], ["deadletters", "retry", "one"]):
            done = self.folder.run(*arguments)
            self.assertEqual((done.returncode, done.stdout), (2, ""), arguments)
            self.assertRegex(done.stderr, r"\Aedm: .+\n\n(.|\n)*Usage: edm", arguments)

    def test_output_that_is_lost_is_a_failure(self):
        for command in ("config", "describe", "openapi"):
            with open("/dev/full", "w") as full:
                done = subprocess.run([EDM, command], env=self.folder.env, cwd=self.folder.path, stdout=full,
                                      stderr=subprocess.PIPE, text=True, timeout=60)
            self.assertEqual(done.returncode, 1, command)
            self.assertRegex(done.stderr, r"\Aedm: .*No space left on device\n\Z")

    def test_the_version(self):
        self.assertRegex(self.assert_done(self.folder.run("--version")), r"^\d+\.\d+\.\d+\n$")


unittest.main()
