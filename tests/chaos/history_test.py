"""The history checker must find what it is there for: histories that are forged, one lie each.

history_test.py
"""

import copy
import unittest

import history
from history import DECLINED, FAIL, OK, PAID, REQUESTED, STATUS, UNKNOWN, History, Observed, check, outcome_of, purchase_id

ANA, RUI = "ana@example.com", "rui@example.com"


def checkout(user, recipe, attempt, status=PAID):
    return {"checkout_id": f"{purchase_id(user, recipe)}.{attempt}", "recipe_id": recipe, "accepted": True,
            "payment_status": status, "notified": True}


def told(recipe, attempt, number, status=None):
    data = {"recipe_id": recipe, "attempt": attempt}
    return (number, REQUESTED, data) if status is None else (number, STATUS, {**data, "payment_status": status})


class Forged(unittest.TestCase):
    """Ana buys tea, has a card declined for soup, and buys it again; Rui signs up, and one of his purchases is refused."""

    def setUp(self):
        self.history = h = History()
        for user in (ANA, RUI):
            h.begin("sign-up", user).tried(201)
        h.begin("load", "admin", rows=("tea", "soup")).tried(201)
        h.begin("buy", ANA, recipe="tea", key="a1").tried(201)
        h.begin("buy", ANA, recipe="soup", key="a2", expected=DECLINED).tried(201)
        h.begin("buy", ANA, recipe="soup", key="a3").tried(201)
        h.begin("buy", RUI, recipe="tea", key="r1").tried(503)
        for status in ("available", "requested", "purchased"):
            h.read(ANA, "tea", status)
        for status in ("available", "requested", "available", "requested", "purchased"):
            h.read(ANA, "soup", status)
        stream = [told("tea", 1, 1), told("tea", 1, 2, PAID), told("soup", 1, 3), told("soup", 1, 4, DECLINED),
                  told("soup", 2, 5), told("soup", 2, 6, PAID)]
        for one in stream[2:]:
            h.heard(ANA, *one)
        self.seen = Observed(
            accounts={ANA: True, RUI: True},
            statuses={ANA: {"tea": "purchased", "soup": "purchased"}, RUI: {"tea": "available", "soup": "available"}},
            notifications={ANA: stream, RUI: []}, catalogue=["tea", "soup"],
            ledger=[checkout(ANA, "tea", 1), checkout(ANA, "soup", 1, DECLINED), checkout(ANA, "soup", 2)],
            audit=[{"subscription": "recipes.status", "behind": 0, "lost": 0, "parked": 0, "dead": 0}])

    def assert_found(self, *invariants):
        found = check(self.history, self.seen)
        self.assertEqual({line.split(":")[0] for line in found}, set(invariants), found)

    def renumber(self, entries):
        self.seen.notifications[ANA] = [(i + 1, *one[1:]) for i, one in enumerate(entries)]
        self.history.streams.clear()

    def test_a_shop_that_sells_nothing_shows_nothing(self):
        self.history.operations = [one for one in self.history.operations if one.kind != "buy"]
        self.history.reads.clear()
        self.history.streams.clear()
        self.seen.ledger.clear()
        self.seen.notifications = {ANA: [], RUI: []}
        self.seen.statuses = dict.fromkeys((ANA, RUI), {"tea": "available", "soup": "available"})
        self.assertEqual(check(self.history, self.seen),
                         ["I2: no purchase was accepted at all", "I2: nothing was paid at all"])

    def test_a_buyer_who_is_locked_out(self):
        del self.seen.statuses[ANA], self.seen.notifications[ANA]
        self.assertIn(f"I1: {ANA} has bought something, and cannot log in", check(self.history, self.seen))

    def test_what_is_right_is_right(self):
        self.assert_found()

    def test_a_lost_account(self):
        self.seen.accounts[RUI] = False
        self.assert_found("I1")

    def test_an_account_that_was_refused(self):
        self.history.begin("sign-up", "eva@example.com").tried(503)
        self.seen.accounts["eva@example.com"] = True
        self.assert_found("I8")

    def test_a_lost_row_and_a_doubled_one(self):
        self.seen.catalogue = ["tea", "tea"]
        self.assert_found("I1", "I6")

    def test_a_purchase_that_was_lost_everywhere(self):
        self.seen.statuses[ANA]["tea"] = "available"
        self.seen.ledger.pop(0)
        self.renumber(self.seen.notifications[ANA][2:])
        self.assert_found("I2", "I3")

    def test_a_purchase_that_only_the_catalogue_lost(self):
        self.seen.statuses[ANA]["tea"] = "requested"
        self.assert_found("I2")

    def test_a_second_charge(self):
        self.seen.ledger.append(checkout(ANA, "tea", 2))
        self.assert_found("I3", "I4", "I7")

    def test_an_attempt_without_a_cause(self):
        self.seen.ledger[1:] = [checkout(ANA, "soup", 1), checkout(ANA, "soup", 2, DECLINED)]
        soup = [told("soup", 1, 0), told("soup", 1, 0, PAID), told("soup", 2, 0), told("soup", 2, 0, DECLINED)]
        self.renumber(self.seen.notifications[ANA][:2] + soup)
        self.assert_found("I7")

    def test_a_charge_for_what_was_refused(self):
        self.seen.ledger.append(checkout(RUI, "tea", 1))
        self.assert_found("I2", "I3", "I4")

    def test_a_charge_that_nobody_asked_for(self):
        self.seen.ledger.append(checkout("eva@example.com", "tea", 1))
        self.assert_found("I8")

    def test_a_webhook_that_was_never_taken(self):
        self.seen.ledger[0]["notified"] = False
        self.assert_found("I1")

    def test_a_doubled_notification(self):
        kept = self.seen.notifications[ANA]
        self.renumber([*kept[:2], kept[1], *kept[2:]])
        self.assert_found("I6")

    def test_a_lost_notification(self):
        self.renumber(self.seen.notifications[ANA][1:])
        self.assert_found("I4")

    def test_a_lost_volume_excuses_earlier_attempts_alone(self):
        kept = self.seen.notifications[ANA]
        self.seen.volume_lost = True
        self.renumber([one for one in kept if one != kept[3]])  # of the declined attempt, before the one that was paid
        self.assert_found()
        self.renumber(kept[:5])
        self.assert_found("I4")
        self.renumber([*kept[:3], kept[3], kept[3], *kept[4:]])
        self.assert_found("I6")

    def test_notifications_in_the_wrong_order(self):
        kept = self.seen.notifications[ANA]
        self.renumber([kept[1], kept[0], *kept[2:]])
        self.assert_found("I4")

    def test_a_notification_of_nothing(self):
        self.renumber([*self.seen.notifications[ANA], told("cake", 1, 7)])
        self.assert_found("I8")

    def test_a_gap_among_the_numbers(self):
        self.seen.notifications[ANA] = [one if one[0] < 4 else (one[0] + 1, *one[1:]) for one in self.seen.notifications[ANA]]
        self.history.streams.clear()
        self.assert_found("I4")

    def test_a_stream_that_skips_repeats_or_forgets(self):
        right = copy.deepcopy(self.history.streams[ANA])
        for forged, found in ((right[:1] + right[2:], "I4"), (right[:2] + right[1:], "I4"),
                              ([*right, told("cake", 1, 7)], "I1"), ([told("cake", 1, 3), *right[1:]], "I4")):
            with self.subTest(found):
                self.history.streams[ANA] = forged
                self.assert_found(found)

    def test_a_status_that_went_back(self):
        for statuses in (["purchased", "requested", "purchased"], ["requested", "available", "requested", "purchased"]):
            with self.subTest(statuses):
                self.history.reads[ANA, "tea"] = statuses
                self.assert_found("I9")

    def test_a_recipe_that_nobody_bought(self):
        self.seen.statuses[RUI]["soup"] = "purchased"
        self.assert_found("I8")

    def test_the_audit(self):
        right = self.seen.audit[0]
        for forged, found in (({"behind": 1}, "I5"), ({"lost": 1}, "I5"), ({"parked": 1}, "I5"),
                              ({"parked": 1, "dead": 1}, "I11")):
            with self.subTest(forged):
                self.seen.audit = [{**right, **forged}]
                self.assert_found(found)
        self.seen.audit = [{**right, "parked": 1, "dead": 1}]
        self.seen.poison = 1
        self.assert_found()
        self.seen.audit = []
        self.assert_found("I5", "I11")

    def test_a_refused_file_whose_rows_another_brought(self):
        self.history.begin("load", "admin", rows=("tea", "soup")).tried(503)
        self.assert_found()

    def test_what_grew_without_bound(self):
        self.seen.wals = {"shop/recipes.sqlite-wal": 64 << 20}
        self.seen.usage = [("shop", "threads", 9, 9), ("shop", "descriptors", 40, 60), ("shop", "MiB of memory", 30, 90)]
        self.assert_found()
        for what, before, after in (("threads", 9, 10), ("descriptors", 40, 140), ("MiB of memory", 30, 300)):
            self.seen.usage = [("shop", what, before, after)]
            self.assert_found("I13")
        self.seen.usage, self.seen.wals = [], {"shop/recipes.sqlite-wal": 1 << 30}
        self.assert_found("I10")

    def test_what_is_unknown_may_be_there_or_not_and_never_twice(self):
        unknown = self.history.begin("buy", RUI, recipe="soup", key="r2")
        self.assertEqual(unknown.tried(500), UNKNOWN)
        self.assert_found()
        self.seen.statuses[RUI]["soup"] = "purchased"
        self.seen.ledger.append(checkout(RUI, "soup", 1))
        self.seen.notifications[RUI] = [told("soup", 1, 1), told("soup", 1, 2, PAID)]
        self.assert_found()
        self.seen.ledger.append(checkout(RUI, "soup", 2))
        self.assert_found("I3", "I4", "I7")


class Outcomes(unittest.TestCase):
    def test_of_one_answer(self):
        for status, headers, wanted in ((201, {}, OK), (202, {}, OK), (404, {}, FAIL), (409, {}, FAIL), (503, {}, FAIL),
                                        (507, {}, FAIL), (409, {"Retry-After": "1"}, UNKNOWN), (500, {}, UNKNOWN),
                                        (502, {}, UNKNOWN), (504, {}, UNKNOWN), (None, {}, UNKNOWN)):
            self.assertEqual(outcome_of(status, headers), wanted, status)

    def test_of_several_tries(self):
        for kind, statuses, wanted in (("buy", (None, 201), OK), ("buy", (None, 503), UNKNOWN), ("buy", (503, 503), FAIL),
                                       ("buy", (None, 400), FAIL), ("buy", (503, None), UNKNOWN),
                                       ("sign-up", (None, 409), OK), ("sign-up", (409,), FAIL)):
            operation = history.Operation(kind, ANA)
            for status in statuses:
                operation.tried(status)
            self.assertEqual(operation.result, wanted, (kind, statuses))


unittest.main()
