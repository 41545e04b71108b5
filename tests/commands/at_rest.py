"""Commands where no process runs: they start one for themselves. The stores are damaged on purpose.

at_rest.py EDM ROOT
"""

import http.client
import json
import sqlite3
import subprocess
import unittest

from program import Case, Folder, Serving, eventually, table

WHO = "notifications.recipe-names"


class AtRest(Case):
    """A shop with its starter catalogue, stopped; each test damages a copy of what the subscription has stored."""

    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        Serving(self.folder).stop()
        self.assert_done(self.edm("audit", "--wait", "20"))
        with self.store("recipes") as s:
            self.events = s.execute("SELECT key, epoch, counter, bytes FROM event ORDER BY position LIMIT 2").fetchall()

    def edm(self, *arguments, **more):
        return self.folder.run(*arguments, **more)

    def store(self, service):
        s = sqlite3.connect(self.folder.data / (service + ".sqlite"))
        self.addCleanup(s.close)
        return s

    def forget(self, *keys):
        """The subscription never heard of these keys."""
        with self.store("notifications") as s:
            (number,) = s.execute("SELECT number FROM name WHERE name = ?", [WHO]).fetchone()
            for key in keys:
                gone = s.execute("DELETE FROM mark WHERE subscription = ? AND key = ?", [number, key])
                self.assertEqual(gone.rowcount, 1)

    def bury(self, *events):
        """These events are dead letters."""
        self.forget(*(key for key, *_ in events))
        with self.store("notifications") as s:
            for key, epoch, counter, event in events:
                s.execute("INSERT INTO parked VALUES (?, ?, ?, ?, 0, 0, 8, -1, 1700000000000, ?, ?, ?)",
                          [WHO, key, epoch, counter, "the \x1b[31mstove was cold", "recipe-published", event])
            s.execute("INSERT OR REPLACE INTO note VALUES ('clean/' || ?, 0)", [WHO])

    def audited(self, code, **expected):
        done = self.edm("audit", "--json")
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        row = next(r for r in json.loads(done.stdout) if r["subscription"] == WHO)
        self.assertEqual({name: row[name] for name in expected}, expected)

    def test_what_is_lost_is_seen_and_healed_by_a_rebuild(self):
        self.audited(0, lost=0)
        self.forget(self.events[0][0])
        self.audited(1, lost=1, behind=0)
        done = self.edm("audit")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(table(done.stdout)[WHO][4], "1")
        self.assert_done(self.edm("subscriptions", "rebuild", WHO))
        self.assert_done(self.edm("audit", "--wait", "20"))
        self.audited(0, lost=0)

    def test_dead_letters_are_shown_retried_and_discarded(self):
        first, second = self.events
        self.bury(first, second)
        self.audited(0, parked=2, dead=2, lost=0)
        rows = table(self.assert_done(self.edm("deadletters", "list")))
        self.assertEqual(rows[WHO][3:5], ["8", "0"])
        listed = json.loads(self.assert_done(self.edm("deadletters", "list", "--subscription", WHO, "--json")))
        self.assertEqual({r["key"] for r in listed["dead_letters"]}, {first[0], second[0]})
        shown = self.assert_done(self.edm("deadletters", "show", WHO, first[0]))
        for word in ("recipe-published", "the \\x1b[31mstove was cold", json.loads(first[3])["id"]):
            self.assertIn(word, shown)
        self.assertNotIn("\x1b", self.folder.seen)
        doctor = self.assert_done(self.edm("doctor"))
        self.assertRegex(doctor, r"(?m)^warn +dead letters +2 wait")

        self.assertIn("tried again", self.assert_done(self.edm("deadletters", "retry", WHO, first[0])))
        self.assert_done(self.edm("audit", "--wait", "20"))
        self.assertIn("discarded", self.assert_done(self.edm("deadletters", "discard", WHO, second[0])))
        self.audited(0, parked=0, dead=0, lost=0)
        self.assertEqual(self.assert_done(self.edm("deadletters", "list")), "no dead letters\n")
        self.assert_refused(self.edm("deadletters", "discard", WHO, second[0]), 1, "Nothing is parked")

    def test_a_subscription_that_nobody_declares_is_named_and_dropped(self):
        with self.store("notifications") as s:
            s.execute("INSERT INTO note VALUES ('cursor/notifications.old', 3)")
        self.assertRegex(self.assert_done(self.edm("doctor")), r"(?m)^warn +subscriptions +notifications\.old .*drop")
        rows = table(self.assert_done(self.edm("subscriptions", "list")))
        self.assertIn("not declared", rows["notifications.old"])
        self.assertIn("dropped", self.assert_done(self.edm("subscriptions", "drop", "notifications.old")))
        self.assertNotIn("notifications.old", self.assert_done(self.edm("subscriptions", "list")))
        self.assertRegex(self.assert_done(self.edm("doctor")), r"(?m)^ok +subscriptions ")

    def test_a_store_that_cannot_be_read(self):
        (self.folder.data / "recipes.sqlite").write_bytes(b"this was a database once" * 100)
        for suffix in ("-wal", "-shm"):
            (self.folder.data / ("recipes.sqlite" + suffix)).unlink(missing_ok=True)
        self.assert_refused(self.edm("audit"), 1, "recipes.sqlite")
        self.assert_refused(self.edm("serve"), 1, "recipes.sqlite")
        done = self.edm("doctor")
        self.assertEqual(done.returncode, 1)
        self.assertRegex(done.stdout, r"(?m)^FAIL +.*recipes\.sqlite")


class GivenUp(Case):
    """A mail whose attempts are used up: no mail server was there."""

    def setUp(self):
        self.folder = Folder(EDM_MAIL="smtp://127.0.0.1:1")
        self.addCleanup(self.folder.close)
        serving = Serving(self.folder)
        who = {"id": "ana@example.com", "name": "Ana Souza"}
        c = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=20)
        c.request("POST", "/signup", json.dumps({"credentials": {"id": who["id"], "password": "correct horse"},
                                                 "user_info": who}), {"Content-Type": "application/json"})
        self.assertEqual(c.getresponse().status, 201)
        c.close()
        self.assert_done(self.folder.run("audit", "--wait", "20"))
        self.assertEqual(serving.stop(), 0)
        s = sqlite3.connect(self.folder.data / "email-confirmation.sqlite")
        with s:
            (text,) = s.execute("SELECT envelope FROM document WHERE id = ?", [who["id"]]).fetchone()
            envelope = json.loads(text)
            envelope["due"][0].update(at=-1, attempts=20, reason="nobody was there")
            s.execute("UPDATE document SET envelope = ? WHERE id = ?", [json.dumps(envelope), who["id"]])
            self.assertEqual(s.execute("UPDATE due SET at = -1").rowcount, 1)
        s.close()

    def test_it_is_listed_and_tried_again(self):
        self.assertRegex(self.assert_done(self.folder.run("doctor")), r"(?m)^warn +due work +1 effects .* given up")
        self.folder.env["EDM_MAIL"] = "mailbox"
        serving = Serving(self.folder)
        row = table(self.assert_done(self.folder.run("deadletters", "list")))["email-confirmation"]
        self.assertEqual(row[4:], ["confirmation-mail", "20", "nobody was there"])
        self.assert_refused(self.folder.run("deadletters", "retry-work", *row[:3], "other"), 1, "no such")
        self.assertIn("tried again", self.assert_done(self.folder.run("deadletters", "retry-work", *row[:4])))
        self.assertEqual(self.assert_done(self.folder.run("deadletters", "list")), "no dead letters\n")
        mails = eventually("the mail comes", lambda: list((self.folder.data / "mailbox").glob("[!.]*.eml")))
        self.assertIn("ana@example.com", mails[0].read_text())
        self.assertEqual(serving.stop(), 0)


class ByThemselves(Case):
    def setUp(self):
        self.folder = Folder(EDM_LISTEN="127.0.0.1:1")  # a port that a process could not have: none is needed
        self.addCleanup(self.folder.close)
        (self.folder.path / "recipes.tsv").write_text("Soup\tWarm\tlunch\teasy\t2.50\ta\twater\tCook it.\n")

    def test_they_tell_nothing_but_their_answer_and_stop_cleanly(self):
        out = self.assert_done(self.folder.run("recipes", "import", "recipes.tsv"))
        self.assertEqual(out, "1 stored, 0 unchanged, of 1 recipes\n")
        self.assertFalse((self.folder.data / "edm.sock").exists())
        for secret in self.folder.secrets():
            self.assertNotIn(secret, self.folder.seen)

    def test_where_no_program_ever_ran_nothing_is_found_well(self):
        for command in (["audit"], ["deadletters", "list"], ["subscriptions", "list"]):
            self.assert_refused(self.folder.run(*command), 2, "EDM_DATA_DIR", str(self.folder.data))
            self.assertFalse(self.folder.data.exists())

    def test_the_password_is_still_told_at_the_first_real_start(self):
        self.assert_done(self.folder.run("recipes", "import", "recipes.tsv"))
        self.folder.env["EDM_LISTEN"] = "127.0.0.1:0"
        serving = Serving(self.folder, stdout=subprocess.PIPE)
        self.assertEqual(serving.stop(), 0)
        self.assertIn("APP_ADM_PASSWORD", serving.process.stdout.read())
        serving.process.stdout.close()

    def test_a_socket_that_a_killed_process_left_is_no_process(self):
        self.folder.env["EDM_LISTEN"] = "127.0.0.1:0"
        serving = Serving(self.folder)
        serving.process.kill()
        serving.process.stderr.close()
        serving.process.wait(30)
        self.assertTrue((self.folder.data / "edm.sock").exists())
        done = self.folder.run("audit")  # what ran when the process was killed is warned of
        self.assertEqual(done.returncode, 0, done.stderr)


unittest.main()
