"""Each test card of the payment provider, over real HTTP: shop, provider and webhooks of the whole program.

cards.py EDM [CELL]

Also what needs the whole program beside it: fifty purchases at once, a password reset by its page, a file of bytes.
"""

import concurrent.futures
import html
import re
import urllib.error
import urllib.parse
import urllib.request

from flow import OneShop, main

# card, answer of the purchase, statuses told to the buyer, what the recipe is to them in the end
CARDS = [
    ("4242 4242 4242 4242", 201, [1], "purchased"),
    ("5555 5555 5555 4444", 201, [1], "purchased"),
    ("4000 0000 0000 0002", 201, [3], "available"),
    ("4000 0000 0000 9995", 201, [3], "available"),
    ("4000 0000 0000 0069", 201, [3], "available"),
    ("4000 0000 0000 0127", 201, [3], "available"),
    ("4000 0000 0000 0119", 201, [3], "available"),
    ("4000 0000 0000 5001", 201, [2], "available"),
    ("4000 0000 0000 1000", 201, [1], "purchased"),  # pending first, paid late
    ("4000 0000 0000 2008", 201, [1], "purchased"),  # its webhook is sent twice
    ("4000 0000 0000 3006", 201, [1], "purchased"),  # its first webhook is lost
    ("4000 0000 0000 4004", 400, [], "available"),
    ("4242 4242 4242 4241", 400, [], "available"),
]


class Cards(OneShop):
    def ledger(self):
        _, ledger, _ = self.shop.call("GET", "/checkouts?limit=500",
                                      headers={"X-Api-Key": self.shop.secret("PAYMENT_PROVIDER_API_KEY")})
        return ledger["details"]["data"]["checkouts"]

    def page(self, path, form=None):
        """A page as a browser gets it: status, text, and what a later read must include."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.shop.port}{path}",
                                         urllib.parse.urlencode(form).encode() if form else None)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read().decode(), answer.headers["Edm-After"]
        except urllib.error.HTTPError as e:
            with e:
                return e.code, e.read().decode(), None

    def test_each_card_leads_where_it_should(self):
        token = self.person(self.shop, "ana@example.com")
        recipes = self.recipes(self.shop, token)
        expected = {}
        for recipe, (number, answer, statuses, _) in zip(recipes, CARDS):
            status, body, _ = self.buy(self.shop, recipe, self.encrypted(self.shop, number), token)
            self.assertEqual(status, answer, (number, body))
            if status == 201:
                expected[recipe] = ["requested"] + statuses
        told = {}
        for _, name, data in self.shop.notifications(token, sum(map(len, expected.values()))):
            told.setdefault(data["recipe_id"], []).append(
                "requested" if name == "recipe-purchase-requested" else data["payment_status"])
        self.assertEqual(told, expected)
        self.shop.settled()
        for recipe, (number, _, _, becomes) in zip(recipes, CARDS):
            _, answer, _ = self.shop.call("GET", "/get-recipe-details/" + recipe, token=token)
            recipe_now = answer["details"]["data"]["recipe"]
            self.assertEqual(recipe_now["status"], becomes, number)
            self.assertEqual("recipe" in recipe_now, becomes == "purchased", number)
        charged = [c["recipe_id"] for c in self.ledger() if c["payment_status"] == 1]
        wanted = [r for r, card in zip(recipes, CARDS) if card[3] == "purchased"]
        self.assertEqual(sorted(r for r in charged if r in recipes[:len(CARDS)]), sorted(wanted))

    def test_fifty_purchases_at_once_are_one_charge(self):
        token = self.person(self.shop, "eva@example.com")
        recipe, card = self.recipes(self.shop, token)[len(CARDS)], self.encrypted(self.shop)
        with concurrent.futures.ThreadPoolExecutor(50) as pool:
            answers = list(pool.map(lambda _: self.buy(self.shop, recipe, card, token)[0], range(50)))
        self.assertEqual(sorted(answers), [201] + [409] * 49)
        self.assertEqual(sum(c["recipe_id"] == recipe for c in self.ledger()), 1)

    def test_a_password_is_reset_by_the_mailed_page(self):
        who = "rui@example.com"
        old = self.person(self.shop, who)
        status, _, _ = self.shop.call("POST", "/forgot-password", {"id": who})
        self.assertEqual(status, 202)
        token = self.shop.confirmation_token(who, older=1)
        status, form, _ = self.page("/reset-password?token=" + token)
        self.assertEqual(status, 200)
        action = re.search(r'<form method="post" action="([^"]+)">', form).group(1)
        hidden = html.unescape(re.search(r'name="token" value="([^"]+)"', form).group(1))
        status, page, after = self.page(action, {"token": hidden, "new_password": "a new password"})
        self.assertEqual(status, 200, page)
        self.assertEqual(self.shop.call("POST", "/logout", token=old, headers={"Edm-After": after})[0], 401)
        self.log_in(self.shop, who, "a new password")
        self.assertEqual(self.page("/reset-password?token=" + token)[0], 400)

    def test_only_the_administrator_sees_what_is_to_refund(self):
        token = self.person(self.shop, "leo@example.com")
        self.assertEqual(self.shop.call("GET", "/payments-to-refund", token=token)[0], 403)
        status, answer, _ = self.shop.call("GET", "/payments-to-refund", token=self.shop.administrator())
        self.assertEqual((status, answer["details"]["data"]), (200, {"payments": []}))

    def test_a_catalogue_of_other_bytes_is_refused_by_row_and_column(self):
        table = "Tea\t\t\teasy\t1\t\ti\td\nCr\udce8me\t\t\teasy\t1\t\ti\td\n".encode("utf-8", "surrogateescape")
        body = (b"--frontier\r\nContent-Disposition: form-data; name=\"recipes_csv\"; filename=\"r\"\r\n\r\n" + table +
                b"\r\n--frontier--\r\n")
        status, answer, _ = self.shop.call("POST", "/load-recipes", body, self.shop.administrator(),
                                           {"Content-Type": "multipart/form-data; boundary=frontier"})
        self.assertEqual((status, answer["status"]), (400, "invalid_csv_format"))
        self.assertEqual([(e["row"], e["column"]) for e in answer["details"]["data"]["errors"]], [(2, "name")])


if __name__ == "__main__":
    main(Cards)
