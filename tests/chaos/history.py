"""What clients did and saw, and the checker that says whether it can have happened in a shop that loses and doubles nothing.

Each operation ends as OK (2xx was seen: it must be there), FAIL (4xx, or a 503 that promises that nothing was stored: it
must not), or UNKNOWN (no answer, 500, a 409 with Retry-After to a repeated key: there never or once). The invariants are
named I1 to I13 after the list in docs/develop.md. Pure: it reads no server, `observed.py` does.

What cannot be seen from outside: the causes of events that touch no purchase (I7; an event names no cause but its trace:
tests/tracing), and that an answer waited for its sync (I14: a killed process loses nothing that the kernel has; tests/crash
counts and fails the calls themselves).
"""

import collections
import dataclasses
import threading
import uuid

OK, FAIL, UNKNOWN = "ok", "fail", "unknown"
REQUESTED, STATUS = "recipe-purchase-requested", "purchase-status-changed"
PAID, DECLINED = 1, 3
MOST_WAL = 128 << 20  # twice what a checkpoint cuts it to
# Connections that are in use or kept, and what the allocator and caches keep.
MOST_MORE = {"threads": 0, "descriptors": 64, "MiB of memory": 128}
# contracts/include/edm/contracts/ids.hpp
ID_NAMESPACE = uuid.UUID("5b1c2f0e-7d43-4c6e-9a55-3f0f6c1d8e27")


def purchase_id(user, recipe):
    return str(uuid.uuid5(ID_NAMESPACE, f"{user}\n{recipe}"))


def outcome_of(status, headers):
    """What one answer of the shop means; None: there was no answer."""
    if status is None:
        return UNKNOWN
    if 200 <= status < 300:
        return OK
    if status == 409 and headers.get("Retry-After"):
        return UNKNOWN
    if status < 500 or status in (503, 507):
        return FAIL
    return UNKNOWN


@dataclasses.dataclass
class Operation:
    """One intent of a client, with all the tries that it took. A try that is refused does not undo an earlier one whose
    outcome nobody knows, but a final refusal of the same Idempotency-Key does."""
    kind: str  # "sign-up", "buy", "load"
    user: str
    recipe: str = ""
    rows: tuple = ()      # of a load: the recipes' ids
    expected: int = PAID  # of a purchase: how its card ends
    key: str = ""         # of a purchase: its Idempotency-Key
    result: str | None = None
    answers: list = dataclasses.field(default_factory=list)

    def tried(self, status, headers=None):
        """Takes the outcome of one more try; returns the operation's."""
        now = outcome_of(status, headers or {})
        self.answers.append(status)
        if self.kind == "sign-up" and status == 409 and self.result == UNKNOWN:
            now = OK  # an earlier try has made it
        if now == OK or self.result is None:
            self.result = now
        elif self.result != OK:
            refused_for_good = now == FAIL and status < 500
            self.result = FAIL if refused_for_good or self.result == now == FAIL else UNKNOWN
        return self.result


class History:
    """Filled by many clients at once; `operations`, `reads` and `streams` belong to the checker afterwards."""

    def __init__(self):
        self._lock = threading.Lock()
        self.operations = []
        self.reads = collections.defaultdict(list)    # (user, recipe) → statuses, as one client saw them one after another
        self.streams = collections.defaultdict(list)  # user → (id, event name, data), across reconnections

    def begin(self, kind, user, **what):
        operation = Operation(kind, user, **what)
        with self._lock:
            self.operations.append(operation)
        return operation

    def read(self, user, recipe, status):
        with self._lock:
            seen = self.reads[user, recipe]
            if not seen or seen[-1] != status:
                seen.append(status)

    def heard(self, user, number, name, data):
        with self._lock:
            self.streams[user].append((number, name, data))

    def counts(self):
        return collections.Counter(f"{one.kind} {one.result}" for one in self.operations)

    def answers(self):
        """How often each kind of operation was answered what; None where no answer came."""
        return collections.Counter(f"{one.kind} {status}" for one in self.operations for status in one.answers)


@dataclasses.dataclass
class Observed:
    """The shop after recovery and drain."""
    accounts: dict       # user → whether there is one
    statuses: dict       # user → {recipe: status}, of those who can log in
    notifications: dict  # user → [(id, event name, data)], the whole stream from its start
    catalogue: list      # ids of the recipes, as they are listed
    ledger: list         # the provider's checkouts
    audit: list          # rows of `edm audit`
    poison: int = 0      # dead letters that the test made
    wals: dict = dataclasses.field(default_factory=dict)   # file of a write-ahead log → bytes, under load
    usage: list = dataclasses.field(default_factory=list)  # (process, what, before any load, after it), idle
    volume_lost: bool = False  # the broker lost its queues, so a baseline may stand for what was before


def check(history, seen):
    """What cannot have happened, as sentences that begin with the invariant's number; empty: nothing."""
    wrong = []
    buys = collections.defaultdict(list)
    for one in history.operations:
        if one.kind == "buy":
            buys[one.user, one.recipe].append(one)
    checkouts = _by_purchase(seen.ledger, buys, wrong)
    _achieved(buys, seen, wrong)
    _accounts(history, seen, wrong)
    _catalogue(history, seen, wrong)
    for pair, operations in buys.items():
        _purchase(pair, operations, checkouts.get(pair, []), seen, wrong)
    for user, statuses in seen.statuses.items():
        for recipe, status in statuses.items():
            if status != "available" and not any(one.result != FAIL for one in buys.get((user, recipe), [])):
                wrong.append(f"I8: {recipe} is {status} for {user}, who has not bought it")
    for user, told in seen.notifications.items():
        _notifications(user, told, {recipe: found for (who, recipe), found in checkouts.items() if who == user},
                       seen.volume_lost, wrong)
        _stream(user, history.streams.get(user, []), told, wrong)
    for (user, recipe), statuses in history.reads.items():
        _went_back(user, recipe, statuses, buys.get((user, recipe), []), wrong)
    _audited(seen, wrong)
    for file, size in seen.wals.items():
        if size > MOST_WAL:
            wrong.append(f"I10: {file} has {size} bytes")
    wrong += [f"I13: {process} has {after} {what}, and had {before} before the load"
              for process, what, before, after in seen.usage if grown(process, what, before, after)]
    return wrong


def _achieved(buys, seen, wrong):
    """A shop that sells nothing breaks no other rule."""
    bought = {user for (user, _), operations in buys.items() if any(one.result == OK for one in operations)}
    if not bought:
        wrong.append("I2: no purchase was accepted at all")
    if not any(one["payment_status"] == PAID for one in seen.ledger):
        wrong.append("I2: nothing was paid at all")
    wrong += [f"I1: {user} has bought something, and cannot log in" for user in sorted(bought - seen.statuses.keys())]


def grown(_, what, before, after):
    """Whether a row of `Observed.usage` shows more than can be."""
    return after > before + MOST_MORE[what]


def _by_purchase(ledger, buys, wrong):
    """The accepted checkouts of each (user, recipe), in the order of their attempts."""
    pairs = {purchase_id(*pair): pair for pair in buys}
    found = collections.defaultdict(list)
    for checkout in ledger:
        purchase, _, attempt = checkout["checkout_id"].rpartition(".")
        if purchase not in pairs:
            wrong.append(f"I8: the ledger has {checkout['checkout_id']}, which nobody asked for")
        elif checkout["accepted"]:
            found[pairs[purchase]].append((int(attempt), checkout))
            if not checkout["notified"]:
                wrong.append(f"I1: the shop has not taken the webhook of {checkout['checkout_id']}")
    for pair in found:
        found[pair].sort(key=lambda one: one[0])
        if len({attempt for attempt, _ in found[pair]}) != len(found[pair]):
            wrong.append(f"I3: the ledger has a checkout of {pair} twice")
    return found


def _accounts(history, seen, wrong):
    for one in history.operations:
        if one.kind == "sign-up":
            there = seen.accounts.get(one.user)
            if one.result == OK and there is False:
                wrong.append(f"I1: the account of {one.user} was acknowledged and is not there")
            if one.result == FAIL and there:
                wrong.append(f"I8: the sign-up of {one.user} was refused, and the account is there")


def _catalogue(history, seen, wrong):
    listed = collections.Counter(seen.catalogue)
    for recipe, times in listed.items():
        if times > 1:
            wrong.append(f"I6: {recipe} is listed {times} times")
    may_be_there = {one.rows for one in history.operations if one.kind == "load" and one.result != FAIL}
    for one in history.operations:
        if one.kind == "load":
            there = [row for row in one.rows if row in listed]
            if one.result == OK and len(there) != len(one.rows):
                wrong.append(f"I1: {len(one.rows) - len(there)} rows of a file that was loaded are not there")
            if one.result == FAIL and there and one.rows not in may_be_there:
                wrong.append(f"I8: {len(there)} rows of a file that was refused are there")


def _purchase(pair, operations, checkouts, seen, wrong):
    user, recipe = pair
    accepted = [one for one in operations if one.result == OK]
    possible = [one for one in operations if one.result != FAIL]
    paid = [checkout for _, checkout in checkouts if checkout["payment_status"] == PAID]
    if len(paid) > 1:
        wrong.append(f"I3: {user} was charged {len(paid)} times for {recipe}")
    if not len(accepted) <= len(checkouts) <= len(possible):
        wrong.append(f"I3: {user} has {len(checkouts)} checkouts for {recipe}, of {len(accepted)} accepted and"
                     f" {len(possible) - len(accepted)} unknown purchases")
    for (attempt, checkout), (later, _) in zip(checkouts, checkouts[1:]):
        if checkout["payment_status"] in (None, PAID):
            wrong.append(f"I7: nothing can have caused attempt {later} of {user} at {recipe}: attempt {attempt} has not failed")
    must_be_paid = any(one.expected == PAID for one in accepted)
    if must_be_paid and not paid:
        wrong.append(f"I2: {user} bought {recipe}, and was never charged")
    status = seen.statuses.get(user, {}).get(recipe)
    if user in seen.statuses and status != ("purchased" if paid else "available"):
        wrong.append(f"I2: {recipe} is {status} for {user}, who {'was charged' if paid else 'has not paid'}")


def _notifications(user, told, checkouts, volume_lost, wrong):
    numbers = [number for number, _, _ in told]
    first = numbers[0] if numbers else 1
    if numbers != list(range(first, first + len(numbers))) or (len(numbers) < 200 and first != 1):
        wrong.append(f"I4: the notifications of {user} have the numbers {numbers}")
    by_attempt = collections.defaultdict(list)
    for _, name, data in told:
        by_attempt[data["recipe_id"], data["attempt"]].append("requested" if name == REQUESTED else data["payment_status"])
    due = {(recipe, attempt): ["requested", checkout["payment_status"]]
           for recipe, found in checkouts.items() for attempt, checkout in found}
    for what in sorted(due.keys() | by_attempt.keys()):
        if what not in due:
            wrong.append(f"I8: {user} was told of {what}, which no checkout stands for")
        elif volume_lost and _stood_for(what, by_attempt.get(what, []), due):
            continue
        elif by_attempt.get(what, []) != due[what] and (len(told) < 200 or len(by_attempt.get(what, [])) > 2):
            invariant = "I6" if len(by_attempt[what]) > len(due[what]) else "I4"
            wrong.append(f"{invariant}: {user} was told of {what} {by_attempt[what]}, not {due[what]}")


def _stood_for(what, told, due):
    """A baseline tells of a purchase's newest attempt alone: of an earlier one, what was in the lost queue may be missing."""
    recipe, attempt = what
    newer = any(other == recipe and number > attempt for other, number in due)
    return newer and [one for one in due[what] if one in told] == told


def _stream(user, heard, told, wrong):
    """What a client heard over all its connections is the stream, without gap or repeat."""
    for before, after in zip(heard, heard[1:]):
        if after[0] != before[0] + 1:
            wrong.append(f"I4: the stream of {user} went from {before[0]} to {after[0]}")
    kept = {number: (name, data["recipe_id"], data["attempt"]) for number, name, data in told}
    for number, name, data in heard:
        if kept.get(number, (name, data["recipe_id"], data["attempt"])) != (name, data["recipe_id"], data["attempt"]):
            wrong.append(f"I4: notification {number} of {user} was another when it was first told")
        if told and number > told[-1][0]:
            wrong.append(f"I1: notification {number} of {user} was told and is gone")


def _went_back(user, recipe, statuses, buys, wrong):
    """A status only ever goes on; a payment that fails makes a recipe available again."""
    if "purchased" in statuses[:-1]:
        wrong.append(f"I9: {recipe} went back for {user}: {statuses}")
    elif all(one.expected == PAID for one in buys) and "requested" in statuses and "available" in statuses[
            statuses.index("requested"):]:
        wrong.append(f"I9: {recipe} went back for {user}: {statuses}")


def _audited(seen, wrong):
    if not seen.audit:
        wrong.append("I5: there is no audit")
    for row in seen.audit:
        for name in ("behind", "lost"):
            if row[name]:
                wrong.append(f"I5: {row['subscription']}: {row[name]} events {name}")
        if row["parked"] != row["dead"]:
            wrong.append(f"I5: {row['subscription']}: {row['parked'] - row['dead']} events still parked")
    dead = sum(row["dead"] for row in seen.audit)
    if dead != seen.poison:
        wrong.append(f"I11: {dead} dead letters, of {seen.poison} that were made")
