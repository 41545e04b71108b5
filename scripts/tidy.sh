#!/bin/bash
# tidy.sh [BASE]: clang-tidy over the sources that differ from BASE (default HEAD), new ones included.
set -euo pipefail
cd "$(dirname "$0")/.."
mapfile -t files < <({ git diff --name-only --diff-filter=d "${1:-HEAD}" -- '*.cpp'
    git ls-files -o --exclude-standard -- '*.cpp'; } | sort -u)
[ ${#files[@]} -gt 0 ] || { echo "tidy: no changed sources"; exit 0; }
scripts/build.sh dev # the precompiled headers that the sources are read with
printf '%s\0' "${files[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy-19 -p build/dev --quiet --warnings-as-errors='*'
