"""A disk that fails, and one that is full.

disk.py EDM

One fdatasync fails (strace); files may not grow (RLIMIT_FSIZE); a small tmpfs is full (needs user namespaces, and is
left out, with a word, where there are none). No success is answered for what is not stored, no refusal for what is;
nothing that was acknowledged is lost; when there is space again, the shop goes on without a restart.
"""

import errno
import os
import pathlib
import resource
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import Shop, eventually  # noqa: E402

from buyer import PASSWORD, WHO, Buyer, finish, settle_and_check  # noqa: E402

EDM = sys.argv.pop()
REFUSED = (503, 507)  # these promise that nothing was stored
NAMESPACES = ["unshare", "--user", "--map-root-user", "--mount"]


def user(n):
    return f"user{n}@example.com"


class DiskCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = str(pathlib.Path(folder.name).resolve())

    def new_shop(self, tracer=()):
        shop = Shop(EDM, self.data)
        self.addCleanup(shop.clean_up)
        self.assertTrue(shop.start(tracer), shop.log)
        return shop

    def sign_up(self, shop, n):
        body = {"credentials": {"id": user(n), "password": "correct horse"},
                "user_info": {"id": user(n), "name": f"User {n}", "address": "x" * 200}}
        return shop.call("POST", "/signup", body)[0]

    def exists(self, shop, n):
        """A user who exists and is not confirmed is told so."""
        status, answer, _ = shop.call("POST", "/login", {"username": user(n), "password": "correct horse"}, form=True)
        self.assertEqual(status, 401)
        return answer["status"] == "email_not_validated"


class Restarter(Buyer):
    """Has the shop started again wherever it does not know what became of a request."""

    def call(self, *args, **kwargs):
        status, answer, headers = super().call(*args, **kwargs)
        if status >= 500:
            code = self.shop.end()
            if code != 0 or not self.shop.start():
                raise AssertionError(f"after a {status}: exit code {code}, and then " + "".join(self.shop.log[-5:]))
        return status, answer, headers


class FailingSync(DiskCase):
    """The N-th fdatasync of the thread that writes this file fails once."""

    def check(self, buyer_type, name, n):
        self.setUp()
        # The files are made first, so that the calls which are counted are those of the flow.
        shop = self.new_shop()
        shop.settled()
        self.assertEqual(shop.end(), 0)
        trace = tempfile.NamedTemporaryFile()
        self.addCleanup(trace.close)
        tracer = ["strace", "-f", "-qq", "-o", trace.name, "-P", f"{self.data}/{name}",
                  "-e", "trace=fdatasync", "-e", f"inject=fdatasync:error=EIO:when={n}"]
        if not shop.start(tracer):
            self.assertIn("cannot be written", "".join(shop.log), "it may refuse to start, and says why")
            shop.wait()
            self.assertTrue(shop.start(), shop.log)
        buyer = buyer_type(shop)
        finish(shop, buyer)
        self.assertEqual(settle_and_check(shop, buyer), [])
        self.assertTrue(b"(INJECTED)" in trace.read(), f"nothing was injected: {name} {n}")
        self.assertTrue(shop.start(), shop.log)
        self.assertEqual(settle_and_check(shop, buyer), [])
        told = [status for _, _, status in buyer.answers if status >= 500]
        self.assertTrue(set(told) <= {500, *REFUSED}, told)
        return told

    def test_the_shop_goes_on_by_itself(self):
        for name in ("authentication.sqlite-wal", "notifications.sqlite-wal", "recipes.sqlite-wal"):
            for n in (3, 5):
                with self.subTest(name, n=n):
                    self.check(Buyer, name, n)

    def test_a_purchase_after_a_restart(self):
        told = []
        for n in (3, 4, 5, 6):
            with self.subTest(n=n):
                told += self.check(Restarter, "purchasing.sqlite-wal", n)
        self.assertTrue(told, "no answer told of a failed sync")


class FullDisk(DiskCase):
    def fill(self, shop, first):
        """Signs users up until it is full; returns (the next number, those accepted, those refused)."""
        accepted, refused, unknown = [], [], []
        for n in range(first, first + 3000):
            status = self.sign_up(shop, n)
            {201: accepted, 500: unknown}.get(status, refused).append(n)
            self.assertIn(status, (201, 500, *REFUSED), f"sign-up {n}")
            if len(refused) == 3:
                return n + 1, accepted, refused
        self.fail("it was never full")

    def check_goes_on(self, shop, full):
        n, accepted, refused = full
        eventually("there is space, and a sign-up is taken", lambda: self.sign_up(shop, n) == 201)
        self.check_users(shop, [*accepted, n], refused)
        self.assertEqual(shop.end(), 0)
        self.assertTrue(shop.start(), shop.log)
        self.check_users(shop, [*accepted, n], refused)
        self.assertEqual([row for row in shop.settled() if row["lost"] or row["parked"] or row["dead"]], [])
        self.assertEqual(shop.end(), 0)

    def check_users(self, shop, accepted, refused):
        # The last ones are those around the moment when the disk was full.
        lost = [n for n in accepted[:5] + accepted[-20:] if not self.exists(shop, n)]
        stored = [n for n in refused if self.exists(shop, n)]
        self.assertEqual((lost, stored), ([], []), "acknowledged and lost, or refused and stored")

    def test_files_that_may_not_grow(self):
        shop = self.new_shop()
        self.assertEqual(self.sign_up(shop, 0), 201)
        shop.settled()
        grown = max(path.stat().st_size for path in pathlib.Path(self.data).glob("authentication.sqlite*"))
        none = resource.prlimit(shop.pid(), resource.RLIMIT_FSIZE)[1]
        resource.prlimit(shop.pid(), resource.RLIMIT_FSIZE, (grown + 50_000, none))
        full = self.fill(shop, 1000)
        self.assertEqual(shop.call("GET", "/livez")[0], 200)
        resource.prlimit(shop.pid(), resource.RLIMIT_FSIZE, (none, none))
        self.check_goes_on(shop, full)

    def test_a_small_file_system(self):
        if subprocess.run([*NAMESPACES, "true"], capture_output=True).returncode != 0:
            self.skipTest("no user namespaces here: no file system of its own")
        inner = [*NAMESPACES, sys.executable, "-B", __file__, "--on-tmpfs", EDM]
        done = subprocess.run(inner, capture_output=True, text=True, timeout=250)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class SmallFileSystem(FullDisk):
    """Run in a mount namespace of its own, with a tmpfs as the data directory."""

    def setUp(self):
        super().setUp()
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=96m", "none", self.data], check=True)
        self.addCleanup(subprocess.run, ["umount", "-l", self.data], check=True)

    def full(self):
        """Takes all the space; returns the file that did."""
        ballast = pathlib.Path(self.data, "ballast")
        with open(ballast, "wb", buffering=0) as file:
            try:
                while True:  # bounded by the size of the file system
                    file.write(b"x" * 65536)
            except OSError as problem:  # the program takes space at the same time, so how much is left is not known
                self.assertEqual(problem.errno, errno.ENOSPC)
        return ballast

    def test_it_fills_and_empties(self):
        shop = self.new_shop()
        self.assertEqual(self.sign_up(shop, 0), 201)
        shop.settled()
        ballast = self.full()
        full = self.fill(shop, 1000)
        self.assertEqual(shop.call("GET", "/livez")[0], 200)
        ballast.unlink()
        self.check_goes_on(shop, full)

    def test_what_is_on_its_way_waits_for_space(self):
        shop = self.new_shop()
        shop.settled()
        for n in range(5):
            self.assertEqual(self.sign_up(shop, n), 201)
        ballast = self.full()
        full = self.fill(shop, 1000)
        ballast.unlink()
        shop.settled()
        for n in range(5):
            self.assertTrue(shop.confirmation_token(user(n)))
        self.check_goes_on(shop, full)

    def test_a_purchase_across_a_full_disk(self):
        shop = self.new_shop()
        buyer = Buyer(shop)
        for step in buyer.steps[:2]:
            step()
        ballast = self.full()
        body = {"username": WHO, "password": PASSWORD}
        told = [shop.call("POST", "/login", body, form=True)[0] for _ in range(3)]
        self.assertTrue(set(told) <= {200, 500, *REFUSED}, told)
        ballast.unlink()
        for step in buyer.steps[2:]:
            step()
        self.assertEqual(settle_and_check(shop, buyer), [])

    def test_a_death_on_a_full_disk(self):
        shop = self.new_shop()
        shop.settled()
        ballast = self.full()
        full = self.fill(shop, 1000)
        shop.end(9)
        ballast.unlink()
        self.assertTrue(shop.start(), shop.log)
        self.check_goes_on(shop, full)

    test_files_that_may_not_grow = test_a_small_file_system = None


if __name__ == "__main__":
    on_tmpfs = "--on-tmpfs" in sys.argv
    sys.argv = [arg for arg in sys.argv if arg != "--on-tmpfs"]
    if on_tmpfs:
        unittest.main(defaultTest="SmallFileSystem")
    else:
        del SmallFileSystem
        unittest.main()
