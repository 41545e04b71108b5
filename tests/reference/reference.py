"""The references that the program prints and serves: complete, and true of how it answers.

reference.py EDM
"""

import http.client
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest
import urllib.parse

from schema import problems, resolved, undeclared
from servers import Shop

EDM = sys.argv.pop()
PLATFORM = {("GET", "/livez"), ("GET", "/readyz"), ("GET", "/metrics"), ("GET", "/events"), ("GET", "/operator/audit"),
            ("GET", "/operator/deadletters"), ("POST", "/operator/deadletters/retry"),
            ("POST", "/operator/deadletters/discard"), ("POST", "/operator/duework/retry"),
            ("GET", "/operator/subscriptions"), ("POST", "/operator/subscriptions/rebuild"),
            ("POST", "/operator/subscriptions/drop"),
            *[("GET", "/operator/audit/" + end) for end in ("services", "publisher", "subscriber", "counters", "marks", "parked")]}


def printed(*words):
    """What a command prints, in an empty folder, which it leaves empty."""
    with tempfile.TemporaryDirectory() as folder:
        out = subprocess.run([EDM, *words], cwd=folder, check=True, capture_output=True, text=True).stdout
        assert not list(pathlib.Path(folder).iterdir()), "a command that only prints wrote a file"
    return out


def references(node):
    if isinstance(node, dict):
        if isinstance(node.get("$ref"), str):
            yield node["$ref"]
        node = list(node.values())
    if isinstance(node, list):
        for each in node:
            yield from references(each)


def operations(document):
    for path, item in document["paths"].items():
        for method, operation in item.items():
            yield method.upper(), path, operation


class Printed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.openapi, cls.asyncapi = (json.loads(printed(name)) for name in ("openapi", "asyncapi"))
        cls.declared = json.loads(printed("describe", "--json"))

    def test_the_same_program_prints_the_same_bytes(self):
        for words in (["openapi"], ["asyncapi"], ["describe"], ["describe", "--json"], ["describe", "--mermaid"]):
            self.assertEqual(printed(*words), printed(*words), words)

    def test_every_reference_resolves(self):
        for document in (self.openapi, self.asyncapi):
            all_of_them = set(references(document))
            self.assertGreater(len(all_of_them), 5)
            for ref in all_of_them:
                resolved(document, {"$ref": ref})

    def test_openapi_documents_exactly_what_is_declared(self):
        declared = {(e["method"], e["path"]): e for s in self.declared["services"] for e in s["endpoints"]}
        shown = {(method, path): o for method, path, o in operations(self.openapi)}
        self.assertEqual(shown.keys(), {key for key, e in declared.items() if not e["hidden"]} | PLATFORM)
        for key, operation in shown.items():
            if key in declared:
                self.assertEqual({"OAuth2PasswordBearer": []} in operation["security"], declared[key]["authenticated"], key)
                self.assertEqual("403" in operation["responses"] and declared[key]["administrator"],
                                 declared[key]["administrator"], key)

    def test_every_operation_is_described(self):
        ids = [operation["operationId"] for *_, operation in operations(self.openapi)]
        self.assertEqual(len(ids), len(set(ids)))
        for method, path, operation in operations(self.openapi):
            self.assertTrue(operation["summary"] and operation["tags"], path)
            self.assertNotEqual(operation["summary"], f"{method} {path}", "the endpoint is not described")
            self.assertEqual(set(re.findall(r"{(\w+)}", path)),
                             {p["name"] for p in operation.get("parameters", []) if p.get("in") == "path"}, path)
            for status, answer in operation["responses"].items():
                for media in resolved(self.openapi, answer).get("content", {}).values():
                    for name, example in media.get("examples", {}).items():
                        value = resolved(self.openapi, example)["value"]
                        self.assertEqual(problems(self.openapi, media["schema"], value), [], (path, status, name))
                    if "example" in media:
                        self.assertEqual(problems(self.openapi, media["schema"], media["example"]), [], (path, status))
            for media in operation.get("requestBody", {}).get("content", {}).values():
                if "example" in media:
                    self.assertEqual(problems(self.openapi, media["schema"], media["example"]), [], path)

    def test_asyncapi_documents_exactly_what_is_declared(self):
        services = self.declared["services"]
        operation = self.asyncapi["operations"]
        self.assertEqual({name for name, o in operation.items() if o["action"] == "receive"},
                         {s["name"] for one in services for s in one["subscriptions"]})
        self.assertEqual({o["channel"]["$ref"] for o in operation.values() if o["action"] == "send"},
                         {"#/channels/" + t for one in services for t in one["publishes"]})
        self.assertEqual(set(self.asyncapi["channels"]), {t["name"] for t in self.declared["topics"]})
        for name, message in self.asyncapi["components"]["messages"].items():
            self.assertEqual(message["contentType"], "application/cloudevents+json")
            for example in message["examples"]:
                properties = {**message["payload"], "title": name}
                self.assertEqual([p for p in problems(self.asyncapi, properties, example["payload"])
                                  if "pattern" not in p], [], name)

    def test_the_flowchart_has_an_arrow_per_subscription(self):
        arrows = re.findall(r'^ +(s_\w+) -- "([\w-]+)" --> (s_\w+)$', printed("describe", "--mermaid"), re.M)
        node = lambda service: "s_" + service.replace("-", "_")
        self.assertEqual(sorted(arrows), sorted((node(s["publisher"]), s["topic"], node(one["name"]))
                                                for one in self.declared["services"] for s in one["subscriptions"]))

    def test_the_table_names_everything(self):
        table = printed("describe")
        for one in self.declared["services"]:
            for name in [d["name"] for d in one["databases"]] + one["publishes"] + \
                    [f"{e['method']} {e['path']}" for e in one["endpoints"]] + [s["topic"] for s in one["subscriptions"]]:
                self.assertIn(f"`{name}`", table)
        self.assertEqual(len({len(line) for line in table.splitlines()}), 1, "the columns are aligned")


class Served(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory()
        cls.addClassCleanup(folder.cleanup)
        cls.shop = Shop(EDM, folder.name)
        cls.addClassCleanup(cls.shop.clean_up)
        assert cls.shop.start(), "edm ended before it was ready"
        cls.openapi = cls.shop.call("GET", "/openapi.json")[1]

    def ask(self, method, path, body=None, headers=None):
        """Status, content type, headers and body; of a stream nothing but the head is read."""
        connection = http.client.HTTPConnection("127.0.0.1", self.shop.port, timeout=30)
        try:
            connection.request(method, path, body, headers or {})
            answer = connection.getresponse()
            kind = (answer.headers["Content-Type"] or "").split(";")[0]
            return answer.status, kind, answer.headers, b"" if kind == "text/event-stream" else answer.read()
        finally:
            connection.close()

    def check(self, method, template, operation, answer):
        """The answer is one of the documented ones."""
        status, kind, headers, body = answer
        where = (method, template, status, body[:300])
        documented = operation["responses"].get(str(status))
        if not documented and kind == "text/html":  # a page may say what is wrong with any status
            documented = resolved(self.openapi, operation["responses"][f"{status // 100}XX"])
        self.assertIsNotNone(documented, where)
        for name in documented.get("headers", {}):
            if name == "WWW-Authenticate":
                self.assertIn(name, headers, where)
        self.assertIn(kind, documented["content"], where)
        if kind == "application/json":
            schema = documented["content"][kind]["schema"]
            self.assertEqual(problems(self.openapi, schema, json.loads(body)), [], where)
            if status < 300:
                self.assertEqual(undeclared(self.openapi, schema, json.loads(body)), [], where)
        return status

    def filled(self, operation, template):
        """A request as the document proposes it: path, headers and body."""
        path, headers, query = template, {}, []
        for p in operation.get("parameters", []):
            p = resolved(self.openapi, p)
            if p["in"] == "path":
                path = path.replace("{%s}" % p["name"], urllib.parse.quote(str(p.get("example", "x")), safe=""))
            elif p["in"] == "query" and "example" in p:
                query.append((p["name"], p["example"]))
        for kind, media in operation.get("requestBody", {}).get("content", {}).items():
            if "example" in media:
                return path, {**headers, "Content-Type": kind}, json.dumps(media["example"])
        return path + ("?" + urllib.parse.urlencode(query) if query else ""), headers, None

    def test_the_served_documents_are_the_printed_ones(self):
        for name in ("openapi", "asyncapi"):
            served, other = self.shop.call("GET", f"/{name}.json")[1], json.loads(printed(name))
            for document in (served, other):
                document.pop("servers", None)
            self.assertEqual(served, other)

    def test_the_routes_are_the_documented_ones(self):
        declared = json.loads(printed("describe", "--json"))
        hidden = {(e["method"], e["path"]) for s in declared["services"] for e in s["endpoints"] if e["hidden"]}
        for path, item in self.openapi["paths"].items():
            status, _, headers, _ = self.ask("OPTIONS", re.sub(r"{\w+}", "x", path))
            self.assertEqual(status, 405, path)
            allowed = {method for method in re.split(", *", headers["Allow"]) if (method, path) not in hidden}
            self.assertEqual(allowed - {"HEAD"}, {method.upper() for method in item}, path)

    def test_requests_without_anything_get_documented_answers(self):
        for method, template, operation in operations(self.openapi):
            path = re.sub(r"{\w+}", "x", template)
            status = self.check(method, template, operation, self.ask(method, path))
            if {"OAuth2PasswordBearer": []} in operation["security"] or {"WebhookSignature": []} in operation["security"]:
                self.assertEqual(status, 401, template)
            elif operation.get("requestBody", {}).get("required"):
                self.assertEqual(status, 422, template)

    def test_proposed_requests_of_the_administrator_get_documented_answers(self):
        login = {"username": self.administrator(), "password": self.shop.secret("APP_ADM_PASSWORD")}
        status, answer, _ = self.shop.call("POST", "/login", login, form=True)
        self.assertEqual(status, 200, answer)
        operation = self.openapi["paths"]["/login"]["post"]
        schema = operation["responses"]["200"]["content"]["application/json"]["schema"]
        self.assertEqual(problems(self.openapi, schema, answer), [])
        seen = set()
        for method, template, operation in operations(self.openapi):
            if template in ("/logout", "/change-password"):  # which would end this session
                continue
            path, headers, body = self.filled(operation, template)
            headers["Authorization"] = "Bearer " + answer["access_token"]
            seen.add(self.check(method, template, operation, self.ask(method, path, body, headers)))
            if body:  # what is in the form of JSON and not in that of the struct
                wrong = self.check(method, template, operation, self.ask(method, path, '{"x":[]}', headers))
                self.assertIn(wrong, (422, 401), template)
        self.assertTrue({200, 201, 401, 422} <= seen, seen)

    def administrator(self):
        return re.search(r"^APP_ADM_USER\s+(\S+)", printed("config"), re.M).group(1)


if __name__ == "__main__":
    unittest.main()
