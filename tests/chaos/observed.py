"""The shop after recovery and drain, as its users, its provider and its operator see it."""

import collections
import concurrent.futures
import contextlib
import http.client
import json
import os
import pathlib
import sqlite3
import time

from clients import CARDS, PASSWORD
from history import Observed, grown, purchase_id
from servers import eventually


def observe(shop, history, seconds=90):
    """Waits until everything is applied and the provider is done, then looks."""
    shop.settled(seconds)
    ledger = eventually("the shop takes every webhook", lambda: _all_notified(shop), seconds)[0]
    audit = shop.settled(seconds)
    # Where the broker lost a message, a process lists a catalogue that is up to a minute old.
    eventually("every process lists the same catalogue", lambda: _one_catalogue(shop), 75)
    users = sorted({one.user for one in history.operations if one.kind == "sign-up"})
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        logins = dict(zip(users, pool.map(lambda user: _log_in(shop, user), users)))
        tokens = {user: token for user, (_, token) in logins.items() if token}
        statuses = dict(zip(tokens, pool.map(lambda token: _statuses(shop, token), tokens.values())))
        attempts = collections.Counter(one["checkout_id"].rpartition(".")[0] for one in ledger if one["accepted"])
        due = {user: 2 * sum(attempts[purchase_id(user, recipe)] for recipe in statuses[user]) for user in tokens}
    with concurrent.futures.ThreadPoolExecutor(16) as pool:  # each waits for long where something was lost with a volume
        told = dict(zip(tokens, pool.map(lambda user: _notifications(shop, tokens[user], due[user]), tokens)))
    catalogue = [recipe for recipe, _ in _catalogue(shop, shop.administrator())]
    return Observed(accounts={user: there for user, (there, _) in logins.items()}, statuses=statuses, notifications=told,
                    catalogue=catalogue, ledger=ledger, audit=audit)


def usage(shop):
    """process → what → how much of it, of those that run."""
    return {process.data.name: _usage(pathlib.Path(f"/proc/{process.pid()}")) for process in shop.processes}


def _usage(of):
    resident = int((of / "statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    return {"threads": len(list((of / "task").iterdir())), "descriptors": len(list((of / "fd").iterdir())),
            "MiB of memory": resident >> 20}


def calmed(shop, before, seconds=60):
    """Rows of `Observed.usage`, once they are what they should be: connections are kept for 30 s, in case of another
    request. At the latest after so many seconds."""
    end = time.monotonic() + seconds
    while True:
        rows = [(process, what, before[process][what], now)
                for process, found in usage(shop).items() for what, now in found.items()]
        if not any(grown(*row) for row in rows) or time.monotonic() > end:
            return rows
        time.sleep(0.5)


def wals(shop):
    return {f"{process.data.name}/{path.name}": path.stat().st_size
            for process in shop.processes for path in process.data.glob("*.sqlite-wal")}


def _all_notified(shop):
    """The ledger as the only item of a list, once every accepted checkout was told of."""
    ledger, after = [], ""
    while True:
        status, page, _ = shop.call("GET", "/checkouts?limit=500" + after,
                                    headers={"X-Api-Key": shop.secret("PAYMENT_PROVIDER_API_KEY")})
        if status != 200:
            return None
        ledger += page["details"]["data"]["checkouts"]
        following = page["details"]["data"].get("next")
        if not following:
            break
        after = "&after=" + following
    return [ledger] if all(one["notified"] for one in ledger if one["accepted"]) else None


def _log_in(shop, user):
    """(whether there is an account, the token where it is confirmed)."""
    status, answer, _ = shop.call("POST", "/login", {"username": user, "password": PASSWORD}, form=True)
    if status == 200:
        return True, answer["access_token"]
    return answer["status"] == "email_not_validated", None


def _one_catalogue(shop):
    admin = shop.administrator()
    return len({tuple(_catalogue(shop, admin, process.port)) for process in shop.processes
                if process.services is None or "recipes" in process.services}) == 1


def _catalogue(shop, token, port=None):
    status, answer, _ = shop.call("GET", "/get-all-recipes", token=token, port=port)
    if status != 200:
        raise AssertionError(f"after recovery the catalogue answers {status} {answer}")
    return [(recipe["id"], recipe["status"]) for recipe in answer["details"]["data"]["all_recipes"]]


def _statuses(shop, token):
    return dict(_catalogue(shop, token))


def _notifications(shop, token, due, quiet=0.5, seconds=20):
    """Everything that is kept for a user: as many as are due, where they come at all, and what comes beyond within a quiet
    moment."""
    end = time.monotonic() + seconds  # comments keep the stream alive
    connection = http.client.HTTPConnection("127.0.0.1", shop.port, timeout=20)
    out, number = [], None
    try:
        connection.request("GET", "/notifications", headers={"Authorization": "Bearer " + token})
        answer = connection.getresponse()
        socket = connection.sock or answer.fp.raw._sock
        if answer.status != 200:
            raise AssertionError(f"after recovery the stream answers {answer.status}")
        while True:
            if len(out) >= min(due, 200):
                socket.settimeout(quiet)
            line = answer.readline()
            if line.startswith(b"id: "):
                number = int(line[4:])
            elif line.startswith(b"data: ") and (told := json.loads(line[6:])):
                out.append((number, told["event_name"], told["data"]))
            elif not line or time.monotonic() > end:
                return out
    except TimeoutError:
        return out
    finally:
        connection.close()


def check_stopped(shop):
    """What is wrong with the files and the log of a deployment that has stopped, as sentences."""
    wrong = []
    for process in shop.processes:
        for path in sorted(process.data.glob("*.sqlite")):
            with contextlib.closing(sqlite3.connect(path)) as db:
                found = db.execute("PRAGMA integrity_check").fetchall()
            if found != [("ok",)]:
                wrong.append(f"I10: {path.name}: integrity_check: {found}")
    hidden = [PASSWORD, *CARDS.values(), *(value for name, value in shop.secrets.items() if name != "APP_ADM_USER")]
    for line in shop.log:
        for secret in hidden:
            if secret in line:
                wrong.append("I12: the log shows a secret: " + line.replace(secret, "***").strip())
    return wrong
