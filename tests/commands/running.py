"""Commands and pages of a program that runs.

running.py EDM ROOT
"""

import gzip
import http.client
import json
import os
import re
import subprocess
import unittest
import urllib.parse

from program import Case, EDM, Folder, Serving, eventually, table

SOUP = "Soup\tWarm\tlunch\teasy\t2.50\ta|b\twater|salt\tCook it.\n"
CAKE = "Cake\tSweet\tcake\thard\t3\tx\tflour\tBake it.\n"
BAD = "Bread\tGood\tlunch\tso-so\t2.555\ta\tflour\tBake it.\n"


class Running(Case):
    @classmethod
    def setUpClass(cls):
        cls.folder = Folder()
        cls.addClassCleanup(cls.folder.close)
        cls.serving = Serving(cls.folder)
        cls.addClassCleanup(cls.end)

    @classmethod
    def end(cls):
        code = cls.serving.stop()
        shown = cls.folder.seen + cls.serving.log
        assert code == 0, code
        for secret in cls.folder.secrets():
            assert secret not in shown, "a secret was shown"

    def call(self, path, method="GET", body=None, **headers):
        c = http.client.HTTPConnection("127.0.0.1", self.serving.port, timeout=20)
        self.addCleanup(c.close)
        c.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        r = c.getresponse()
        return r.status, r.headers, r.read()

    def edm(self, *arguments, **more):
        return self.folder.run(*arguments, **more)


class Pages(Running):
    POLICY = "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; worker-src blob:"

    def test_documentation_comes_from_the_binary_alone(self):
        for page in ("/docs", "/docs/oauth2-redirect", "/redoc"):
            status, headers, body = self.call(page)
            self.assertEqual((status, headers["Content-Type"]), (200, "text/html; charset=utf-8"), page)
            self.assertEqual(headers["Content-Security-Policy"], self.POLICY)
            self.assertNotIn(b"://", body)
            self.assertNotIn(b"<script>", body)
            for link in re.findall(rb'(?:src|href)="([^"]+)"', body):
                self.assertEqual(self.call(link.decode())[0], 200, link)

    def test_assets_are_kept_by_browsers_and_asked_for_by_their_tag(self):
        path = "/docs/swagger-ui-bundle.js"
        _, plain, body = self.call(path)
        self.assertRegex(plain["Cache-Control"], r"max-age=\d{5,}")
        self.assertEqual(plain["Vary"], "Accept-Encoding")
        _, packed, small = self.call(path, Accept_Encoding="br, gzip;q=0.5")
        self.assertEqual(packed["Content-Encoding"], "gzip")
        self.assertEqual(gzip.decompress(small), body)
        self.assertNotEqual(plain["ETag"], packed["ETag"])
        self.assertIsNone(self.call(path, Accept_Encoding="gzip;q=0")[1]["Content-Encoding"])
        for tag in (plain["ETag"], "W/" + plain["ETag"], f'"other", {plain["ETag"]}', "*"):
            status, headers, nothing = self.call(path, If_None_Match=tag)
            self.assertEqual((status, nothing, headers["ETag"]), (304, b"", plain["ETag"]), tag)
        self.assertEqual(self.call(path, If_None_Match=plain["ETag"], Accept_Encoding="gzip")[0], 200)
        status, headers, nothing = self.call(path, "HEAD")
        self.assertEqual((status, nothing, headers["Content-Length"]), (200, b"", str(len(body))))
        self.assertEqual(self.call("/docs")[1]["Cache-Control"], "no-cache")

    def test_the_documents_are_those_that_the_commands_print(self):
        for name in ("openapi", "asyncapi"):
            status, headers, body = self.call(f"/{name}.json")
            self.assertEqual((status, headers["Content-Type"]), (200, "application/json"))
            self.assertEqual(self.call(f"/{name}.json", If_None_Match=headers["ETag"])[0], 304)
            served, printed = json.loads(body), json.loads(self.assert_done(self.edm(name)))
            for document in (served, printed):
                document.pop("servers", None)
            self.assertEqual(served, printed)

    def test_every_documented_operation_has_its_route(self):
        for path, operations in json.loads(self.call("/openapi.json")[2])["paths"].items():
            status, headers, _ = self.call(re.sub(r"{[^}]+}", "x", path), "PATCH")
            self.assertEqual(status, 405, path)
            methods = {m.upper() for m in operations if m in ("get", "post", "put", "delete", "patch")}
            self.assertEqual(set(headers["Allow"].split(", ")) - methods, set(), path)
            self.assertEqual(methods - set(headers["Allow"].split(", ")), set(), path)

    def test_the_start_page_leads_to_the_documentation(self):
        status, headers, _ = self.call("/")
        self.assertEqual((status, headers["Location"]), (302, "/docs"))

    def test_the_mailbox_shows_what_was_sent_and_nothing_else(self):
        who = {"id": "ana@example.com", "name": "Ana <b>Souza</b>"}
        status, headers, _ = self.call("/signup", "POST", json.dumps(
            {"credentials": {"id": who["id"], "password": "correct horse"}, "user_info": who}),
            Content_Type="application/json")
        self.assertEqual(status, 201)
        self.call("/resend-confirmation", "POST", json.dumps({"id": who["id"]}), Content_Type="application/json",
                  Edm_After=headers["Edm-After"])
        self.assert_done(self.edm("audit", "--wait", "20"))
        links = eventually("a mail comes", lambda: re.findall(rb'href="(/mailbox/[^"]+)"', self.call("/mailbox")[2]))
        status, headers, body = self.call(links[0].decode())
        self.assertEqual(status, 200)
        self.assertIn(b"ana@example.com", body)
        self.assertIn("default-src 'none'", headers["Content-Security-Policy"])
        for wrong in ("/mailbox/none.eml", "/mailbox/..%2fedm.lock", "/mailbox/%zz", "/mailbox/a/b"):
            self.assertEqual(self.call(wrong)[0], 404, wrong)


class Health(Running):
    def test_readiness_lists_its_checks_on_request(self):
        self.assertEqual(json.loads(self.call("/livez")[2]), {"status": "live"})
        self.assertEqual(json.loads(self.call("/readyz")[2]), {"status": "ready"})
        verbose = json.loads(self.call("/readyz?verbose")[2])
        self.assertEqual((verbose["status"], verbose["port"]), ("ready", self.serving.port))
        self.assertEqual({c["ok"] for c in verbose["checks"]}, {True})
        self.assertIn("store of recipes", [c["name"] for c in verbose["checks"]])

    def test_metrics_are_of_the_process_its_stores_and_its_events(self):
        text = self.call("/metrics")[2].decode()
        for name in ("process_resident_memory_bytes", "edm_build_info{", 'edm_events_handled_total{outcome="applied"}',
                     'edm_store_commits_total{service="recipes"}', 'edm_store_up{service="recipes"} 1',
                     'edm_events_published_total{service="recipes"}', "edm_sse_clients 0",
                     'edm_subscription_lag_events{subscription="purchasing.for-sale",topic="recipe-published"} ',
                     'edm_http_requests_total{method="POST",route="/signup"'):
            self.assertRegex(text, "(?m)^" + re.escape(name))

    def test_the_doctor_asks_the_process(self):
        out = self.assert_done(self.edm("doctor"))
        self.assertRegex(out, r"(?m)^ok +process +runs and is ready$")
        self.assertRegex(out, r"(?m)^ok +port +any; %d is served$" % self.serving.port)
        self.assertRegex(out, r"(?m)^ok +secrets +\d files of this user alone$")

    def test_config_still_masks_the_secrets_that_were_generated(self):
        rows = table(self.assert_done(self.edm("config")))
        self.assertEqual(rows["APP_ADM_PASSWORD"][1:3], ["********", "generated"])


class Operators(Running):
    ROUTES = [("GET", "/events?key=x"), ("GET", "/operator/audit"), ("GET", "/operator/deadletters"),
              ("GET", "/operator/subscriptions"), ("POST", "/operator/deadletters/retry"),
              ("POST", "/operator/deadletters/discard"), ("POST", "/operator/duework/retry"),
              ("POST", "/operator/subscriptions/rebuild"), ("POST", "/operator/subscriptions/drop")]

    def test_their_routes_are_the_administrators(self):
        for method, path in self.ROUTES:
            status, headers, _ = self.call(path, method, "{}" if method == "POST" else None)
            self.assertEqual((status, headers["WWW-Authenticate"]), (401, "Bearer"), path)
        password = (self.folder.data / "secrets" / "APP_ADM_PASSWORD").read_text().strip()
        form = urllib.parse.urlencode({"username": "admin@example.com", "password": password})
        _, _, body = self.call("/login", "POST", form, Content_Type="application/x-www-form-urlencoded")
        bearer = "Bearer " + json.loads(body)["access_token"]
        for method, path in self.ROUTES:
            status, _, body = self.call(path, method, "{}" if method == "POST" else None, Authorization=bearer)
            self.assertEqual(status, 422 if method == "POST" else 200, (path, body))
        status, _, body = self.call("/operator/deadletters/retry", "POST", "{}", Authorization=bearer)
        self.assertEqual([d["loc"] for d in json.loads(body)["detail"]], [["body", "subscription"], ["body", "key"]])
        for wait in ("-1", "301", "x", "1x"):
            self.assertEqual(self.call("/operator/audit?wait=" + wait, Authorization=bearer)[0], 422, wait)
        self.assertEqual(self.call("/events", Authorization=bearer)[0], 422)

    def test_an_audit_of_a_program_that_is_well(self):
        out = self.assert_done(self.edm("audit", "--wait", "20"))
        self.assertEqual(table(out)["purchasing.for-sale"][3:], ["0", "0", "0", "0"])
        rows = json.loads(self.assert_done(self.edm("audit", "--json", "--wait", "20")))
        self.assertEqual({r["lost"] for r in rows}, {0})

    def test_subscriptions(self):
        rows = table(self.assert_done(self.edm("subscriptions", "list")))
        self.assertEqual(rows["purchasing.for-sale"][1:4], ["recipe-published", "for-sale", "runs"])
        listed = json.loads(self.assert_done(self.edm("subscriptions", "list", "--json")))
        self.assertEqual({r["name"] for r in listed}, set(rows) - {"SUBSCRIPTION"})
        self.assertIn("rebuilt", self.assert_done(self.edm("subscriptions", "rebuild", "purchasing.for-sale")))
        self.assert_refused(self.edm("subscriptions", "rebuild", "purchasing.none"), 1, "purchasing.none")
        self.assert_refused(self.edm("subscriptions", "drop", "purchasing.for-sale"), 1, "is declared")
        self.assert_refused(self.edm("subscriptions", "drop", "purchasing.none"), 1, "No store")
        self.assert_done(self.edm("audit", "--wait", "20"))

    def test_dead_letters_where_there_are_none(self):
        self.assertEqual(self.assert_done(self.edm("deadletters", "list")), "no dead letters\n")
        self.assertEqual(json.loads(self.assert_done(self.edm("deadletters", "list", "--json"))),
                         {"dead_letters": [], "exhausted": []})
        self.assert_refused(self.edm("deadletters", "list", "--subscription", "a.b"), 1, "a.b")
        for command in ("show", "retry", "discard"):
            self.assert_refused(self.edm("deadletters", command, "purchasing.none", "soup"), 1, "purchasing.none")
            self.assert_refused(self.edm("deadletters", command, "purchasing.for-sale", "soup\x1b[31m"), 1)
        self.assert_refused(self.edm("deadletters", "retry-work", "recipes", "none", "soup", "mail"), 1, "No such")
        self.assert_refused(self.edm("deadletters", "retry-work", "recipes", "recipe", "soup", "mail"), 1, "no such")
        self.assertNotIn("\x1b", self.folder.seen)


class Import(Running):
    def write(self, text):
        (self.folder.path / "recipes.tsv").write_text(text)
        return self.edm("recipes", "import", "recipes.tsv")

    def count(self):
        rows = json.loads(self.assert_done(self.edm("audit", "--json", "--wait", "20")))
        return next(r["keys"] for r in rows if r["subscription"] == "purchasing.for-sale")

    def test_all_or_nothing(self):
        before = self.count()
        done = self.write(SOUP + BAD + CAKE)
        self.assertEqual((done.returncode, done.stdout), (1, ""))
        self.assertRegex(done.stderr, r"(?m)\Aedm: recipes\.tsv: .*nothing was stored")
        self.assertRegex(done.stderr, r"(?m)^  row 2, column easiness: .+\n  row 2, column price: ")
        self.assertNotIn("row 1", done.stderr)
        self.assertNotIn("row 3", done.stderr)
        self.assertEqual(self.count(), before)
        self.assertEqual(self.assert_done(self.write(SOUP + CAKE)), "2 stored, 0 unchanged, of 2 recipes\n")
        self.assertEqual(self.count(), before + 2)
        self.assertEqual(self.assert_done(self.write(SOUP + CAKE)), "0 stored, 2 unchanged, of 2 recipes\n")

    def test_a_terminal_sees_how_far_it_is(self):
        (self.folder.path / "recipes.tsv").write_text(SOUP.replace("Soup", "Stew"))
        ours, theirs = os.openpty()
        done = subprocess.run([EDM, "recipes", "import", "recipes.tsv"], env=self.folder.env, cwd=self.folder.path,
                              stdout=subprocess.PIPE, stderr=theirs, timeout=60)
        os.close(theirs)
        drawn = b""
        try:
            while more := os.read(ours, 4096):
                drawn += more
        except OSError:
            pass  # how a terminal that nobody holds any more ends
        os.close(ours)
        drawn = drawn.decode()
        self.assertEqual(done.returncode, 0, drawn)
        self.assertIn("[##############################] 100% sent", drawn)
        self.assertTrue(drawn.endswith("\r\x1b[K"), "the bar is left behind")

    def test_files_that_cannot_be_loaded_are_one_line(self):
        self.assert_refused(self.edm("recipes", "import", "none.tsv"), 1, "none.tsv does not exist")
        self.assert_refused(self.edm("recipes", "import", "."), 1, "is a directory")
        self.assert_refused(self.write(""), 1, "is empty")
        self.assert_refused(self.write("x" * (16 * 1024 * 1024)), 1, "too large")

    def test_a_file_that_is_no_catalogue(self):
        for text in ("just one column\n", SOUP + "one\ttwo\n", "\x00\x01\n"):
            done = self.write(text)
            self.assertEqual((done.returncode, done.stdout), (1, ""), text)
            self.assertRegex(done.stderr, r"\Aedm: recipes\.tsv: .+\n  row \d")
        done = self.write("".join(BAD.replace("Bread", f"Bread {i}") for i in range(60)))
        self.assertEqual(done.stderr.count("\n"), 52, done.stderr)
        self.assertIn("and 70 more", done.stderr)


unittest.main()
