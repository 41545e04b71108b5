"""A service that is added later starts complete.

late_service.py EDM EDM_WITH_LATE_SERVICE [RECIPES_TSV]

The program without the service publishes a catalogue; the program with it is started on that data. Without a file the
catalogue is made up: 402 recipes.
"""

import pathlib
import signal
import sys
import tempfile
import unittest

from servers import Shop

TABLE = pathlib.Path(sys.argv.pop()).read_text() if len(sys.argv) > 3 else "".join(
    f"Dish {n}\tGood.\tdinner\teasy\t{n}.50\tquick|cheap\twater|salt\tCook.|Eat.\n" for n in range(402))
WITH, WITHOUT = sys.argv.pop(), sys.argv.pop()
COUNTED = "added-later.keep-recipes"


class LateService(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.data = folder.name

    def run_shop(self, program):
        shop = Shop(program, self.data)
        self.addCleanup(shop.clean_up)
        self.assertTrue(shop.start(), "".join(shop.log))
        return shop

    def published(self):
        """Publishes the catalogue without the service; returns how many recipes there are."""
        shop = self.run_shop(WITHOUT)
        token = shop.administrator()
        status, answer, _ = shop.load_recipes(token, TABLE)
        self.assertEqual((status, answer["details"]["data"]["recipes"]), (201, TABLE.count("\n")), answer)
        self.assertEqual(shop.call("GET", "/added-later", token=token)[0], 404)
        listing = shop.call("GET", "/get-all-recipes", token=token)[1]["details"]["data"]["all_recipes"]
        self.assertGreaterEqual(len(listing), TABLE.count("\n"))
        self.assertNotIn(COUNTED, [row["subscription"] for row in shop.settled()])
        self.assertEqual(shop.end(), 0)
        return len(listing)

    def check_complete(self, shop, recipes):
        rows = shop.settled()
        mine = next(row for row in rows if row["subscription"] == COUNTED)
        self.assertEqual((mine["keys"], mine["lost"], mine["parked"], mine["dead"]), (recipes, 0, 0, 0), mine)
        self.assertEqual([row for row in rows if row["lost"] or row["behind"]], [])
        status, answer, _ = shop.call("GET", "/added-later", token=shop.administrator())
        self.assertEqual((status, answer["details"]["data"]), (200, {"recipes": recipes}))

    def test_it_starts_with_all_recipes(self):
        recipes = self.published()
        shop = self.run_shop(WITH)
        self.check_complete(shop, recipes)
        # What is published now reaches it as it reaches everybody.
        status, answer, _ = shop.load_recipes(shop.administrator(), "Late dish\tGood.\tdinner\teasy\t1\t\tsalt\tCook.\n")
        self.assertEqual(status, 201, answer)
        self.check_complete(shop, recipes + 1)
        self.assertEqual(shop.end(), 0)

    def test_a_kill_at_its_first_start_leaves_nothing_out(self):
        recipes = self.published()
        shop = self.run_shop(WITH)
        shop.end(signal.SIGKILL)
        self.check_complete(self.run_shop(WITH), recipes)

    def test_a_second_start_sends_nothing_again(self):
        recipes = self.published()
        shop = self.run_shop(WITH)
        self.check_complete(shop, recipes)
        self.assertEqual(shop.end(), 0)
        self.check_complete(self.run_shop(WITH), recipes)


unittest.main()
