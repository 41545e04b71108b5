#!/bin/bash
# fuzz.sh [NAME] [SECONDS]: builds the targets named fuzz_… or …_fuzz with libFuzzer and both sanitizers and runs each for
# a while. What they learn lies in build/fuzz/corpus/<name>; committed seeds, in a module's fuzz/seeds/<name>/.
set -euo pipefail
cd "$(dirname "$0")/.."
seconds=${2:-60}
seconds=${seconds:-60}
[ -f build/fuzz/build.ninja ] || cmake --preset asan -B build/fuzz -DEDM_FUZZ=ON -DBUILD_TESTING=OFF \
    -DCMAKE_CXX_FLAGS=-fsanitize=fuzzer-no-link >/dev/null # coverage of the libraries too, not of the fuzz target alone
mapfile -t names < <(ninja -C build/fuzz -t targets all | sed -nE 's/^(fuzz_[a-z0-9_]+|[a-z0-9_]+_fuzz): phony.*/\1/p' | sort -u)
[ -z "${1:-}" ] || names=("$1")
[ ${#names[@]} -gt 0 ] || { echo "fuzz: this build has no fuzz target" >&2; exit 1; }
ninja -C build/fuzz --quiet "${names[@]}"
for name in "${names[@]}"; do
    echo "--- $name, $seconds s ---"
    mkdir -p "build/fuzz/corpus/$name"
    mapfile -t seeds < <(git ls-files -- "*/fuzz/seeds/$name/*" | xargs -r dirname | sort -u)
    "$(find build/fuzz -type f -name "$name" -perm -u+x | head -1)" -max_total_time="$seconds" -timeout=10 \
        -rss_limit_mb=2048 -artifact_prefix="build/fuzz/$name-" "build/fuzz/corpus/$name" "${seeds[@]}"
done
