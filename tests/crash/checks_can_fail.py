"""What the crash tests check must be able to fail: each check is run over a shop whose data was tampered with.

checks_can_fail.py EDM
"""

import contextlib
import os
import pathlib
import shutil
import sqlite3
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import Shop  # noqa: E402

from buyer import Buyer, check_files, documents, finish, settle_and_check  # noqa: E402

EDM = sys.argv.pop()


class ChecksCanFail(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        """One way through the shop that is right; each test tampers with a copy of its data."""
        cls.root = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.root.cleanup)
        cls.good = pathlib.Path(cls.root.name, "good")
        cls.good.mkdir()
        shop = Shop(EDM, cls.good)
        cls.addClassCleanup(shop.clean_up)
        cls.buyer = Buyer(shop)
        cls.start(shop)
        shop.settled()
        cls.fresh = cls.stopped(shop, "fresh")
        cls.start(shop)
        for step in cls.buyer.steps[:4]:
            step()
        shop.settled()
        cls.not_bought = cls.stopped(shop, "not_bought")
        cls.start(shop)
        finish(shop, cls.buyer)
        wrong = settle_and_check(shop, cls.buyer)
        assert wrong == [], wrong

    @classmethod
    def stopped(cls, shop, name):
        """A copy of the data as it is now."""
        shop.end()
        copy = pathlib.Path(cls.root.name, name)
        shutil.copytree(cls.good, copy)
        return copy

    @staticmethod
    def start(shop):
        assert shop.start(), shop.log

    def copy(self):
        data = pathlib.Path(self.root.name, self.id())
        shutil.copytree(self.good, data)
        self.addCleanup(shutil.rmtree, data)
        return data

    def sql(self, data, service, *statements):
        with contextlib.closing(sqlite3.connect(data / f"{service}.sqlite")) as db, db:
            for statement in statements:
                self.assertGreater(db.execute(statement).rowcount, 0, statement)

    def wrong(self, data):
        """What the checks say of this data."""
        shop = Shop(EDM, data)
        self.addCleanup(shop.clean_up)
        self.start(shop)
        self.buyer.shop = shop
        return settle_and_check(shop, self.buyer)

    def assert_found(self, found, what):
        self.assertTrue(any(line.startswith(what) for line in found), found)

    def test_untouched_data_is_right(self):
        self.assertEqual(self.wrong(self.copy()), [])

    def test_an_event_that_was_never_applied(self):
        data = self.copy()
        self.sql(data, "notifications", "DELETE FROM mark WHERE subscription ="
                 " (SELECT number FROM name WHERE name = 'notifications.purchase-status')")
        self.assert_found(self.wrong(data), "audit of notifications.purchase-status: lost: 1")

    def test_a_notification_told_twice(self):
        data = self.copy()
        self.sql(data, "notifications", "UPDATE document SET value = json_set(value, '$.counter', 3, '$.entries[#]',"
                 " json_extract(value, '$.entries[1]')) WHERE value ->> '$.counter' = 2")
        self.assert_found(self.wrong(data), "timeline of ana@example.com: 3 counted")

    def test_a_notification_that_is_missing(self):
        data = self.copy()
        self.sql(data, "notifications", "UPDATE document SET value = json_remove(json_set(value, '$.counter', 1),"
                 " '$.entries[0]') WHERE value ->> '$.counter' = 2")
        self.assert_found(check_files(data, []), "timeline of ana@example.com: 1 counted, 1 kept")

    def test_a_second_charge(self):
        data = self.copy()
        self.sql(data, "payment-provider", "INSERT INTO document (db, id, revision, value, envelope)"
                 " SELECT db, replace(id, '.1', '.2'), revision, value, envelope FROM document WHERE id LIKE '%.1'")
        self.assert_found(self.wrong(data), "the provider's ledger: [(")

    def test_a_status_that_went_back(self):
        data = self.copy()
        self.sql(data, "purchasing", "UPDATE document SET value = json_set(value, '$.attempts[0].stage', 'requested')"
                 " WHERE value ->> '$.attempts' IS NOT NULL")
        found = self.wrong(data)
        self.assert_found(found, "payments: [('ana@example.com', 1, 'requested')]")
        self.assert_found(found, "a second purchase: (409, 'api_recipe_already_requested')")

    def test_a_purchase_that_the_reader_never_got(self):
        data = self.copy()
        self.sql(data, "recipes", "DELETE FROM document WHERE id = 'ana@example.com'"
                 " OR value ->> '$.user_id' = 'ana@example.com' OR id LIKE '%ana@example.com%'")
        self.assert_found(self.wrong(data), "bought recipes: {}")

    def test_a_card_that_was_kept(self):
        data = self.copy()
        self.sql(data, "purchasing", "UPDATE document SET value = json_set(value, '$.attempts[0].encr_info', 'x')"
                 " WHERE value ->> '$.attempts' IS NOT NULL")
        self.assertIn("payments: the card is still there", check_files(data, []))

    def test_a_damaged_file(self):
        data = self.copy()
        path = data / "recipes.sqlite"
        with open(path, "r+b") as file:
            file.seek(path.stat().st_size // 2)
            file.write(os.urandom(8192))
        self.assert_found(check_files(data, []), "recipes.sqlite: integrity_check")

    def test_a_secret_in_the_log(self):
        self.assertIn("the log shows a secret", check_files(self.good, ["login with correct horse\n"]))

    def test_commits_that_were_answered_and_lost(self):
        """One service's file is as it was earlier, as if its later commits had never reached the disk."""
        for service, earlier, what in (("authentication", self.fresh, "login: 401"),
                                       ("purchasing", self.not_bought, "payments: "),
                                       ("payment-provider", self.not_bought, "the provider's ledger: []")):
            with self.subTest(service):
                data = self.copy()
                try:
                    for path in data.glob(f"{service}.sqlite*"):
                        path.unlink()
                    for path in earlier.glob(f"{service}.sqlite*"):
                        shutil.copy2(path, data)
                    self.assert_found(self.wrong(data), what)
                finally:
                    self.doCleanups()

    def test_the_documents_that_are_read_are_there(self):
        self.assertEqual(list(documents(self.good, "notifications", "counter")), ["ana@example.com"])
        self.assertEqual(len(documents(self.good, "purchasing", "attempts")), 1)


unittest.main()
