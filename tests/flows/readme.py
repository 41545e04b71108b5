"""The README's tour works as pasted: its shell blocks run, one after the other, against a program in a fresh directory.

readme.py EDM README

Only the address and the binary's path differ from what a reader pastes: the port is a free one, and the program that is
tested is the one at hand.
"""

import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import Shop  # noqa: E402

README, EDM = sys.argv.pop(), sys.argv.pop()


class Tour(unittest.TestCase):
    def test_works_as_pasted(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        data = pathlib.Path(folder.name, "data")
        data.mkdir()
        shop = Shop(EDM, data)
        self.addCleanup(shop.clean_up)
        self.assertTrue(shop.start(), shop.log)
        address = shop.env["EDM_LISTEN"]

        text = pathlib.Path(README).read_text()
        blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
        self.assertGreaterEqual(len(blocks), 5)
        script = "".join(blocks).replace("127.0.0.1:8080", address).replace("build/release/app/edm", EDM)
        self.assertIn(address, script)
        tour = subprocess.run(["bash", "-e", "-c", script], cwd=folder.name, env=shop.env,
                              capture_output=True, text=True, timeout=90)
        out = tour.stdout
        self.assertIn("successful_sign_up", out, tour.stderr)
        self.assertIn("confirmed: 200", out)
        self.assertEqual(out.count('"available"'), 3)
        self.assertIn("api_recipe_purchase_requested", out)
        heard = re.findall(r'"event_name":\s*"([a-z-]+)"', out)
        self.assertEqual(heard, ["recipe-purchase-requested", "purchase-status-changed"])
        self.assertRegex(out, r'"directions"')
        self.assertRegex(out, r'"purchased"')
        self.assertIn("purchasing", out.split('"directions"')[-1], "the audit's table")
        self.assertEqual(shop.end(), 0)


unittest.main()
