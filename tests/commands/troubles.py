"""A program in trouble: its disk is full, a store is gone.

troubles.py EDM ROOT
"""

import http.client
import json
import resource
import unittest

from program import Case, Folder, Serving

KIB = 1024


class Troubles(Case):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.serving = Serving(self.folder)
        self.addCleanup(lambda: self.serving.process.poll() is None and self.serving.process.kill())

    def ready(self):
        c = http.client.HTTPConnection("127.0.0.1", self.serving.port, timeout=20)
        c.request("GET", "/readyz?verbose")
        r = c.getresponse()
        answer = r.status, json.loads(r.read())
        c.close()
        return answer

    def load(self, name, recipes):
        rows = "".join(f"{name} {i}\t{'Warm ' * 300}\tlunch\teasy\t2\ta\twater\tCook it.\n" for i in range(recipes))
        (self.folder.path / "recipes.tsv").write_text(rows)
        return self.folder.run("recipes", "import", "recipes.tsv")

    def test_a_full_disk_still_serves_and_recovers(self):
        pid = self.serving.process.pid
        unlimited = resource.prlimit(pid, resource.RLIMIT_FSIZE, (256 * KIB, resource.RLIM_INFINITY))
        done = self.load("Soup", 400)
        self.assertEqual(done.returncode, 1)
        self.assertIn("edm: recipes.tsv: ", done.stderr)
        status, answer = self.ready()
        self.assertEqual((status, answer["status"]), (200, "degraded"), answer)
        self.assertIn("full", answer["reason"])
        doctor = self.folder.run("doctor")
        self.assertRegex(doctor.stdout, r"(?m)^warn +process .*full")
        resource.prlimit(pid, resource.RLIMIT_FSIZE, unlimited)
        self.assertEqual(self.load("Soup", 400).returncode, 0)
        done = self.folder.run("audit", "--wait", "60")
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertEqual(self.ready()[1]["status"], "ready")
        self.assertEqual(self.serving.stop(), 0)

    def test_a_store_that_is_gone_is_not_ready(self):
        for file in self.folder.data.glob("recipes.sqlite*"):
            file.unlink()
        self.assertEqual(self.load("Soup", 1).returncode, 1)
        status, answer = self.ready()
        self.assertEqual((status, answer["status"]), (503, "not_ready"), answer)
        self.assertRegex(answer["reason"], r"^store of recipes: ")
        failed = [c["name"] for c in answer["checks"] if not c["ok"]]
        self.assertEqual(failed, ["store of recipes"])
        doctor = self.folder.run("doctor")
        self.assertEqual(doctor.returncode, 1)
        self.assertRegex(doctor.stdout, r"(?m)^FAIL +process .*store of recipes")
        self.assert_refused(self.folder.run("audit"), 1, "away")
        self.assertEqual(self.serving.stop(), 0)


unittest.main()
