"""What the tests of the commands share: running `edm` in a folder of its own, with settings of its own."""

import os
import pathlib
import re
import signal
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(sys.argv.pop()).resolve()
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import eventually  # noqa: E402, F401
EDM = os.path.abspath(sys.argv.pop())


class Folder:
    """A working directory with a data directory in it."""

    def __init__(self, **settings):
        self.temporary = tempfile.TemporaryDirectory()
        self.path = pathlib.Path(self.temporary.name)
        self.data = self.path / "data"
        self.env = {"PATH": os.environ["PATH"], "EDM_DATA_DIR": "data", "EDM_LISTEN": "127.0.0.1:0", **settings}
        self.seen = ""  # everything that commands wrote, to look for what must not be in it

    def run(self, *arguments, env=None, **more):
        done = subprocess.run([EDM, *arguments], env={**self.env, **(env or {})}, cwd=self.path, capture_output=True,
                              text=True, timeout=60, stdin=subprocess.DEVNULL, **more)
        self.seen += done.stdout + done.stderr
        return done

    def secrets(self):
        return [f.read_text().strip() for f in (self.data / "secrets").iterdir()]

    def close(self):
        self.temporary.cleanup()


class Serving:
    """`edm serve`, ready."""

    def __init__(self, folder, stdout=subprocess.DEVNULL):
        self.folder = folder
        self.process = subprocess.Popen([EDM, "serve"], env=folder.env, cwd=folder.path, stderr=subprocess.PIPE,
                                        stdout=stdout, text=True)
        self.log = ""
        for line in self.process.stderr:  # the program says when it is ready, or ends
            self.log += line
            if ready := re.search(r" ready port=(\d+)", line):
                self.port = int(ready.group(1))
                return
        self.process.wait(30)
        raise RuntimeError("edm ended before it was ready: " + self.log)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.log += self.process.stderr.read()
        self.process.stderr.close()
        return self.process.wait(30)


class Case(unittest.TestCase):
    def assert_refused(self, done, code, *words):
        """The exit code, nothing on stdout, one line on stderr that holds all the words."""
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("edm: "), done.stderr)
        for word in words:
            self.assertIn(word, done.stderr)

    def assert_done(self, done):
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout


def table(text):
    """The rows of a printed table by their first cell; cells are two blanks apart."""
    return {cells[0]: cells for cells in (re.split(r"  +", line.strip()) for line in text.splitlines()) if cells[0]}
