"""What a service manager and a container's health check hear of a process.

supervised.py EDM ROOT
"""

import os
import signal
import socket
import subprocess
import unittest

from program import Case, EDM, Folder, Serving

PATIENCE = 30  # seconds, where a process that says nothing would be waited for in vain


class Supervised(Case):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)

    def listen(self, address):
        manager = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.addCleanup(manager.close)
        manager.bind(address)
        manager.settimeout(PATIENCE)
        return manager

    def serve(self, **env):
        process = subprocess.Popen([EDM, "serve"], env={**self.folder.env, **env}, cwd=self.folder.path,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def test_it_says_when_it_is_ready_and_when_it_stops(self):
        where = str(self.folder.path / "notify")
        manager = self.listen(where)
        process = self.serve(NOTIFY_SOCKET=where)
        self.assertEqual(manager.recv(100), b"READY=1")
        self.assertEqual(self.folder.run("ready").returncode, 0)
        process.send_signal(signal.SIGTERM)
        self.assertEqual(manager.recv(100), b"STOPPING=1")
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_it_gives_signs_of_life_to_who_waits_for_them(self):
        manager = self.listen("\0edm-test-%d" % os.getpid())
        process = self.serve(NOTIFY_SOCKET="@edm-test-%d" % os.getpid(), WATCHDOG_USEC="100000")
        self.assertEqual(manager.recv(100), b"READY=1")
        for _ in range(3):
            self.assertEqual(manager.recv(100), b"WATCHDOG=1")
        process.send_signal(signal.SIGTERM)
        said = manager.recv(100)
        while said == b"WATCHDOG=1":
            said = manager.recv(100)
        self.assertEqual(said, b"STOPPING=1")
        self.assertEqual(process.wait(PATIENCE), 0)

    def test_a_watchdog_of_another_process_is_not_ours(self):
        where = str(self.folder.path / "notify")
        manager = self.listen(where)
        process = self.serve(NOTIFY_SOCKET=where, WATCHDOG_USEC="1000", WATCHDOG_PID="1")
        self.assertEqual(manager.recv(100), b"READY=1")
        self.assertEqual(self.folder.run("ready").returncode, 0)  # many milliseconds later
        process.send_signal(signal.SIGTERM)
        self.assertEqual(manager.recv(100), b"STOPPING=1")

    def test_who_is_not_there_to_hear_it_does_not_matter(self):
        self.folder.env["NOTIFY_SOCKET"] = str(self.folder.path / "nobody")
        self.assertEqual(Serving(self.folder).stop(), 0)

    def test_ready_tells_by_its_exit_code(self):
        done = self.folder.run("ready")
        self.assertEqual((done.returncode, done.stderr), (1, ""))
        self.assertIn("no process runs", done.stdout)
        self.assertFalse(self.folder.data.exists())
        serving = Serving(self.folder)
        self.assertEqual(self.assert_done(self.folder.run("ready")), '{"status":"ready"}\n')
        self.assertEqual(serving.stop(), 0)
        self.assertEqual(self.folder.run("ready").returncode, 1)


unittest.main()
