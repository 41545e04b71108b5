"""Faults under load on one combination of engines and placement, then: was anything lost, or done twice?

chaos.py EDM CELL [--seed N] [--rounds N | --minutes N] [--faults NAME,…] [--keep DIR]

Rounds of a fault and a pause; which faults, and everything that clients decide, follows from the seed (their timing does
not). At the end everything is repaired, what has no outcome is tried again until it has one, and history.py checks.
"""

import argparse
import collections
import pathlib
import random
import shutil
import sys
import tempfile
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import Gate, NotRun  # noqa: E402
from servers.cells import CELLS, NOT_RUN, Servers  # noqa: E402
from servers.children import end_in_order_on_sigterm  # noqa: E402

import faults  # noqa: E402
from clients import Crowd  # noqa: E402
from history import History, check  # noqa: E402
from observed import calmed, check_stopped, observe, usage, wals  # noqa: E402


def possible(servers):
    """The faults that this cell's servers can have."""
    found = list(faults.PROCESS)
    if servers.rabbitmq:
        found += faults.BROKER
    if servers.couchdb:
        found += faults.DATABASE + (faults.OWN_DATABASE if servers.couchdb.own else [])
    return found


def chosen(options, servers, chance):
    """The faults of a run, in order; without end where it runs for a time."""
    pool = possible(servers)
    if options.faults:
        # A database that others use too is not killed.
        pool = [fault for fault in map(faults.named, options.faults.split(",")) if fault in pool]
    done = 0
    end = time.monotonic() + 60 * options.minutes
    while time.monotonic() < end if options.minutes else done < (options.rounds or len(pool)):
        if done % len(pool) == 0:
            order = chance.sample(pool, len(pool))  # each of them before any comes again
        yield order[done % len(pool)]
        done += 1


def say(options, what):
    if options.verbose:
        print(time.strftime("%H:%M:%S"), what, flush=True)


def run(options, servers):
    """Returns what was wrong, as sentences, and what was done."""
    chance = random.Random(options.seed)
    broker = Gate(servers.rabbitmq.port) if servers.rabbitmq else None
    database = Gate(servers.couchdb.port) if servers.couchdb else None
    shop = servers.deployment(broker_port=broker and broker.port, couchdb_port=database and database.port,
                              EDM_PAYMENT_DELAY="0s..1s", EDM_THREADS="2")
    history, wrong, done, logs = History(), [], collections.Counter(), {}
    try:
        shop.start()
        shop.settled()
        before = usage(shop)
        crowd = Crowd(shop, history, options.seed)
        scene = faults.Scene(shop, servers, broker, database, crowd, chance)
        crowd.start()
        scene.during(60, 10)
        for fault in chosen(options, servers, chance):
            say(options, fault.__name__)
            wrong += fault(scene)
            done[fault.__name__] += 1
            scene.during(30, 5)
            for file, size in wals(shop).items():
                logs[file] = max(size, logs.get(file, 0))
        shop.start()
        say(options, "repaired")
        crowd.end()
        wrong += crowd.finish()
        say(options, "every outcome is known")
        seen = observe(shop, history)
        seen.volume_lost, seen.wals, seen.usage = scene.volume_lost, logs, calmed(shop, before)
        say(options, seen.usage)
        wrong += check(history, seen)
        say(options, "checked")
        if any(code != 0 for code in shop.stop()):
            wrong.append("SIGTERM does not end a process in order")
        wrong += check_stopped(shop)
    except BaseException:
        for process in shop.processes:
            print(f"--- {process.data.name}\n" + "".join(process.log[-options.log:]), file=sys.stderr)
        raise
    finally:
        shop.clean_up()
        for gate in filter(None, (broker, database)):
            gate.close()
    if wrong and options.log:
        for process in shop.processes:
            print(f"--- {process.data.name}\n" + "".join(process.log[-options.log:]), file=sys.stderr)
    return wrong, done, history, crowd.tries


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("cell", choices=CELLS)
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options.add_argument("--rounds", type=int, default=0)
    options.add_argument("--minutes", type=float, default=0)
    options.add_argument("--faults", default="")
    options.add_argument("--keep", help="a directory that stays, for a look afterwards")
    options.add_argument("--log", type=int, default=15, help="lines of each process's log where something is wrong")
    options.add_argument("--verbose", action="store_true")
    options = options.parse_args()
    end_in_order_on_sigterm()
    directory = options.keep or tempfile.mkdtemp(prefix="edm-chaos-")
    try:
        try:
            servers = Servers(options.program, options.cell, directory)
        except NotRun as why:
            print(why)
            return NOT_RUN
        print(f"{options.cell}, seed {options.seed}", flush=True)
        servers.start()
        try:
            wrong, done, history, tries = run(options, servers)
        finally:
            servers.stop()
    finally:
        if not options.keep:
            shutil.rmtree(directory, ignore_errors=True)
    print(f"{sum(done.values())} faults: " + ", ".join(f"{name} {times}" for name, times in sorted(done.items())))
    for what, counts in ((f"{tries} requests", history.counts()), ("answers", history.answers())):
        print(f"{what}: " + ", ".join(f"{name} {times}" for name, times in sorted(counts.items())))
    for sentence in wrong[:50]:
        print(sentence)
    if servers.couchdb and not servers.couchdb.real:
        print("durability and 409 storms on CouchDB: not run: this is pouchdb-server; set EDM_TEST_COUCHDB_URL")
    print(f"{options.cell}, seed {options.seed}: {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
