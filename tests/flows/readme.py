"""The README's tour works as pasted: its shell blocks run, one after the other, against a program in a fresh directory.

readme.py EDM README

Only the address and the binary's path differ from what a reader pastes: the port is a free one, and the program that is
tested is the one at hand.
"""

import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

README, EDM = sys.argv.pop(), sys.argv.pop()


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Tour(unittest.TestCase):
    def test_works_as_pasted(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        address = f"127.0.0.1:{free_port()}"
        data = pathlib.Path(folder.name, "data")
        env = {"PATH": os.environ["PATH"], "EDM_LISTEN": address, "EDM_DATA_DIR": str(data)}
        server = subprocess.Popen([EDM, "serve"], env=env, cwd=folder.name, stderr=subprocess.PIPE,
                                  stdout=subprocess.DEVNULL, text=True)
        reader = threading.Thread(target=lambda: [ready.set() for line in server.stderr if " ready " in line])
        ready = threading.Event()
        reader.start()
        self.addCleanup(lambda: (server.kill(), server.wait(), reader.join(), server.stderr.close()))
        self.assertTrue(ready.wait(30), "the program is not ready")

        text = pathlib.Path(README).read_text()
        blocks = re.findall(r"^```sh\n(.*?)^```$", text, re.M | re.S)
        self.assertGreaterEqual(len(blocks), 5)
        script = "".join(blocks).replace("127.0.0.1:8080", address).replace("build/release/app/edm", EDM)
        self.assertIn(address, script)
        tour = subprocess.run(["bash", "-e", "-c", script], cwd=folder.name, env=env,
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
        server.send_signal(signal.SIGTERM)
        self.assertEqual(server.wait(30), 0)


unittest.main()
