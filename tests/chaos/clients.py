"""Clients that sign up, buy, read and load recipes at once, and write down what they were told.

They take the shop as it is: what got no answer is tried again with the same Idempotency-Key, what was refused is left.
"""

import http.client
import json
import random
import socket
import threading
import time

from history import DECLINED, OK, PAID, UNKNOWN, outcome_of
from servers import Gone
from servers.client import upload

PASSWORD = "correct horse"
BUYERS = 12  # of a worker at a time: who has bought everything makes room for a newcomer
UNKNOWNS = 50  # of a worker at a time: afterwards it has so many to ask again in little time
PATIENCE = 45  # seconds
LOADS = 30   # files of three new recipes each; afterwards they are loaded again, and change nothing
CARDS = {PAID: "4242424242424242", DECLINED: "4000000000000002"}


class Person:
    def __init__(self, name, sign_up):
        self.name, self.sign_up = name, sign_up
        self.confirmed, self.token = False, None
        self.statuses, self.unknown = {}, set()  # of recipes: as last listed; of which a purchase is open
        self.sated = False  # nothing was left to buy when this person looked

    def free(self):
        """The recipes that this person may buy."""
        return sorted(recipe for recipe, status in self.statuses.items()
                      if status == "available" and recipe not in self.unknown)


class Crowd:
    """All clients of one run. `shop` is a Deployment that is ready."""

    def __init__(self, shop, history, seed, workers=4, name="user"):
        self.shop, self.history, self.name = shop, history, name
        self.ended, self.bursts, self.answered = threading.Event(), threading.Event(), threading.Condition()
        self.tries = 0            # requests that ended, by whatever outcome
        self.log = []             # (when it began, status or None) of each, in the order of their ends
        self.complaints = []      # answers that no client should get
        self.cards = {kind: self._encrypted(number) for kind, number in CARDS.items()}
        self.admin = shop.administrator()
        self.workers = [Worker(self, i, random.Random(f"{seed}/{i}")) for i in range(workers)]

    def _encrypted(self, number):
        status, answer, _ = self.shop.call("POST", "/encrypt-card", {
            "card_holder_name": "Ana", "card_number": number, "expiration_month": 12, "expiration_year": 2090, "cvv": "123"})
        assert status == 200, answer
        return answer["details"]["data"]["encr_info"]

    def start(self):
        for worker in self.workers:
            worker.thread.start()

    def call(self, *args, **kwargs):
        """Like the shop's; the status is None where no answer came."""
        begun = time.monotonic()
        try:
            status, answer, headers = self.shop.call(*args, timeout=15, **kwargs)
        except Gone:
            status, answer, headers = None, None, {}
        if status == 503 and not headers.get("Retry-After"):
            self.complaints.append(f"{args[:2]}: 503 without Retry-After: {answer}")
        if status in (404, 503) or outcome_of(status, headers) == UNKNOWN:
            self.ended.wait(0.05)  # who is not served, or not yet told that a recipe is for sale, does not ask in a loop
        with self.answered:
            self.tries += 1
            self.log.append((begun, status))
            self.answered.notify_all()
        return status, answer, headers

    def during(self, tries, seconds, enough=None):
        """Returns after so many requests have ended, at the latest after so many seconds; what those were answered that
        began meanwhile. Where that is not `enough` yet, waits longer than a client does, for a slow machine."""
        now = time.monotonic()
        with self.answered:
            begin = self.tries

            def statuses():
                return [status for begun, status in self.log[begin:] if begun >= now]
            self.answered.wait_for(lambda: self.tries >= begin + tries, seconds)
            if enough:
                self.answered.wait_for(lambda: enough(statuses()), PATIENCE)
            return statuses()

    def end(self):
        """No new intents; every thread has ended when it returns."""
        self.ended.set()
        for worker in self.workers:
            worker.end()

    def finish(self, seconds=90):
        """After recovery: tries what is unknown until each outcome is known. Raises where one never is."""
        threads = [threading.Thread(target=worker.finish, args=(seconds,)) for worker in self.workers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        for worker in self.workers:
            for operation in worker.unknown:
                self.complaints.append(f"I1: no outcome within {seconds} s after recovery: {operation}")
        return self.complaints


class Worker:
    """One client at a time; nobody else acts for its people."""

    def __init__(self, crowd, number, chance):
        self.crowd, self.number, self.chance = crowd, number, chance
        self.people, self.unknown, self.made, self.loaded = [], [], 0, 0
        self.stream, self.lock = None, threading.Lock()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def run(self):
        while not self.crowd.ended.is_set():
            self.step()

    def step(self):
        ready = [person for person in self.people if person.token]
        buyers = [person for person in ready if not person.sated]
        newcomers = [person for person in self.people if not person.token]
        what = self.chance.random()
        if len(self.unknown) >= UNKNOWNS or self.unknown and what < 0.5 and not self.crowd.bursts.is_set():
            self.try_again(self.chance.choice(self.unknown))
        elif ready and self.crowd.bursts.is_set():
            self.burst(buyers, newcomers)
        elif not newcomers and (not buyers or len(buyers) < BUYERS and what < 0.6):
            self.sign_up()
        elif newcomers and what < 0.7:
            self.go_on(newcomers[0])
        elif buyers and what < 0.92:
            self.buy(self.chance.choice(buyers))
        elif ready and what < 0.98 or self.number:
            if ready:
                self.read(self.chance.choice(ready))
        else:
            self.load()

    def attempt(self, operation, *call, **kwargs):
        status, answer, headers = self.crowd.call(*call, **kwargs)
        with self.lock:
            result = operation.tried(status, headers)
            if result == UNKNOWN and operation not in self.unknown:
                self.unknown.append(operation)
            elif result != UNKNOWN and operation in self.unknown:
                self.unknown.remove(operation)
        return result, answer

    def try_again(self, operation):
        if operation.kind == "sign-up":
            self._sign_up(operation)
        elif operation.kind == "load":
            self._load(operation)
        else:
            self._buy(next(p for p in self.people if p.name == operation.user), operation)

    def sign_up(self):
        self.made += 1
        self._sign_up(self.crowd.history.begin("sign-up", f"{self.crowd.name}{self.number}.{self.made}@example.com"))

    def _sign_up(self, operation):
        body = {"credentials": {"id": operation.user, "password": PASSWORD},
                "user_info": {"id": operation.user, "name": "Ana Souza"}}
        if self.attempt(operation, "POST", "/signup", body)[0] == OK:
            self.people.append(Person(operation.user, operation))

    def go_on(self, person):
        """Confirms the address with the newest mail, then logs in; each once it is possible."""
        if not person.confirmed:
            mails = self.crowd.shop.mails().get(person.name)
            if mails:
                status, _, _ = self.crowd.call("POST", "/confirm-email-api", {"token": max(mails)[1]})
                person.confirmed = status in (200, 409)
            else:
                self.crowd.ended.wait(0.02)
            return
        status, answer, _ = self.crowd.call("POST", "/login", {"username": person.name, "password": PASSWORD}, form=True)
        if status == 200:
            person.token = answer["access_token"]
            if self.stream is None:
                self.stream = Stream(self.crowd, person)

    def buy(self, person):
        if not person.free():
            self.read(person)
        free = person.free()
        if not free:
            person.sated = bool(person.statuses)
            return
        self.made += 1
        expected = DECLINED if self.chance.random() < 0.2 else PAID
        operation = self.crowd.history.begin("buy", person.name, recipe=self.chance.choice(free), expected=expected,
                                             key=f"{person.name}/{self.made}")
        self._buy(person, operation)
        if self.chance.random() < 0.3:
            self.read(person)

    def _buy(self, person, operation):
        body = {"encr_info": self.crowd.cards[operation.expected]}
        result, _ = self.attempt(operation, "POST", "/buy-recipe/" + operation.recipe, body, person.token,
                                 headers={"Idempotency-Key": operation.key})
        if result == UNKNOWN:
            person.unknown.add(operation.recipe)
        else:
            person.unknown.discard(operation.recipe)
            person.statuses.pop(operation.recipe, None)  # until it is listed again, also where it was refused

    def burst(self, buyers, newcomers):
        """Ten purchases at once, half of them of the same recipe: all of them meet at documents of one person."""
        if not buyers:
            return self.go_on(newcomers[0]) if newcomers else self.sign_up()
        person = self.chance.choice(buyers)
        self.read(person)
        free = person.free()
        if not free:
            person.sated = bool(person.statuses)
            return
        self.chance.shuffle(free)
        threads = []
        for recipe in [free[0]] * 5 + free[1:6]:
            self.made += 1
            operation = self.crowd.history.begin("buy", person.name, recipe=recipe, key=f"{person.name}/{self.made}")
            threads.append(threading.Thread(target=self._buy, args=(person, operation)))
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def read(self, person):
        status, answer, _ = self.crowd.call("GET", "/get-all-recipes", token=person.token)
        if status == 200:
            person.statuses = {}
            for recipe in answer["details"]["data"]["all_recipes"]:
                person.statuses[recipe["id"]] = recipe["status"]
                self.crowd.history.read(person.name, recipe["id"], recipe["status"])

    def load(self):
        self.loaded += 1
        names = [f"{self.crowd.name} dish {self.loaded % LOADS} {letter}" for letter in "abc"]
        operation = self.crowd.history.begin("load", "admin", rows=tuple(name.replace(" ", "-") for name in names))
        self._load(operation)

    def _load(self, operation):
        table = "".join(f"{row.replace('-', ' ')}\t\t\teasy\t1\t\twater\tBoil it.\n" for row in operation.rows)
        self.attempt(operation, "POST", "/load-recipes", *upload(table, self.crowd.admin))

    def end(self):
        self.thread.join()
        if self.stream:
            self.stream.end()

    def finish(self, seconds):
        end = time.monotonic() + seconds
        while self.unknown and time.monotonic() < end:
            self.try_again(self.unknown[0])
            if self.unknown:
                self.unknown.append(self.unknown.pop(0))
                time.sleep(0.1)  # of the other side nothing tells us


class Stream:
    """A person's stream of notifications, opened again wherever it broke, from where it was."""

    def __init__(self, crowd, person):
        self.crowd, self.person, self.last, self.socket = crowd, person, None, None
        self.over = False
        self.thread = threading.Thread(target=self.run, daemon=True)
        self.thread.start()

    def run(self):
        while not self.over:
            headers = {"Authorization": "Bearer " + self.person.token}
            if self.last is not None:
                headers["Last-Event-ID"] = str(self.last)
            connection = http.client.HTTPConnection("127.0.0.1", self.crowd.shop.port, timeout=20)
            try:
                connection.request("GET", "/notifications", headers=headers)
                self.socket = connection.sock  # the connection forgets it once it is answered
                answer = connection.getresponse()
                if answer.status == 200:
                    self.listen(answer)
            except (OSError, http.client.HTTPException, ValueError, AttributeError):
                pass  # broken: once more
            finally:
                connection.close()
            if not self.over:
                self.crowd.ended.wait(0.05)

    def listen(self, answer):
        number = None
        for line in answer:
            if line.startswith(b"id: "):
                number = int(line[4:])
            elif line.startswith(b"event: reset"):
                self.crowd.complaints.append(f"I4: the stream of {self.person.name} was reset at {self.last}")
            elif line.startswith(b"data: ") and number is not None and line.endswith(b"\n"):
                told = json.loads(line[6:])
                if told:
                    self.crowd.history.heard(self.person.name, number, told["event_name"], told["data"])
                    self.last = number
                number = None

    def end(self):
        self.over = True
        try:
            self.socket.shutdown(socket.SHUT_RDWR)
        except (OSError, AttributeError):
            pass
        self.thread.join(30)
