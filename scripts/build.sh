#!/bin/bash
# build.sh PRESET [TARGET…]: configures where needed and builds. A target that ends in / means all below that folder.
set -euo pipefail
cd "$(dirname "$0")/.."
preset=$1
shift
export CCACHE_SLOPPINESS=pch_defines,time_macros

if [ ! -f "build/$preset/build.ninja" ]; then
    options=()
    # Users need no test tools to build what they run.
    [ "$preset" = release ] && options=(-DBUILD_TESTING=OFF)
    mkdir -p build
    cmake --preset "$preset" "${options[@]}" >"build/$preset.configure.log" 2>&1 ||
        { cat "build/$preset.configure.log" >&2; exit 1; }
elif [[ " $* " == *" edm_bench "* ]]; then
    cmake --preset "$preset" >/dev/null # the benchmark library may have come after the first configuration
fi

targets=()
for target in "$@"; do
    [[ $target == */ ]] && target+=all
    targets+=("$target")
done
quiet=()
[ -t 1 ] || quiet=(--quiet) # a log needs the failures alone
exec ninja -C "build/$preset" "${quiet[@]}" -j "${jobs:-$(nproc)}" "${targets[@]}"
