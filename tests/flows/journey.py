"""The journey over real HTTP: sign up, confirm, log in, browse, buy, hear of it, read what was bought.

journey.py EDM [CELL]

Boots the program in fresh data directories; the last case kills it (SIGKILL) between the purchase and the payment.
"""

from flow import FlowCase, main

WHO = "ana@example.com"


class Journey(FlowCase):
    def shop(self, delay):
        return self.start(self.servers.deployment(EDM_PAYMENT_DELAY=delay, EDM_THREADS="0"))

    def bought(self, shop, token):
        recipe = self.recipes(shop, token)[0]
        status, answer, _ = self.buy(shop, recipe, self.encrypted(shop), token)
        self.assertEqual(status, 201, answer)
        return recipe

    def check_bought(self, shop, token, recipe):
        # Where several processes may share the documents, what a dead one had begun is left to it for its lease of 30 s.
        names = [name for _, name, _ in shop.notifications(token, 2, seconds=90)]
        self.assertEqual(names, ["recipe-purchase-requested", "purchase-status-changed"])
        rows = shop.settled()
        self.assertEqual([row for row in rows if row["lost"] or row["parked"] or row["dead"]], [])
        _, details, _ = shop.call("GET", "/get-recipe-details/" + recipe, token=token)
        bought = details["details"]["data"]["recipe"]
        self.assertEqual(bought["status"], "purchased")
        self.assertTrue(bought["recipe"]["ingredients"] and bought["recipe"]["directions"])

    def test_a_person_reads_what_they_bought(self):
        shop = self.shop("0s")
        token = self.person(shop, WHO)
        recipe = self.bought(shop, token)
        status, again, _ = self.buy(shop, recipe, "x", token)
        self.assertIn(status, (400, 409, 422), again)
        self.check_bought(shop, token, recipe)
        self.assertEqual(set(shop.stop()), {0})

    def test_a_kill_between_purchase_and_payment_loses_nothing(self):
        shop = self.shop("2s")
        token = self.person(shop, WHO)
        recipe = self.bought(shop, token)
        for process in shop.processes:
            process.kill()
        shop.start()
        self.check_bought(shop, token, recipe)


if __name__ == "__main__":
    main(Journey)
