"""Two identical processes on CouchDB and RabbitMQ: a queue has one active consumer, and an operator may ask either process.

identical.py EDM
"""

import json
import pathlib
import subprocess
import sys
import urllib.parse

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "flows"))
from flow import FlowCase, OneShop  # noqa: E402
from servers import cells, eventually  # noqa: E402

WHO = "notifications.user-names"


class Identical(OneShop):
    def path(self, database, document=None):
        name = urllib.parse.quote(self.servers.couchdb.prefix + database, safe="")
        return f"/{name}/{urllib.parse.quote(document, safe='')}" if document else f"/{name}"

    def document(self, who):
        status, found = self.servers.couchdb.request("GET", self.path("user-name", "d:" + who))
        self.assertEqual(status, 200, found)
        return found

    def spoil(self, who):
        """The projection is wrong, as after a defect of its handler; its mark stands."""
        wrong = {**self.document(who), "value": {"name": "nobody"}}
        status, answer = self.servers.couchdb.request("PUT", self.path("user-name", "d:" + who), wrong)
        self.assertEqual(status, 201, answer)

    def edm(self, process, *words):
        done = self.shop.command(*words, process=process)
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def bury(self, who):
        """An event of this key is a dead letter."""
        place = "0000000001.000000000001"
        event = {"specversion": "1.0", "id": "of-" + who, "source": "/edm/authentication/user-signed-up/" + who,
                 "type": "edm.user-signed-up.v1", "subject": who, "time": "2026-01-15T00:00:00.000Z",
                 "datacontenttype": "application/json", "sequence": place, "data": {"user_id": who, "user_name": "Eve Soup"}}
        name = f"p:{WHO}\n{who}\n{place}"
        row = {"_id": name, "subscription": WHO, "key": who, "sequence": place, "topic": "user-signed-up",
               "bytes": json.dumps(event), "reason": "the stove was cold", "baseline": False, "rebuild": False, "gap": False,
               "attempts": 8, "next_at": -1, "parked_at": 1700000000000}
        status, answer = self.servers.couchdb.request("PUT", self.path("notifications-parked", name), row)
        self.assertEqual(status, 201, answer)

    def test_1_a_rebuild_is_done_whichever_process_is_asked(self):
        self.person(self.shop, "ana@example.com")
        self.shop.settled()
        right = self.document("ana@example.com")["value"]
        for process in (0, 1):
            self.spoil("ana@example.com")
            self.assertIn("is rebuilt", self.edm(process, "subscriptions", "rebuild", WHO))
            self.assertEqual(self.document("ana@example.com")["value"], right, f"asked at process {process}")
        self.assertEqual([row for row in self.shop.settled() if row["lost"] or row["parked"]], [])

    def test_2_dead_letters_are_dealt_with_at_either(self):
        people = ["eve@example.com", "rui@example.com"]
        for who in people:
            self.bury(who)
        for process, who in enumerate(people):
            self.assertIn(who, self.edm(process, "deadletters", "list"))
            self.assertIn("tried again", self.edm(process, "deadletters", "retry", WHO, who))
            eventually("it is applied", lambda: self.servers.couchdb.request(
                "GET", self.path("user-name", "d:" + who))[0] == 200)
        for process, who in enumerate(["ivo@example.com", "lea@example.com"]):
            self.bury(who)
            self.assertIn("discarded", self.edm(process, "deadletters", "discard", WHO, who))
            for other in (0, 1):
                self.assertNotIn(who, self.edm(other, "deadletters", "list"))

    def test_3_a_rebuild_goes_on_when_the_process_that_was_asked_is_killed(self):
        self.spoil("ana@example.com")
        right = "Ana Souza"
        asked = self.shop.process(1)
        command = subprocess.Popen([self.shop.program, "subscriptions", "rebuild", WHO], env=asked.env,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        notes = self.path("notifications-events", "notes")
        eventually("it is asked for", lambda: command.poll() is not None or
                   "rebuild/" + WHO in self.servers.couchdb.request("GET", notes)[1]["notes"])
        asked.kill()
        command.wait(timeout=60)
        self.assertTrue(asked.start())
        eventually("it is rebuilt", lambda: right in json.dumps(self.document("ana@example.com")["value"]))
        eventually("it is over", lambda: "rebuild/" + WHO not in self.servers.couchdb.request("GET", notes)[1]["notes"])


def give(servers):
    FlowCase.servers = servers


cells.run("two-couchdb-rabbitmq", sys.argv[1], give, Identical)
