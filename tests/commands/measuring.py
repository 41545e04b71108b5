"""`edm measure` on the placement that every machine has; what cannot be run says why.

measuring.py EDM ROOT
"""

import json
import signal
import subprocess
import unittest

from program import EDM, Case, Folder


class Measure(Case):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)

    def measure(self, *arguments, env=None):
        return self.folder.run("measure", "--seconds", "3", "--out", "found", *arguments, env=env)

    def found(self):
        return json.loads((self.folder.path / "found" / "measure.json").read_text())

    def test_one_process_with_events_in_memory(self):
        out = self.assert_done(self.measure("--only", "one-embedded", "--seed", "7"))
        self.assertIn("one-embedded: one process, SQLite, events in memory; audit: 0 behind, 0 lost", out)
        (one,) = self.found()["placements"]
        self.assertEqual((one["processes"], one["refused"], one["behind"], one["lost"]), (1, 0, 0, 0))
        self.assertEqual(set(one["open_loop_ms"]), {"list", "look", "sign-up", "mailed", "confirm", "log-in", "accepted",
                                                    "requested", "paid"})
        steps = one["open_loop_ms"]
        self.assertEqual(len({steps[name]["count"] for name in ("sign-up", "mailed", "confirm", "log-in")}), 1)
        for step in steps.values():
            self.assertLessEqual(step["p50"], step["p95"])
            self.assertLessEqual(step["p95"], step["p99"])
        # Nine by design; fewer where a webhook overtakes the answer to its call.
        self.assertGreaterEqual(one["single"]["commits"], 8)
        self.assertLessEqual(one["single"]["commits"], 9.005)
        self.assertEqual(one["single"]["handled"], 4)
        for name in ("purchases_per_second", "lists_per_second", "sign_ups_per_second", "start_ms"):
            self.assertGreater(one[name], 0, name)
        self.assertGreater(one["busy"]["cpu_ms"]["program"], 0)
        self.assertGreater(one["idle_mib"]["program"], 5)
        self.assertEqual(sorted(path.name for path in (self.folder.path / "found").iterdir()),
                         ["measure.html", "measure.json"])
        page = (self.folder.path / "found" / "measure.html").read_text()
        self.assertGreater(page.count("<svg"), 10)
        for outside in ("http:", "https:", "src=", "<script", "<link", "url("):
            self.assertNotIn(outside, page)

    def test_what_cannot_be_run_says_why(self):
        done = self.measure("--only", "one-rabbitmq", "--only", "split-couchdb", env={"PATH": "/nowhere"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("one-rabbitmq: not run: rabbitmq-server is not installed, and EDM_RABBITMQ_URL names no broker",
                      done.stdout)
        self.assertIn("split-couchdb: not run:", done.stdout)
        self.assertEqual((len(self.found()["not_run"]), self.found()["placements"]), (2, []))

    def test_a_broker_that_is_not_there_is_one_line(self):
        done = self.measure("--only", "one-rabbitmq", env={"EDM_RABBITMQ_URL": "amqp://guest:guest@127.0.0.1:9"})
        self.assertEqual(done.returncode, 1)
        self.assertIn("one-rabbitmq: not run: EDM_RABBITMQ_URL: the broker cannot be reached", done.stdout)

    def test_an_interrupt_leaves_nothing(self):
        words = [EDM, "measure", "--only", "one-embedded", "--seconds", "3", "--out", "found"]
        with subprocess.Popen(words, env=self.folder.env, cwd=self.folder.path, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True) as measure:
            for line in measure.stdout:
                if "at rest" in line:
                    break
            measure.send_signal(signal.SIGINT)
            self.assertIn("interrupted", measure.stderr.read())
        self.assertEqual(measure.returncode, 130)
        self.assertEqual(list((self.folder.path / "found").iterdir()), [])

    def test_an_unknown_placement(self):
        done = self.measure("--only", "everything")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--only: there is no placement everything", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
