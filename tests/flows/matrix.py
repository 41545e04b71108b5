"""The flows on one combination of engines and placement; each is a test of its own for ctest (label matrix).

matrix.py EDM CELL
"""

import concurrent.futures
import threading

from cards import Cards
from flow import PASSWORD, FlowCase, OneShop, main
from journey import Journey
from servers import eventually


class Streams(OneShop):
    """Whoever holds a user's connection, the user hears everything, in order and once."""

    def purchase(self, recipe, card, token, port=None):
        status, answer, _ = self.buy(self.shop, recipe, card, token, port)
        self.assertEqual(status, 201, answer)

    def test_a_stream_resumes_without_gap_or_repeat(self):
        token = self.person(self.shop, "ana@example.com")
        card, recipes = self.encrypted(self.shop), self.recipes(self.shop, token)
        for recipe in recipes[:2]:
            self.purchase(recipe, card, token)
        heard = self.shop.notifications(token, 1)
        heard += self.shop.notifications(token, 2, after=heard[-1][0])
        self.purchase(recipes[2], card, token)
        heard += self.shop.notifications(token, 3, after=heard[-1][0])
        self.assertEqual([number for number, _, _ in heard], [1, 2, 3, 4, 5, 6])
        self.assertEqual(heard, self.shop.notifications(token, 6))
        for recipe in recipes[:3]:
            of = [name for _, name, data in heard if data["recipe_id"] == recipe]
            self.assertEqual(of, ["recipe-purchase-requested", "purchase-status-changed"])

    def test_a_purchase_is_heard_on_a_connection_that_another_process_may_hold(self):
        token = self.person(self.shop, "rui@example.com")
        card, recipes = self.encrypted(self.shop), self.recipes(self.shop, token)
        listening = threading.Event()
        stream_at, buy_at = self.shop.process("notifications"), self.shop.processes[-1]
        buy_port = buy_at.port if self.shop.process("purchasing").services is None else self.shop.port
        with concurrent.futures.ThreadPoolExecutor(1) as pool:
            stream = pool.submit(self.shop.notifications, token, 6, port=stream_at.port, connected=listening)
            self.assertTrue(listening.wait(30))
            for recipe in recipes[:3]:
                self.purchase(recipe, card, token, buy_port)
            heard = stream.result()
        self.assertEqual([number for number, _, _ in heard], [1, 2, 3, 4, 5, 6])


class LostStore(FlowCase):
    """A service whose store is gone publishes of the same keys from the beginning again: no reader may take that for what
    it has seen."""

    def test_who_signs_up_again_is_a_new_person_to_every_service(self):
        shop = self.start(self.servers.deployment())
        who = "ana@example.com"
        self.person(shop, who)
        shop.settled()
        self.assertEqual(set(shop.stop()), {0})
        shop.lose_store("authentication")
        shop.start()
        before = set(shop.mails()[who])
        status, answer, _ = shop.call("POST", "/signup", {"credentials": {"id": who, "password": PASSWORD},
                                                          "user_info": {"id": who, "name": "Ana Lima"}})
        self.assertEqual(status, 201, answer)
        mail = eventually("another mail comes", lambda: sorted(set(shop.mails()[who]) - before))[0]
        status, answer, headers = shop.call("POST", "/confirm-email-api", {"token": mail[1]})
        self.assertEqual(status, 200, answer)
        self.log_in(shop, who, PASSWORD, {"Edm-After": headers["Edm-After"]})
        shop.settled()

    def test_what_a_service_keeps_of_others_is_there_again(self):
        if self.servers.cell.store != "couchdb":
            self.skipTest("not run: one database of several can be lost on CouchDB alone")
        shop = self.start(self.servers.deployment())
        token = self.person(shop, "ana@example.com")
        card, recipes = self.encrypted(shop), self.recipes(shop, token)
        self.assertEqual(self.buy(shop, recipes[0], card, token)[0], 201)
        shop.notifications(token, 2)
        shop.settled()
        self.assertEqual(set(shop.stop()), {0})
        shop.couchdb.delete([shop.settings["EDM_COUCHDB_PREFIX"] + "user-recipe"])
        shop.start()
        shop.settled()
        self.assertEqual(self.buy(shop, recipes[1], card, token)[0], 201)
        shop.notifications(token, 4)
        self.assertEqual([row for row in shop.settled() if row["lost"] or row["parked"] or row["dead"]], [])
        for recipe in recipes[:2]:
            details = shop.call("GET", "/get-recipe-details/" + recipe, token=token)[1]
            self.assertEqual(details["details"]["data"]["recipe"]["status"], "purchased")


if __name__ == "__main__":
    main(Journey, Cards, Streams, LostStore)
