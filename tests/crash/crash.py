"""The program is killed at chosen system calls of one flow, from its first start to the paid purchase, and goes on.

crash.py EDM [--all] [--seed N] [--points N] [--only CALL:FILE:N]

A point is the N-th pwrite64 or fdatasync of one file, the N-th rename, or the N-th sendto or sendmsg: the kernel kills
the program instead of making that call. strace counts per thread, so the first thread that reaches N dies; a file is
written by two, first by the one that opens it, then by its writer. Without --all a few points are drawn; the seed is
printed. Needs strace.
"""

import argparse
import collections
import pathlib
import random
import re
import signal
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import Gone, Shop  # noqa: E402

from buyer import Buyer, finish, settle_and_check, start_again  # noqa: E402

CALLS = ("pwrite64", "fdatasync", "sendto", "sendmsg", "rename")
KILLED = -signal.SIGKILL
BY_FILE = ("pwrite64", "fdatasync")
# How many of the drawn points are of which kind: the calls that make something durable, or visible, matter most.
SHARES = {"fdatasync": 5, "pwrite64": 2, "sendto": 2, "sendmsg": 2, "rename": 1}


def count_points(program):
    """Runs the flow once undisturbed; returns how often one thread makes each call, by (call, file)."""
    with tempfile.TemporaryDirectory() as folder, tempfile.NamedTemporaryFile() as trace:
        shop = Shop(program, folder)
        try:
            shop.start(["strace", "-f", "-qq", "-y", "-o", trace.name, "-e", "trace=" + ",".join(CALLS)])
            buyer = Buyer(shop)
            if finish(shop, buyer) != 0:
                raise AssertionError("the flow does not survive strace alone:\n" + "".join(shop.log[-20:]))
            if wrong := settle_and_check(shop, buyer):
                raise AssertionError("the flow is wrong without any fault: " + "; ".join(wrong))
        finally:
            shop.clean_up()
        by_thread = collections.Counter()
        for line in pathlib.Path(trace.name).read_text(errors="replace").splitlines():
            if found := re.match(r"(\d+) +(\w+)\((?:\d+<([^>]*)>)?", line):
                thread, call, path = found.groups()
                if call not in BY_FILE:
                    by_thread[call, "", thread] += 1
                elif pathlib.Path(path or "").parent == pathlib.Path(folder).resolve():
                    by_thread[call, pathlib.Path(path).name, thread] += 1
        counts = collections.Counter()
        for (call, name, _), times in by_thread.items():
            counts[call, name] = max(counts[call, name], times)
        return counts


def every_point(counts):
    return [(call, name, n) for (call, name), times in sorted(counts.items()) for n in range(1, times + 1)]


def drawn(counts, number, chance):
    """Points of every kind: the kind by its share, then a file, then a place in it."""
    chosen = []
    kinds = [kind for kind, share in SHARES.items() for _ in range(share)]
    for i in range(number):
        kind = kinds[i % len(kinds)]
        call, name = chance.choice(sorted(key for key in counts if key[0] == kind))
        chosen.append((call, name, chance.randint(1, counts[call, name])))
    return chosen


def run(program, point):
    """Runs the flow with a death at this point. Returns (how often it died, what is wrong)."""
    call, name, n = point
    with tempfile.TemporaryDirectory() as folder:
        folder = str(pathlib.Path(folder).resolve())
        tracer = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}",
                  "-e", f"inject={call}:signal=KILL:when={n}"]
        if name:
            tracer += ["-P", f"{folder}/{name}"]
        shop = Shop(program, folder)
        try:
            shop.start(tracer)
            buyer = Buyer(shop)
            deaths = finish(shop, buyer)
            wrong = ["killed"]
            if not shop.gone():
                try:
                    wrong = settle_and_check(shop, buyer)
                except Gone:  # the point lies among the calls that the checks themselves lead to
                    shop.wait()
            if wrong and shop.process.returncode == KILLED:  # or among those of the orderly end
                deaths += 1
                start_again(shop)
                wrong = settle_and_check(shop, buyer)
            return deaths, wrong
        except AssertionError as e:
            return 1, [f"{e}\n" + "".join(shop.log[-30:])]
        finally:
            shop.clean_up()


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--all", action="store_true")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options.add_argument("--points", type=int, default=12)
    options.add_argument("--only")
    options = options.parse_args()
    counts = count_points(options.program)
    if options.only:
        call, name, n = options.only.split(":")
        points = [(call, name, int(n))]
    elif options.all:
        points = every_point(counts)
    else:
        points = drawn(counts, options.points, random.Random(options.seed))
    print(f"seed {options.seed}: {len(points)} of {sum(counts.values())} points", flush=True)
    failed = died = 0
    for point in points:
        deaths, wrong = run(options.program, point)
        died += deaths > 0
        if wrong or not options.all:
            print(f"{point[0]}:{point[1]}:{point[2]}: {deaths} deaths: {'; '.join(wrong) or 'right'}", flush=True)
        failed += bool(wrong)
    print(f"{died} of {len(points)} runs died, {failed} went wrong (seed {options.seed})")
    # A fault that is never injected proves nothing.
    return 1 if failed or died * 2 < len(points) else 0


if __name__ == "__main__":
    sys.exit(main())
