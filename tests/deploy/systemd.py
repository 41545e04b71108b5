"""deploy/systemd/edm.service, as systemd reads it.

systemd.py EDM ROOT
"""

import pathlib
import subprocess
import tempfile
import unittest

from facts import EDM, ROOT, needs

ANALYZE = needs("systemd-analyze", "systemd")


class Unit(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.unit = pathlib.Path(folder.name) / "edm.service"
        text = (ROOT / "deploy/systemd/edm.service").read_text()
        self.assertIn("ExecStart=/usr/local/bin/edm serve\n", text)
        self.unit.write_text(text.replace("/usr/local/bin/edm serve", f"{EDM} serve"))  # a program that is there

    def analyze(self, *words):
        return subprocess.run([ANALYZE, *words, self.unit], capture_output=True, text=True, timeout=60)

    def test_systemd_understands_all_of_it(self):
        done = self.analyze("verify", "--man=no")
        mine = [line for line in done.stderr.splitlines() if "edm.service" in line]
        self.assertEqual((done.returncode, mine), (0, []))

    def test_little_of_the_system_is_open_to_it(self):
        done = self.analyze("security", "--no-pager", "--offline=true", "--threshold=15")  # 1.5 of 10
        self.assertEqual(done.returncode, 0, done.stdout[-300:])


unittest.main()
