#!/bin/bash
# venv.sh: the foreign clients of the tests (tests/requirements.txt) in build/venv. Does nothing, quickly, where they are
# there already; several may ask at once. Debian's interpreter comes first: it is what CI has.
set -euo pipefail
cd "$(dirname "$0")/.."
venv=build/venv
want=tests/requirements.txt
mkdir -p "$venv"
exec 9>"$venv/lock"
flock 9
cmp -s "$want" "$venv/installed.txt" && exit 0
python=/usr/bin/python3
[ -x $python ] || python=python3
[ -x "$venv/bin/python3" ] || "$python" -m venv "$venv"
"$venv/bin/python3" -m pip install --quiet --no-deps --disable-pip-version-check -r "$want"
cp "$want" "$venv/installed.txt"
