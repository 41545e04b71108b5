#!/bin/bash
# fuzz.sh [NAME] [SECONDS]: builds the targets that end in _fuzz with libFuzzer and both sanitizers and runs each for a while.
# What they learn lies in build/fuzz/corpus/<name>, beside the committed seeds in tests/fuzz/seeds/<name>.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${2:-60}
seconds=${seconds:-60}
[ -f build/fuzz/build.ninja ] || cmake --preset asan -B build/fuzz -DEDM_FUZZ=ON >/dev/null
mapfile -t names < <(ninja -C build/fuzz -t targets all | sed -nE 's/^([a-z0-9_]+_fuzz): phony.*/\1/p' | sort -u)
[ -z "${1:-}" ] || names=("$1")
[ ${#names[@]} -gt 0 ] || { echo "fuzz: this build has no target that ends in _fuzz" >&2; exit 1; }
ninja -C build/fuzz --quiet "${names[@]}"
for name in "${names[@]}"; do
    echo "--- $name, $seconds s ---"
    mkdir -p "build/fuzz/corpus/$name"
    seeds=()
    [ -d "tests/fuzz/seeds/$name" ] && seeds=("tests/fuzz/seeds/$name")
    "$(find build/fuzz -type f -name "$name" -perm -u+x | head -1)" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" "${seeds[@]}"
done
