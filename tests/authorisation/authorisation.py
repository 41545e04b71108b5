"""Who may do what: every route of the real program by nobody, with bad tokens, by a user, and by the administrator.

authorisation.py EDM

The routes come from what the program declares, so that a new one cannot be forgotten. Nobody's answer and a user's are
decided by the declaration alone; beyond that the program may answer as it likes (422 for an empty body, 404 for an id that
is none), but neither 401 nor 403.
"""

import base64
import http.client
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

from servers import Shop

EDM = os.path.abspath(sys.argv.pop())
SOURCE = pathlib.Path(__file__).resolve().parents[2]
USER, OTHER = "ana@example.com", "eva@example.com"
# The platform's own routes, which no service declares.
OPEN = [("GET", "/livez"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/openapi.json"), ("GET", "/asyncapi.json"),
        ("GET", "/docs"), ("GET", "/redoc"), ("GET", "/mailbox")]
OPERATOR = [("GET", "/events"), ("GET", "/operator/audit"), ("GET", "/operator/deadletters"),
            ("POST", "/operator/deadletters/retry"), ("POST", "/operator/deadletters/discard"),
            ("POST", "/operator/duework/retry"), ("GET", "/operator/subscriptions"), ("POST", "/operator/subscriptions/rebuild"),
            ("POST", "/operator/subscriptions/drop"),
            *[("GET", "/operator/audit/" + end) for end in ("services", "publisher", "subscriber", "counters", "marks", "parked")]]
# Routes that no token opens: each has a key of its own, and refuses with 401 whoever comes without it.
KEYED = {("POST", "/payment-webhook/{checkout_id}"), ("POST", "/create-checkout/{recipe_id}"), ("GET", "/checkouts")}


def declared():
    with tempfile.TemporaryDirectory() as folder:
        out = subprocess.run([EDM, "describe", "--json"], cwd=folder, check=True, capture_output=True, text=True)
    return [e for s in json.loads(out.stdout)["services"] for e in s["endpoints"]]


def forged(token):
    """Tokens that are none, by name."""
    header, payload, signature = token.split(".")
    as_text = lambda part: base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode()
    coded = lambda text: base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    administrator = as_text(payload).replace('"administrator":false', '"administrator":true')
    assert administrator != as_text(payload)
    return {"garbage": "x", "empty": "", "changed signature": token[:-4] + ("AAAA" if token[-4:] != "AAAA" else "BBBB"),
            "no algorithm": coded('{"alg":"none"}') + "." + payload + ".",
            "administrator by their own word": header + "." + coded(administrator) + "." + signature,
            "no signature": header + "." + payload + "."}


class Authorisation(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.shop = Shop(EDM, cls.folder.name)
        assert cls.shop.start()
        cls.addClassCleanup(cls.shop.clean_up)
        cls.endpoints = declared()
        cls.user, cls.other = cls.join(USER), cls.join(OTHER)
        cls.administrator = cls.shop.administrator()

    @classmethod
    def join(cls, who):
        shop = cls.shop
        status, _, _ = shop.call("POST", "/signup", {"credentials": {"id": who, "password": "correct horse"},
                                                     "user_info": {"id": who, "name": "A person"}})
        assert status == 201, status
        status, answer, _ = cls.log_in(who)
        assert status in (400, 401, 403) and "access_token" not in answer, "nobody logs in unconfirmed"
        status, _, headers = shop.call("POST", "/confirm-email-api", {"token": shop.confirmation_token(who)})
        assert status == 200, status
        status, answer, _ = cls.log_in(who, headers["Edm-After"])
        assert status == 200, answer
        return answer["access_token"]

    @classmethod
    def log_in(cls, who, after=None):
        return cls.shop.call("POST", "/login", {"username": who, "password": "correct horse"}, form=True,
                             headers={"Edm-After": after} if after else None)

    def ask(self, method, path, token=None, headers=None):
        """The status and headers of an answer, and its error code. A stream is not read."""
        sent = dict(headers or {})
        if token is not None:
            sent["Authorization"] = "Bearer " + token
        if method == "POST":
            sent["Content-Type"] = "application/json"
        path = path.replace("{recipe_id}", "no-such-recipe").replace("{checkout_id}", "no-such-checkout")
        connection = http.client.HTTPConnection("127.0.0.1", self.shop.port, timeout=30)
        connection.request(method, path, "{}" if method == "POST" else None, sent)
        answer = connection.getresponse()
        stream = answer.headers.get("Content-Type", "").startswith("text/event-stream")
        text = b"" if stream else answer.read()
        connection.close()
        try:
            code = json.loads(text)["details"]["error_code"]
        except (ValueError, KeyError, TypeError):
            code = None
        return answer.status, answer.headers, code

    def routes(self):
        """(method, path, authenticated, administrator) of all routes; the ones that end a session last."""
        all_of_them = [(e["method"], e["path"], e["authenticated"], e["administrator"]) for e in self.endpoints]
        all_of_them += [(*r, False, False) for r in OPEN] + [(*r, True, True) for r in OPERATOR]
        return sorted(all_of_them, key=lambda r: r[1] == "/logout")

    def assert_401(self, answer, challenge, about):
        status, headers, code = answer
        self.assertEqual((status, code), (401, "invalid_token"), about)
        self.assertEqual(headers["WWW-Authenticate"], challenge, about)

    def test_1_every_operators_route_is_in_the_table(self):
        source = "".join(p.read_text() for p in (SOURCE / "app" / "src" / "routes").glob("*.cpp"))
        self.assertEqual(set(re.findall(r'"(/operator/[a-z/-]+)"', source)), {p for _, p in OPERATOR if p != "/events"})
        self.assertGreater(len(self.endpoints), 20)
        self.assertTrue(any(e["administrator"] for e in self.endpoints))

    def test_2_nobody(self):
        for method, path, authenticated, _ in self.routes():
            answer = self.ask(method, path)
            if authenticated:
                self.assert_401(answer, "Bearer", path)
            elif (method, path) not in KEYED:
                self.assertNotIn(answer[0], (401, 403), path)

    def test_3_routes_with_a_key_of_their_own(self):
        for method, path in KEYED:
            for token in (None, self.user, self.administrator):
                self.assertIn(self.ask(method, path, token)[0], (401, 422), path)
        status, _, code = self.ask("POST", "/payment-webhook/{checkout_id}", None, {"webhook-id": "1",
                                   "webhook-timestamp": "1", "webhook-signature": "v1,AAAA"})
        self.assertEqual((status, code), (401, "invalid_signature"))

    def test_4_a_token_that_is_none(self):
        for name, token in forged(self.user).items():
            for method, path, authenticated, _ in self.routes():
                if authenticated:
                    self.assert_401(self.ask(method, path, token), 'Bearer error="invalid_token"', (path, name))

    def test_5_a_user(self):
        for method, path, _, administrator in self.routes():
            if path == "/logout" or (method, path) in KEYED:
                continue
            status, _, code = self.ask(method, path, self.user)
            if administrator:
                self.assertEqual((status, code), (403, "invalid_user"), path)
            else:
                self.assertNotIn(status, (401, 403), path)

    def test_6_the_administrator(self):
        for method, path, _, _ in self.routes():
            if path != "/logout" and (method, path) not in KEYED:
                self.assertNotIn(self.ask(method, path, self.administrator)[0], (401, 403), path)

    def test_7_what_one_user_does_touches_nobody_else(self):
        status, _, headers = self.shop.call("POST", "/logout", token=self.other)
        self.assertLess(status, 300)
        after = {"Edm-After": headers["Edm-After"]}
        for method, path, authenticated, administrator in self.routes():
            if not authenticated or (method, path) in OPERATOR:
                continue
            self.assert_401(self.ask(method, path, self.other, after), 'Bearer error="invalid_token"', path)
            status = self.ask(method, path, self.user, after)[0] if path != "/logout" else 200
            self.assertEqual(status == 403, administrator, path)
            self.assertNotEqual(status, 401, path)


unittest.main()
