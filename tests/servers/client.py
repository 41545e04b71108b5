"""What clients of a shop do, over HTTP. Nothing here decides what is right; the tests do."""

import email
import http.client
import json
import pathlib
import re
import time
import urllib.parse


class Gone(Exception):
    """No answer: the connection broke, or nobody listens."""


def eventually(what, get, seconds=30):
    """Asks until `get` has something to say; for effects outside the store alone, which nobody can wait for."""
    end = time.monotonic() + seconds
    while not (found := get()):
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.01)
    return found


def exchange(connection, what, *request):
    """One request on a connection of its own: (answer, its body). Raises Gone, which names `what`, where no whole answer came."""
    try:
        connection.request(*request)
        answer = connection.getresponse()
        return answer, answer.read()
    except (OSError, http.client.HTTPException) as e:
        raise Gone(f"{what}: {e!r}") from e
    finally:
        connection.close()


class Client:
    """Whoever derives from it has .port, where the shop is reached, `secret(name)`, `audit()`, `gone()`, and .mailboxes, the
    directories where the mails to its users may lie."""

    def __init__(self):
        self._read_mails = {}

    def call(self, method, path, body=None, token=None, headers=None, form=False, timeout=30, port=None):
        """Returns (status, answer as JSON, headers). Raises Gone where no whole answer came."""
        sent = dict(headers or {})
        if token:
            sent["Authorization"] = "Bearer " + token
        if body is not None and not isinstance(body, bytes):
            sent["Content-Type"] = "application/x-www-form-urlencoded" if form else "application/json"
            body = urllib.parse.urlencode(body) if form else json.dumps(body)
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        answer, text = exchange(connection, f"{method} {path}", method, path, body, sent)
        return answer.status, self._read(text, answer.headers), answer.headers

    @staticmethod
    def _read(text, headers):
        """A proxy's own answers are pages, not JSON."""
        return json.loads(text) if text and "json" in (headers["Content-Type"] or "json") else None

    def settled(self, seconds=30):
        """Waits until every event is applied or a dead letter; returns the audit of that moment. An event during which
        the program died is parked for a while before it is tried again."""
        last = []

        def look():
            rows = self.audit()  # Gone where the program has died
            last[:] = rows or []
            return rows if rows and all(row["behind"] == 0 and row["parked"] == row["dead"] for row in rows) else None
        try:
            return eventually("every subscription has caught up", look, seconds)
        except AssertionError as e:
            behind = [row for row in last if row["behind"] or row["parked"] != row["dead"]]
            raise AssertionError(f"{e}; the last audit: {behind or last}") from e

    def confirmation_token(self, who, older=0):
        """The token of the newest mail to a user, once there are more mails than `older`."""
        def look():
            if self.gone():
                raise Gone("the program ended")
            found = self.mails().get(who, [])
            return max(found)[1] if len(found) > older else None
        return eventually(f"a mail to {who}", look)

    def mails(self):
        """By recipient, what is in the mailboxes, as (time of the file, token of its link); each file is read once."""
        for path in [path for mailbox in self.mailboxes for path in pathlib.Path(mailbox).glob("[!.]*.eml")]:
            if path not in self._read_mails:
                mail = email.message_from_bytes(path.read_bytes())
                text = next(p for p in mail.walk() if p.get_content_type() == "text/plain")
                token = re.search(r"token=([\w.-]+)", text.get_payload(decode=True).decode())
                self._read_mails[path] = mail["To"], path.stat().st_mtime_ns, token and token.group(1)
        found = {}
        for who, when, token in list(self._read_mails.values()):
            found.setdefault(who, []).append((when, token))
        return found

    def notifications(self, token, n, after=None, seconds=30, port=None, connected=None):
        """The first n notifications as (id, event name, data); fewer where the program ends before. The event `connected`
        is set once the stream has begun."""
        end = time.monotonic() + seconds
        headers = {"Authorization": "Bearer " + token}
        if after is not None:
            headers["Last-Event-ID"] = str(after)
        connection = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=seconds)
        out, number = [], None
        try:
            connection.request("GET", "/notifications", headers=headers)
            stream = connection.getresponse()
            if connected:
                connected.set()
            for line in stream:
                if line.startswith(b"id: "):
                    number = int(line[4:])
                elif line.startswith(b"data: ") and len(line) > 12:
                    told = json.loads(line[6:])
                    if told:
                        out.append((number, told["event_name"], told["data"]))
                if len(out) == n:
                    break
                if time.monotonic() > end:  # comments keep the stream alive
                    raise AssertionError(f"not {n} notifications within {seconds} s: {out}")
        except (OSError, http.client.HTTPException) as e:
            raise Gone(f"notifications: {e!r}") from e
        finally:
            connection.close()
        return out

    def administrator(self):
        """The administrator's access token."""
        def log_in():
            form = {"username": "admin@example.com", "password": self.secret("APP_ADM_PASSWORD")}
            status, answer, _ = self.call("POST", "/login", form, form=True)
            return answer["access_token"] if status == 200 else None
        return eventually("the administrator can log in", log_in)  # the account is checked after readiness

    def load_recipes(self, token, table):
        """Loads a catalogue; `table` is the text of the file."""
        return self.call("POST", "/load-recipes", *upload(table, token))


def upload(table, token):
    """Body, token and headers of a catalogue's upload, as `call` takes them."""
    body = ("--frontier\r\nContent-Disposition: form-data; name=\"recipes_csv\"; filename=\"recipes.tsv\"\r\n"
            "Content-Type: text/tab-separated-values\r\n\r\n" + table + "\r\n--frontier--\r\n").encode()
    return body, token, {"Content-Type": "multipart/form-data; boundary=frontier"}
