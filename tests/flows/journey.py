"""The journey over real HTTP: sign up, confirm, log in, browse, buy, hear of it, read what was bought.

journey.py EDM

Boots the program in a fresh data directory; the last case kills it (SIGKILL) between the purchase and the payment.
JOURNEY_BUS=rabbitmq does the same with a RabbitMQ of its own between the services.
"""

import os
import pathlib
import signal
import sys
import tempfile
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import NotRun, RabbitMQ, Shop  # noqa: E402

EDM = sys.argv.pop()
BUS = {}  # the settings of another bus than the default
WHO, PASSWORD = "ana@example.com", "correct horse"


class Journey(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.environ.get("JOURNEY_BUS") != "rabbitmq":
            return
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        try:
            broker = RabbitMQ(folder.name)
        except NotRun as why:
            print(why)
            raise unittest.SkipTest(str(why)) from why
        cls.addClassCleanup(broker.stop)
        broker.start()
        BUS.update({"EDM_BUS": "rabbitmq", "EDM_RABBITMQ_URL": broker.url})

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def shop(self, delay):
        shop = Shop(EDM, self.folder.name, EDM_PAYMENT_DELAY=delay, EDM_THREADS="0", **BUS)
        self.addCleanup(shop.clean_up)
        self.assertTrue(shop.start(), shop.log)
        return shop

    def log_in(self, shop):
        status, _, _ = shop.call("POST", "/signup", {"credentials": {"id": WHO, "password": PASSWORD},
                                                     "user_info": {"id": WHO, "name": "Ana Souza"}})
        self.assertEqual(status, 201)
        status, _, headers = shop.call("POST", "/confirm-email-api", {"token": shop.confirmation_token(WHO)})
        self.assertEqual(status, 200)
        status, answer, _ = shop.call("POST", "/login", {"username": WHO, "password": PASSWORD}, form=True,
                                      headers={"Edm-After": headers["Edm-After"]})
        self.assertEqual(status, 200, answer)
        return answer["access_token"]

    def buy(self, shop, token):
        _, listing, _ = shop.call("GET", "/get-all-recipes?limit=1", token=token)
        recipe = listing["details"]["data"]["all_recipes"][0]["id"]
        _, card, _ = shop.call("POST", "/encrypt-card", {"card_holder_name": "Ana", "card_number": "4242424242424242",
                                                         "expiration_month": 12, "expiration_year": 2090, "cvv": "123"})
        status, answer, _ = shop.call("POST", "/buy-recipe/" + recipe,
                                      {"encr_info": card["details"]["data"]["encr_info"]}, token)
        self.assertEqual(status, 201, answer)
        return recipe

    def check_bought(self, shop, token, recipe):
        names = [name for _, name, _ in shop.notifications(token, 2)]
        self.assertEqual(names, ["recipe-purchase-requested", "purchase-status-changed"])
        shop.settled()
        _, details, _ = shop.call("GET", "/get-recipe-details/" + recipe, token=token)
        bought = details["details"]["data"]["recipe"]
        self.assertEqual(bought["status"], "purchased")
        self.assertTrue(bought["recipe"]["ingredients"] and bought["recipe"]["directions"])

    def test_a_person_reads_what_they_bought(self):
        shop = self.shop("0s")
        token = self.log_in(shop)
        recipe = self.buy(shop, token)
        status, again, _ = shop.call("POST", "/buy-recipe/" + recipe, {"encr_info": "x"}, token)
        self.assertIn(status, (400, 409, 422), again)
        self.check_bought(shop, token, recipe)
        self.assertEqual(shop.end(signal.SIGTERM), 0)

    def test_a_kill_between_purchase_and_payment_loses_nothing(self):
        shop = self.shop("2s")
        token = self.log_in(shop)
        recipe = self.buy(shop, token)
        shop.end(signal.SIGKILL)
        self.assertTrue(shop.start(), shop.log)
        self.check_bought(shop, token, recipe)


unittest.main()
