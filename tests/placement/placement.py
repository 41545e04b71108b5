"""A process per service, on SQLite and RabbitMQ, behind nginx with the generated configuration.

placement.py EDM
"""

import pathlib
import re
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "flows"))
from flow import FlowCase, OneShop, PASSWORD  # noqa: E402
from servers import cells, eventually  # noqa: E402

CELL = "each-sqlite-rabbitmq"


class Placement(OneShop):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.broker = cls.servers.rabbitmq

    def ready(self, service):
        status, answer, _ = self.shop.call("GET", "/readyz?verbose", port=self.shop.process(service).port)
        return status, answer

    def sign_up(self, who):
        return self.shop.call("POST", "/signup", {"credentials": {"id": who, "password": PASSWORD},
                                                  "user_info": {"id": who, "name": "Ana Souza"}})[0]

    def audit(self, *words):
        done = self.shop.command("audit", *words)
        return done.returncode, done.stdout + done.stderr

    def at(self, *services, by=lambda process: f"http://127.0.0.1:{process.port}"):
        return [word for p in self.shop.processes if p.services[0] in services for word in ("--at", by(p))]

    EVERY = ("authentication", "email-confirmation", "notifications", "purchasing", "recipes")

    def test_1_the_journey_behind_one_address(self):
        token = self.person(self.shop, "ana@example.com")
        recipe = self.recipes(self.shop, token)[0]
        status, answer, _ = self.buy(self.shop, recipe, self.encrypted(self.shop), token)
        self.assertEqual(status, 201, answer)
        names = [name for _, name, _ in self.shop.notifications(token, 2)]
        self.assertEqual(names, ["recipe-purchase-requested", "purchase-status-changed"])
        rows = self.shop.settled()
        self.assertEqual([row for row in rows if row["lost"] or row["parked"]], [])
        self.assertGreater(sum(row["keys"] for row in rows), 20)
        _, details, _ = self.shop.call("GET", "/get-recipe-details/" + recipe, token=token)
        self.assertEqual(details["details"]["data"]["recipe"]["status"], "purchased")

    def test_2_a_process_serves_its_services_and_says_what_is_elsewhere(self):
        status, answer, headers = self.shop.call("POST", "/login", {"username": "a@example.com", "password": PASSWORD},
                                                 form=True, port=self.shop.process("recipes").port)
        self.assertEqual((status, answer["status"]), (503, "not_here"))
        self.assertTrue(headers["Retry-After"])
        for path in ("/docs", "/openapi.json", "/asyncapi.json"):
            self.assertEqual(self.shop.call("GET", path)[0], 200, path)
        for path in ("/livez", "/readyz", "/metrics", "/events", "/operator/audit"):
            status, answer, _ = self.shop.call("GET", path)
            self.assertEqual((status, answer["status"]), (404, "not_found"), path)
        self.assertEqual(self.shop.call("GET", "/nothing")[1]["status"], "not_found")

    def test_2_a_body_that_is_too_large_is_refused_in_the_same_words(self):
        for size in (100_000, 200_000):  # over the program's limit; over the proxy's
            status, answer, _ = self.shop.call("POST", "/signup", b"x" * size, headers={"Content-Type": "application/json"})
            self.assertEqual((status, answer["status"]), (413, "content_too_large"))

    def test_3_the_audit_joins_what_the_places_have(self):
        code, text = self.audit("--wait", "30", *self.at(*self.EVERY))
        self.assertEqual(code, 0, text)
        self.assertRegex(text, r"subscriptions: 0 events behind, 0 lost, 0 parked, 0 of them dead letters\n$")
        code, by_directory = self.audit(*self.at(*self.EVERY, by=lambda process: str(process.data)))
        self.assertEqual((code, by_directory), (0, text))
        code, text = self.audit(*self.at(*self.EVERY[:-1]))
        self.assertEqual(code, 1, text)
        self.assertIn("notifications.recipe-names is not seen: recipes runs at none of these places", text)
        self.assertNotIn("authentication.enable-user is not seen", text)
        self.assertRegex(text, r"\d+ subscriptions not seen")

    def test_3_a_place_that_cannot_be_asked_is_one_line(self):
        for words, lines in [(["--at", str(self.shop.directory)], "no process runs over"),
                             (["--at", "http://127.0.0.1:1"], "http://127.0.0.1:1"),
                             (self.at("recipes"), "authentication")]:
            code, text = self.audit(*words)
            self.assertEqual((code, text.count("\n")), (1, 1), text)
            self.assertIn(lines, text)
        wrong = {**self.shop.processes[0].env, "APP_ADM_PASSWORD": "not the right one"}
        self.assertIn("APP_ADM_PASSWORD", self.run_with(wrong, "audit", *self.at(*self.EVERY)).stderr)

    def run_with(self, env, *words):
        return subprocess.run([self.shop.program, *words], env=env, capture_output=True, text=True, timeout=60)

    def test_4_a_wrong_password_of_the_broker_ends_the_start(self):
        env = {**self.shop.process("recipes").env, "EDM_DATA_DIR": str(self.shop.directory / "other"),
               "EDM_LISTEN": "127.0.0.1:0", "EDM_RABBITMQ_URL": f"amqp://guest:wrong@127.0.0.1:{self.broker.port}/"}
        done = self.run_with(env, "serve")
        last = done.stderr.strip().splitlines()[-1]
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("EDM_RABBITMQ_URL", last)
        self.assertIn("login", last)
        self.assertNotIn("wrong", done.stderr)
        self.assertRegex(self.run_with(env, "doctor").stdout, r"(?m)^FAIL +RabbitMQ .*login")

    def test_5_a_subscription_that_nobody_runs_is_told_of(self):
        process = self.shop.process("notifications")
        self.assertEqual(process.stop(), 0)
        self.assertEqual(self.sign_up("eva@example.com"), 201)
        number = self.shop.processes.index(self.shop.process("recipes"))

        def told():
            said = self.shop.command("doctor", process=number).stdout
            return said if re.search(r"(?m)^warn +RabbitMQ .*nobody runs notifications\.user-names: [1-9]\d* events wait", said) else None
        eventually("the doctor tells of the queue that nobody reads", told)
        self.broker.ctl("purge_queue", "edm.notifications.user-names")
        self.assertTrue(process.start())
        eventually("the doctor tells of it no more",
                   lambda: "nobody runs" not in self.shop.command("doctor", process=number).stdout)
        # What the broker lost is nowhere; a rebuild sends it again.
        code, text = self.audit(*self.at(*self.EVERY))
        self.assertEqual(code, 1, text)
        self.assertRegex(text, r"(?m)^notifications.user-names .* 0 +1 +0 +0$")
        done = self.shop.command("subscriptions", "rebuild", "notifications.user-names",
                                 process=self.shop.processes.index(process))
        self.assertEqual(done.returncode, 0, done.stderr)
        code, text = self.audit("--wait", "30", *self.at(*self.EVERY))
        self.assertEqual(code, 0, text)

    def test_5_who_was_the_administrator_is_refused_by_every_process(self):
        token, port = self.shop.administrator(), self.shop.process("recipes").port
        ask = lambda: self.shop.call("GET", "/operator/audit/services", token=token, port=port)
        self.assertEqual(ask()[:2], (200, {"services": ["recipes"]}))
        self.assertLess(self.shop.call("POST", "/logout", token=token)[0], 300)
        eventually("the token is refused elsewhere", lambda: ask()[0] == 401)

    def test_6_without_the_broker_requests_go_on_and_readiness_says_why(self):
        self.assertEqual(self.ready("authentication")[1]["status"], "ready")
        self.broker.kill()

        def degraded():
            status, answer = self.ready("authentication")
            return (status, answer) if answer["status"] != "ready" else None
        status, answer = eventually("readiness tells of the broker", degraded)
        self.assertEqual((status, answer["status"]), (200, "degraded"))
        self.assertIn("bus: RabbitMQ", answer["reason"])
        self.assertEqual([c["name"] for c in answer["checks"] if not c["ok"]], ["bus"])
        self.assertEqual(self.sign_up("rui@example.com"), 201)
        number = self.shop.processes.index(self.shop.process("authentication"))
        said = self.shop.command("doctor", process=number)
        self.assertEqual(said.returncode, 1)
        self.assertRegex(said.stdout, r"(?m)^FAIL +RabbitMQ .*cannot be reached")
        self.assertRegex(said.stdout, r"(?m)^warn +process .*degraded: bus: ")
        code, text = self.audit(*self.at(*self.EVERY))
        self.assertEqual(code, 1, text)
        self.assertRegex(text, r"subscriptions: [1-9]\d* events behind, 0 lost")
        self.broker.start()
        self.shop.confirmation_token("rui@example.com")
        rows = self.shop.settled()
        self.assertEqual([row for row in rows if row["lost"] or row["parked"]], [])
        self.assertEqual(self.ready("authentication")[1]["status"], "ready")

    def test_6_a_process_alone_says_what_it_cannot_count(self):
        number = self.shop.processes.index(self.shop.process("recipes"))
        self.assertRegex(self.shop.command("audit", process=number).stdout,
                         r"(?m)^\d+ subscriptions have an end in another process: name all processes with --at$")

    def test_7_a_store_of_its_own_that_is_gone_is_503(self):
        process = self.shop.process("recipes")
        files = list(process.data.glob("recipes.sqlite*"))
        for file in files:
            file.rename(file.with_suffix(file.suffix + ".away"))

        def away():
            status, answer = self.ready("recipes")
            return answer if status == 503 else None
        try:
            token = self.shop.administrator()
            self.shop.load_recipes(token, "Soup\tWarm.\tlunch\teasy\t2\ta\twater\tCook it.\n")  # a write notices it
            self.assertRegex(eventually("readiness tells of the store", away)["reason"], "^store of recipes: ")
            self.assertEqual(self.ready("purchasing")[0], 200)
        finally:
            for file in files:
                file.with_suffix(file.suffix + ".away").rename(file)
        eventually("the store is used again", lambda: self.ready("recipes")[0] == 200)
        self.assertEqual(set(self.shop.stop()), {0})


def give(servers):
    FlowCase.servers = servers


cells.run(CELL, sys.argv[1], give, Placement)
