"""Moving a service out, under load: the monolith on its embedded engines, then on RabbitMQ, then without notifications, whose
file opens in a process of its own. Nothing is lost and nothing is done twice.

move.py EDM [--seed N]

These are the steps of docs/operate.md, "Moving a service out".
"""

import argparse
import pathlib
import random
import shutil
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from servers import Deployment, NotRun, RabbitMQ  # noqa: E402
from servers.cells import NOT_RUN  # noqa: E402
from servers.deployment import services_of  # noqa: E402

from clients import Crowd  # noqa: E402
from history import History, check  # noqa: E402
from observed import check_stopped, observe  # noqa: E402

MOVED = "notifications"


def move(program, folder, broker, seed):
    """Returns what was wrong, as sentences, and what clients did."""
    wrong, history = [], History()
    monolith = Deployment(program, folder / "monolith", EDM_PAYMENT_DELAY="0s..1s")
    home = monolith.processes[0].data
    services = services_of(program)
    distributed = [[name for name in services if name != MOVED], [MOVED]]
    # The address stays the same in every stage: first the program's own, then the proxy's.
    spread = Deployment(program, folder / "spread", processes=distributed, bus="rabbitmq", rabbitmq=broker,
                        port=monolith.port, EDM_PAYMENT_DELAY="0s..1s")
    for stage in (monolith, spread):
        stage.secrets = monolith.secrets
        for process in stage.processes:
            process.env.update(monolith.secrets)
    try:
        monolith.start()
        monolith.settled()
        crowd = Crowd(monolith, history, seed)
        crowd.start()
        crowd.during(300, 20)

        # 1. Stop; start the same with RabbitMQ: what the log still holds goes on by way of the broker.
        expect_stopped(monolith, wrong)
        monolith.processes[0].env.update({"EDM_BUS": "rabbitmq", "EDM_RABBITMQ_URL": broker.url})
        monolith.start()
        crowd.during(300, 20)

        # 2. Stop; move the service's file to a data directory of its own; start both, joined by a proxy.
        expect_stopped(monolith, wrong)
        rest, moved = (process.data for process in spread.processes)
        for path in sorted(home.iterdir()):
            target = moved if path.name.startswith(MOVED + ".sqlite") else rest
            shutil.move(path, target / path.name)
        spread.start()
        crowd.shop = spread
        crowd.during(300, 20)

        crowd.end()
        wrong += crowd.finish()
        wrong += check(history, observe(spread, history))
        expect_stopped(spread, wrong)
        wrong += check_stopped(spread)
        if any((home / path.name).exists() for path in moved.glob("*.sqlite")):
            wrong.append("a file was opened at its old place")
    except BaseException:
        for process in monolith.processes + spread.processes:
            print(f"--- {process.data}\n" + "".join(process.log[-15:]), file=sys.stderr)
        raise
    finally:
        monolith.clean_up()
        spread.clean_up()
    return wrong, history.counts(), crowd.tries


def expect_stopped(stage, wrong):
    if any(code != 0 for code in stage.stop()):
        wrong.append("SIGTERM does not end a process in order")


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options = options.parse_args()
    print(f"seed {options.seed}", flush=True)
    with tempfile.TemporaryDirectory(prefix="edm-move-") as folder:
        folder = pathlib.Path(folder).resolve()
        try:
            broker = RabbitMQ(folder / "rabbitmq")
        except NotRun as why:
            print(why)
            return NOT_RUN
        broker.start()
        try:
            wrong, counts, tries = move(options.program, folder, broker, options.seed)
        finally:
            broker.stop()
    print(f"{tries} requests: " + ", ".join(f"{name} {times}" for name, times in sorted(counts.items())))
    for sentence in wrong[:50]:
        print(sentence)
    print(f"seed {options.seed}: {len(wrong)} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
