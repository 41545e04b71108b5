"""What the flows have in common: people who sign up and buy, at a shop on whatever cell."""

import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import cells  # noqa: E402

PASSWORD = "correct horse"
PAID_CARD = "4242 4242 4242 4242"


class FlowCase(unittest.TestCase):
    servers = None  # of the run, see main()

    def person(self, shop, who):
        """Signs somebody up, confirms the address, and logs in; returns the token."""
        status, answer, _ = shop.call("POST", "/signup", {"credentials": {"id": who, "password": PASSWORD},
                                                          "user_info": {"id": who, "name": "Ana Souza"}})
        self.assertEqual(status, 201, answer)
        status, answer, headers = shop.call("POST", "/confirm-email-api", {"token": shop.confirmation_token(who)})
        self.assertEqual(status, 200, answer)
        return self.log_in(shop, who, PASSWORD, {"Edm-After": headers["Edm-After"]})

    def log_in(self, shop, who, password, headers=None):
        status, answer, _ = shop.call("POST", "/login", {"username": who, "password": password}, headers=headers, form=True)
        self.assertEqual(status, 200, answer)
        return answer["access_token"]

    def recipes(self, shop, token):
        status, listing, _ = shop.call("GET", "/get-all-recipes", token=token)
        self.assertEqual(status, 200, listing)
        return [recipe["id"] for recipe in listing["details"]["data"]["all_recipes"]]

    def encrypted(self, shop, number=PAID_CARD):
        status, answer, _ = shop.call("POST", "/encrypt-card", {
            "card_holder_name": "Ana", "card_number": number, "expiration_month": 12, "expiration_year": 2090,
            "cvv": "123"})
        self.assertEqual(status, 200, answer)
        return answer["details"]["data"]["encr_info"]

    def buy(self, shop, recipe, card, token, port=None, **headers):
        return shop.call("POST", "/buy-recipe/" + recipe, {"encr_info": card}, token, headers, port=port)

    def start(self, shop):
        """Starts a deployment for this test, and waits until its services know the starter catalogue."""
        self.addCleanup(shop.clean_up)
        shop.start()
        shop.settled()
        return shop


class OneShop(FlowCase):
    """All tests of the class on one deployment."""

    @classmethod
    def setUpClass(cls):
        cls.shop = cls.servers.deployment()
        cls.addClassCleanup(cls.shop.clean_up)
        cls.shop.start()
        cls.shop.settled()


def main(*cases):
    """FILE EDM [CELL]: runs the cases on one cell, by default one process on the embedded engines."""
    program, name = sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "sqlite-embedded"

    def give(servers):
        FlowCase.servers = servers
    cells.run(name, program, give, *cases)
