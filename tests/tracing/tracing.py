"""One trace through the whole program: from a request to its answer, events, mails, the provider and back, and the log.

tracing.py EDM

Boots the program in a fresh data directory and gives each request a `traceparent` of its own.
"""

import email
import http.client
import json
import os
import pathlib
import re
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import eventually  # noqa: E402

EDM = os.path.abspath(sys.argv.pop())
WHO = "ana@example.com"


class Control(http.client.HTTPConnection):
    """The control socket: the operator's way in."""

    def __init__(self, path):
        super().__init__("localhost", timeout=40)
        self.path = str(path)

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Shop:
    def __init__(self, data):
        self.data = pathlib.Path(data)
        self.log, self.port = [], None
        env = {"PATH": os.environ["PATH"], "EDM_DATA_DIR": str(data), "EDM_LISTEN": f"127.0.0.1:{self.free_port()}",
               "EDM_PAYMENT_DELAY": "0s", "EDM_LOG": "json", "EDM_LOG_LEVEL": "debug"}
        self.process = subprocess.Popen([EDM, "serve"], env=env, cwd=data, stderr=subprocess.PIPE,
                                        stdout=subprocess.DEVNULL, text=True)
        for line in self.process.stderr:
            self.log.append(json.loads(line))  # every line is JSON
            if self.log[-1]["event"] == "ready":
                self.port = self.log[-1]["port"]
                break
        assert self.port, "edm ended before it was ready"
        self.reader = threading.Thread(target=lambda: self.log.extend(json.loads(line) for line in self.process.stderr))
        self.reader.start()

    @staticmethod
    def free_port():
        with socket.socket() as s:
            s.bind(("127.0.0.1", 0))
            return s.getsockname()[1]

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        code = self.process.wait(60)
        self.reader.join()
        self.process.stderr.close()
        return code

    def call(self, method, path, body=None, token=None, traceparent=None, after=None, form=False, connection=None,
             api_key=None):
        headers = {"Authorization": "Bearer " + token} if token else {}
        if api_key:
            headers["X-Api-Key"] = api_key
        if traceparent:
            headers["traceparent"] = traceparent
        if after:
            headers["Edm-After"] = after
        if body is not None:
            headers["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
            body = body if form else json.dumps(body)
        c = connection or http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        c.request(method, path, body, headers)
        r = c.getresponse()
        text = r.read()
        c.close()
        return r.status, json.loads(text), r.headers

    def events(self, key):
        status, answer, _ = self.call("GET", "/events?key=" + key, connection=Control(self.data / "edm.sock"))
        assert status == 200, answer
        return events_in(answer)

    def notifications(self, token, n):
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=40)
        c.request("GET", "/notifications", headers={"Authorization": "Bearer " + token})
        seen = 0
        for line in c.getresponse():
            seen += line.startswith(b"data: ")
            if seen == n:
                break
        c.close()


def events_in(value):
    """Every CloudEvent in an answer, wherever it lies."""
    if isinstance(value, dict):
        if "specversion" in value or ("type" in value and "traceparent" in value):
            return [value]
        value = list(value.values())
    return [e for one in value for e in events_in(one)] if isinstance(value, list) else []


def new_trace():
    trace = secrets.token_hex(16)
    return trace, f"00-{trace}-{secrets.token_hex(8)}-01"


class Tracing(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.shop = Shop(folder.name)
        self.addCleanup(lambda: self.shop.process.poll() is None and self.shop.stop())

    def traces_of(self, key, kind):
        return [e["traceparent"].split("-")[1] for e in self.shop.events(key) if e["type"] == f"edm.{kind}.v1"]

    def sign_up(self, traceparent):
        status, answer, headers = self.shop.call(
            "POST", "/signup", {"credentials": {"id": WHO, "password": "correct horse"},
                                "user_info": {"id": WHO, "name": "Ana Souza"}}, traceparent=traceparent)
        self.assertEqual(status, 201, answer)
        return headers

    def mail(self, after):
        # This waits for the sign-up's event; the mail was due with the same commit, and follows it soon.
        self.shop.call("POST", "/confirm-email-api", {"token": "none"}, after=after)
        mails = eventually("a mail comes", lambda: sorted((self.shop.data / "mailbox").glob("[!.]*.eml")))
        return email.message_from_bytes(mails[0].read_bytes())

    def log_in(self, mail, after):
        text = next(p for p in mail.walk() if p.get_content_type() == "text/plain").get_payload(decode=True).decode()
        token = re.search(r"token=([\w.-]+)", text).group(1)
        status, _, headers = self.shop.call("POST", "/confirm-email-api", {"token": token}, after=after)
        self.assertEqual(status, 200)
        status, answer, _ = self.shop.call("POST", "/login", f"username={WHO}&password=correct%20horse",
                                           after=headers["Edm-After"], form=True)
        self.assertEqual(status, 200, answer)
        return answer["access_token"]

    def buy(self, token, traceparent):
        _, listing, _ = self.shop.call("GET", "/get-all-recipes?limit=1", token=token)
        recipe = listing["details"]["data"]["all_recipes"][0]["id"]
        _, card, _ = self.shop.call("POST", "/encrypt-card", {"card_holder_name": "Ana", "cvv": "123",
                                                              "card_number": "4242424242424242",
                                                              "expiration_month": 12, "expiration_year": 2090})
        status, answer, headers = self.shop.call("POST", "/buy-recipe/" + recipe,
                                                 {"encr_info": card["details"]["data"]["encr_info"]}, token, traceparent)
        self.assertEqual(status, 201, answer)
        return headers

    def purchase_id(self):
        """From the provider's ledger: its webhook may overtake the answer, which then names no event."""
        status, answer, _ = self.shop.call("GET", "/checkouts", api_key=(
            self.shop.data / "secrets" / "PAYMENT_PROVIDER_API_KEY").read_text().strip())
        self.assertEqual(status, 200, answer)
        (checkout,) = re.findall(r'"checkout_id": "([^"]+)"', json.dumps(answer))
        return checkout.rpartition(".")[0]

    def test_one_trace_is_found_in_every_hop(self):
        shop = self.shop
        sign_up, traceparent = new_trace()
        headers = self.sign_up(traceparent)
        self.assertEqual(headers["x-request-id"], sign_up)
        self.assertEqual(self.traces_of(WHO, "user-signed-up"), [sign_up])
        mail = self.mail(headers["Edm-After"])
        self.assertEqual(mail["traceparent"].split("-")[1], sign_up)

        token = self.log_in(mail, headers["Edm-After"])
        purchase, traceparent = new_trace()
        headers = self.buy(token, traceparent)
        self.assertEqual(headers["x-request-id"], purchase)
        shop.notifications(token, 2)  # requested, and paid: the provider called back
        key = self.purchase_id()
        self.assertEqual(self.traces_of(key, "recipe-purchase-requested"), [purchase])
        self.assertEqual(self.traces_of(key, "purchase-status-changed"), [purchase])

        malformed = "00-" + "0" * 32 + "-00f067aa0ba902b7-01"
        _, _, headers = shop.call("GET", "/livez", traceparent=malformed)
        self.assertRegex(headers["x-request-id"], "^[0-9a-f]{32}$")
        self.assertNotEqual(headers["x-request-id"], "0" * 32)

        self.assertEqual(shop.stop(), 0)
        routes = {line["route"]: line for line in shop.log if line.get("trace_id") == purchase and "route" in line}
        self.assertEqual({"/buy-recipe/{recipe_id}", "/create-checkout/{recipe_id}", "/payment-webhook/{checkout_id}"} -
                         set(routes), set(), "the shop, the provider, and back")
        self.assertEqual(len({line["span_id"] for line in routes.values()}), len(routes), "each a span of its own")
        self.assertIn(sign_up, [line.get("trace_id") for line in shop.log])
        text = json.dumps(shop.log)
        for secret in ("correct horse", token, "4242424242424242"):
            self.assertNotIn(secret, text)


unittest.main()
