"""One person's way through the shop, and what must be true of it afterwards.

Every step may be repeated as a client would repeat it that got no answer: a step has ended when the shop said so.
"""

import contextlib
import json
import pathlib
import sqlite3

from servers import Gone, eventually

WHO = "ana@example.com"
PASSWORD = "correct horse"
CARD = "4242424242424242"
PURCHASED, REQUESTED = "purchase-status-changed", "recipe-purchase-requested"


class Buyer:
    """The steps in order; `shop` may die between and within them. `answers` collects every status that was seen."""

    def __init__(self, shop):
        self.shop, self.answers = shop, []
        self.token = self.card = self.recipe = self.purchase = self.after = None
        self.steps = [self.sign_up, self.confirm, self.log_in, self.choose, self.buy, self.hear]

    def call(self, method, path, *args, headers=None, **kwargs):
        sent = {**(headers or {}), **({"Edm-After": self.after} if self.after else {})}
        status, answer, headers = self.shop.call(method, path, *args, headers=sent, **kwargs)
        self.answers.append((method, path.split("?")[0], status))
        return status, answer, headers

    def until(self, what, good, ask):
        """Repeats what ended with 5xx, or is being worked on, until it is answered; any other answer must be good.
        What the answer committed is included in what is asked afterwards (Edm-After)."""
        last = []

        def look():
            status, answer, headers = ask()
            last[:] = [status, answer]
            if status >= 500 or status == 409 and headers.get("Retry-After"):
                return None
            if status not in good:
                raise AssertionError(f"{what}: {status} {answer}")
            self.after = headers.get("Edm-After") or self.after
            return status, answer
        try:
            return eventually(what, look)
        except AssertionError as e:
            raise AssertionError(f"{e}; the last answer: {last}") from e

    def sign_up(self):
        body = {"credentials": {"id": WHO, "password": PASSWORD}, "user_info": {"id": WHO, "name": "Ana Souza"}}
        self.until("sign-up", (201, 409), lambda: self.call("POST", "/signup", body))

    def confirm(self):
        # A sign-up that was repeated voids the mail of the one before.
        mails = 0
        while True:
            token = self.shop.confirmation_token(WHO, mails)
            status, _ = self.until("confirmation", (200, 409, 404),
                                   lambda: self.call("POST", "/confirm-email-api", {"token": token}))
            if status != 404:
                return
            mails += 1

    def log_in(self):
        self.shop.settled()
        _, answer = self.until("login", (200,), lambda: self.call(
            "POST", "/login", {"username": WHO, "password": PASSWORD}, form=True))
        self.token = answer["access_token"]

    def choose(self):
        _, listing = self.until("listing", (200,), lambda: self.call("GET", "/get-all-recipes", token=self.token))
        self.recipe = listing["details"]["data"]["all_recipes"][0]["id"]
        card = {"card_holder_name": "Ana", "card_number": CARD, "cvv": "123", "expiration_month": 12,
                "expiration_year": 2090}
        _, answer = self.until("card", (200,), lambda: self.call("POST", "/encrypt-card", card))
        self.card = answer["details"]["data"]["encr_info"]

    def buy(self):
        _, answer = self.until("purchase", (201,), lambda: self.call(
            "POST", f"/buy-recipe/{self.recipe}", {"encr_info": self.card}, self.token,
            headers={"Idempotency-Key": "ana-1"}))
        self.purchase = answer["details"]["data"]["purchase_id"]

    def hear(self):
        told = self.shop.notifications(self.token, 2)
        if len(told) < 2:
            raise Gone("the stream of notifications ended")


def databases(data):
    return sorted(pathlib.Path(data).glob("*.sqlite"))


def documents(data, service, field):
    """Documents by id of the one database whose values have this field, read from the file of a stopped shop."""
    with contextlib.closing(sqlite3.connect(f"file:{data}/{service}.sqlite?mode=ro", uri=True)) as db:
        rows = db.execute("SELECT id, value FROM document WHERE value ->> ? IS NOT NULL", ("$." + field,))
        return {key: json.loads(value) for key, value in rows}


def check_running(shop, buyer):
    """What is wrong with a running shop after the buyer's way, as sentences."""
    wrong = []

    def expect(what, seen, wanted):
        if seen != wanted:
            wrong.append(f"{what}: {seen!r}, not {wanted!r}")

    for row in shop.settled():
        for name in ("behind", "lost", "parked", "dead"):
            expect(f"audit of {row['subscription']}: {name}", row[name], 0)
    status, answer, _ = shop.call("POST", "/login", {"username": WHO, "password": PASSWORD}, form=True)
    expect("login", status, 200)
    if status != 200:
        return wrong
    token = answer["access_token"]

    # Purchased, once, and readable.
    _, listing, _ = shop.call("GET", "/get-all-recipes", token=token)
    states = {r["id"]: r["status"] for r in listing["details"]["data"]["all_recipes"]}
    expect("bought recipes", {key: state for key, state in states.items() if state != "available"},
           {buyer.recipe: "purchased"})
    _, details, _ = shop.call("GET", f"/get-recipe-details/{buyer.recipe}", token=token)
    expect("the recipe is readable", "recipe" in details["details"]["data"]["recipe"], True)
    again = {"encr_info": buyer.card}
    status, answer, _ = shop.call("POST", f"/buy-recipe/{buyer.recipe}", again, token, {"Idempotency-Key": "ana-1"})
    expect("the same purchase again", (status, (answer["details"].get("data") or {}).get("purchase_id")),
           (201, buyer.purchase))
    status, answer, _ = shop.call("POST", f"/buy-recipe/{buyer.recipe}", again, token, {"Idempotency-Key": "ana-2"})
    expect("a second purchase", (status, answer["status"]), (409, "api_recipe_already_purchased"))

    # Told of each step once, in order, without gap.
    told = [(number, name, data.get("attempt"), data.get("payment_status"))
            for number, name, data in shop.notifications(token, 2)]
    expect("notifications", told, [(1, REQUESTED, 1, None), (2, PURCHASED, 1, 1)])

    # One charge in the provider's ledger, known to the shop.
    def ledger():
        _, page, _ = shop.call("GET", "/checkouts", headers={"X-Api-Key": shop.secret("PAYMENT_PROVIDER_API_KEY")})
        checkouts = page["details"]["data"]["checkouts"]
        return [checkouts] if all(c["notified"] for c in checkouts) else None
    charges = [(c["checkout_id"], c["accepted"], c["payment_status"])
               for c in eventually("the shop took the webhook", ledger)[0]]
    expect("the provider's ledger", charges, [(f"{buyer.purchase}.1", True, 1)])
    return wrong


def check_files(data, log):
    """What is wrong with the files of a shop that has stopped, as sentences."""
    wrong = []
    for path in databases(data):
        try:
            with contextlib.closing(sqlite3.connect(path)) as db:
                found = db.execute("PRAGMA integrity_check").fetchall()
        except sqlite3.DatabaseError as e:
            found = str(e)
        if found != [("ok",)]:
            wrong.append(f"{path.name}: integrity_check: {found}")
    if wrong:
        return wrong
    if len(databases(data)) < 6:
        wrong.append(f"databases: {[path.name for path in databases(data)]}")
    for user, timeline in documents(data, "notifications", "counter").items():
        if (timeline["counter"], len(timeline["entries"])) != (2, 2):
            wrong.append(f"timeline of {user}: {timeline['counter']} counted, {len(timeline['entries'])} kept, not 2")
    payments = documents(data, "purchasing", "attempts").values()
    stages = [(payment["user_id"], attempt["number"], attempt["stage"]) for payment in payments
              for attempt in payment["attempts"]]
    if stages != [(WHO, 1, "paid")]:
        wrong.append(f"payments: {stages}")
    if any("encr_info" in attempt for payment in payments for attempt in payment["attempts"]):
        wrong.append("payments: the card is still there")
    for secret in (PASSWORD, CARD, *(path.read_text().strip() for path in (pathlib.Path(data) / "secrets").iterdir())):
        if any(secret in line for line in log):
            wrong.append("the log shows a secret")
    return wrong


def finish(shop, buyer):
    """Takes the way to its end, starting the shop again wherever it died. Returns how often it did."""
    deaths = 0
    if shop.gone():
        shop.wait()
        deaths += 1
        start_again(shop)
    for step in buyer.steps:
        while True:
            try:
                step()
                break
            except Gone:
                shop.wait()  # no answer, so it must have died; a shop that lives and is silent is caught here
                deaths += 1
                start_again(shop)
    return deaths


def start_again(shop):
    if not shop.start():
        raise AssertionError("it does not start after a death:\n" + "".join(shop.log[-20:]))


def settle_and_check(shop, buyer):
    """The checks in a shop that lives, then in its files once it has ended in order."""
    wrong = check_running(shop, buyer)
    code = shop.end()
    if code != 0:
        wrong.append(f"SIGTERM: exit code {code}")
    return wrong + check_files(shop.data, shop.log)
