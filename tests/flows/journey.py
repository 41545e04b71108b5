"""The journey over real HTTP: sign up, confirm, log in, browse, buy, hear of it, read what was bought.

journey.py EDM

Boots the program in a fresh data directory; the last case kills it (SIGKILL) between the purchase and the payment.
JOURNEY_BUS=rabbitmq does the same with a RabbitMQ of its own between the services.
"""

import email
import http.client
import json
import os
import pathlib
import re
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

import rabbitmq_server

EDM = sys.argv.pop()
BUS = {}  # the settings of another bus than the default


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Shop:
    def __init__(self, data, delay):
        self.data, self.port = pathlib.Path(data), free_port()
        self.env = {"PATH": os.environ["PATH"], "EDM_DATA_DIR": str(data), "EDM_LISTEN": f"127.0.0.1:{self.port}",
                    "EDM_PAYMENT_DELAY": delay, **BUS}
        self.start()

    def start(self):
        self.process = subprocess.Popen([EDM, "serve"], env=self.env, cwd=self.data, stderr=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, text=True)
        for line in self.process.stderr:  # the program says when it is ready, or ends
            if " ready " in line:
                threading.Thread(target=self.drain, args=(self.process.stderr,), daemon=True).start()
                return
        raise RuntimeError("edm ended before it was ready")

    @staticmethod
    def drain(log):  # a program whose log nobody reads would stop at a full pipe
        with log:
            for _ in log:
                pass

    def end(self, how):
        self.process.send_signal(how)
        return self.process.wait(30)

    def call(self, method, path, body=None, token=None, after=None, form=False):
        headers = {}
        if token:
            headers["Authorization"] = "Bearer " + token
        if after:
            headers["Edm-After"] = after
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
            body = body if form else json.dumps(body)
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        c.request(method, path, body, headers)
        r = c.getresponse()
        answer = json.loads(r.read())
        c.close()
        return r.status, answer, r.headers.get("Edm-After")

    def notifications(self, token, n):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        c.request("GET", "/notifications", headers={"Authorization": "Bearer " + token})
        out = []
        for line in c.getresponse():
            if line.startswith(b"data: "):
                out.append(json.loads(line[6:]))
                if len(out) == n:
                    break
        c.close()
        return out


class Journey(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if os.environ.get("JOURNEY_BUS") != "rabbitmq":
            return
        if why := rabbitmq_server.missing():
            print(why)
            raise unittest.SkipTest(why)
        broker = rabbitmq_server.Server()
        cls.addClassCleanup(broker.end)
        BUS.update({"EDM_BUS": "rabbitmq", "EDM_RABBITMQ_URL": broker.url})

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)

    def shop(self, delay):
        shop = Shop(self.folder.name, delay)
        self.addCleanup(lambda: shop.process.poll() is None and shop.end(signal.SIGKILL))
        return shop

    def log_in(self, shop):
        who = "ana@example.com"
        status, _, after = shop.call("POST", "/signup", {"credentials": {"id": who, "password": "correct horse"},
                                                         "user_info": {"id": who, "name": "Ana Souza"}})
        self.assertEqual(status, 201)
        # The resend waits for the sign-up's event; the first mail was due with the same commit.
        shop.call("POST", "/resend-confirmation", {"id": who}, after=after)
        for _ in range(5000):  # the mail is an effect outside the store: it follows the commit, soon
            # a name with a dot in front is a file that is still being written
            mails = sorted(m for m in (shop.data / "mailbox").glob("*.eml") if not m.name.startswith("."))
            if mails:
                break
            shop.call("GET", "/livez")
        mail = email.message_from_bytes(mails[0].read_bytes())
        text = next(p for p in mail.walk() if p.get_content_type() == "text/plain").get_payload(decode=True).decode()
        token = re.search(r"token=([\w.-]+)", text).group(1)
        status, _, after = shop.call("POST", "/confirm-email-api", {"token": token})
        self.assertEqual(status, 200)
        status, answer, _ = shop.call("POST", "/login", f"username={who}&password=correct%20horse", after=after, form=True)
        self.assertEqual(status, 200, answer)
        return answer["access_token"]

    def buy(self, shop, token):
        _, listing, _ = shop.call("GET", "/get-all-recipes?limit=1", token=token)
        recipe = listing["details"]["data"]["all_recipes"][0]["id"]
        _, card, _ = shop.call("POST", "/encrypt-card", {"card_holder_name": "Ana", "card_number": "4242424242424242",
                                                         "expiration_month": 12, "expiration_year": 2090, "cvv": "123"})
        status, answer, after = shop.call("POST", "/buy-recipe/" + recipe,
                                          {"encr_info": card["details"]["data"]["encr_info"]}, token)
        self.assertEqual(status, 201, answer)
        return recipe, after

    def check_bought(self, shop, token, recipe):
        names = [n["event_name"] for n in shop.notifications(token, 2)]
        self.assertEqual(names, ["recipe-purchase-requested", "purchase-status-changed"])

    def test_a_person_reads_what_they_bought(self):
        shop = self.shop("0s")
        token = self.log_in(shop)
        recipe, after = self.buy(shop, token)
        status, again, _ = shop.call("POST", "/buy-recipe/" + recipe, {"encr_info": "x"}, token)
        self.assertIn(status, (400, 409, 422), again)
        self.check_bought(shop, token, recipe)
        self.assertEqual(shop.end(signal.SIGTERM), 0)

    def test_a_kill_between_purchase_and_payment_loses_nothing(self):
        shop = self.shop("2s")
        token = self.log_in(shop)
        recipe, _ = self.buy(shop, token)
        shop.end(signal.SIGKILL)
        shop.start()
        self.check_bought(shop, token, recipe)


unittest.main()
