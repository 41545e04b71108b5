"""The long form: faults for some minutes on every combination of engines and placement, and the move of a service.

long.py EDM [--seed N] [--minutes M] [--cell CELL]

Prints the seed and how many faults there were: without a failure in N of them, the rate of failures lies below about 3/N
(95 %). A combination whose servers are not installed is named as not run.
"""

import argparse
import pathlib
import random
import re
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent))
from servers.cells import CELLS, NOT_RUN  # noqa: E402


def main():
    options = argparse.ArgumentParser()
    options.add_argument("program")
    options.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    options.add_argument("--minutes", type=float, default=5, help="of each combination")
    options.add_argument("--cell", choices=CELLS)
    options = options.parse_args()
    seed = ["--seed", str(options.seed)]
    runs = [["chaos.py", options.program, cell, "--minutes", str(options.minutes), *seed]
            for cell in ([options.cell] if options.cell else CELLS)]
    if not options.cell:
        runs.append(["move.py", options.program, *seed])
    faults, failed, not_run = 0, [], []
    for words in runs:
        done = subprocess.run([sys.executable, "-B", HERE / words[0], *words[1:]], stdout=subprocess.PIPE, text=True)
        print(done.stdout, flush=True)
        faults += sum(int(n) for n in re.findall(r"^(\d+) faults:", done.stdout, re.M))
        name = words[2] if words[0] == "chaos.py" else "the move"
        if done.returncode == NOT_RUN:
            not_run.append(name)
        elif done.returncode != 0:
            failed.append(name)
    print(f"seed {options.seed}: {faults} faults, went wrong: {', '.join(failed) or 'none'};"
          f" not run: {', '.join(not_run) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
