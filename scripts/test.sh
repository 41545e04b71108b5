#!/bin/bash
# test.sh dev|asan|tsan                     builds and runs the tests of one preset
# test.sh one FILE CLASS TEST_NAME PRESET   runs single GoogleTest cases; empty arguments mean "any"
set -euo pipefail
cd "$(dirname "$0")/.."

symbolizer=$(command -v llvm-symbolizer-19 || true)
export ASAN_OPTIONS="abort_on_error=1:detect_leaks=1:detect_stack_use_after_return=1:strict_string_checks=1"
export UBSAN_OPTIONS="print_stacktrace=1:halt_on_error=1"
export TSAN_OPTIONS="halt_on_error=1:second_deadlock_stack=1:history_size=4"
if [ -n "$symbolizer" ]; then
    export ASAN_SYMBOLIZER_PATH=$symbolizer UBSAN_SYMBOLIZER_PATH=$symbolizer
    TSAN_OPTIONS+=":external_symbolizer_path=$symbolizer"
fi

# Runs the tests below one folder of a build.
run() {
    local preset=$1 folder=$2
    [ -f "build/$preset/$folder/CTestTestfile.cmake" ] || return 0
    echo "--- $preset: ${folder/#./all} ---"
    ctest --test-dir "build/$preset/$folder" -j "${jobs:-2}" --output-on-failure --no-tests=ignore
}

# The targets whose sources include this file, read from the build itself.
targets_of() {
    sed -nE "s#^build [^ ]*CMakeFiles/([A-Za-z0-9_]+)\.dir/[^ ]*$(basename "$1").o: .*#\1#p" "build/$2/build.ninja" | sort -u
}

one() {
    local file=$1 class=$2 name=$3 preset=${4:-dev} sources=() targets=()
    scripts/build.sh "$preset" build.ninja
    if [ -n "$file" ] && ninja -C "build/$preset" -t query "$file" >/dev/null 2>&1; then
        targets=("$file")
    else
        if [ -n "$file" ]; then
            mapfile -t sources < <(git ls-files -co --exclude-standard -- '*.cpp' | grep -E "(^|/)${file%.cpp}\.cpp$")
        else
            mapfile -t sources < <(git ls-files -co --exclude-standard -- '*/tests/*.cpp' 'tests/*.cpp' |
                xargs grep -lzE "(TEST|TEST_F|TEST_P|TYPED_TEST|RC_GTEST_PROP)\(\s*${class:-\w+},\s*${name:-\w+}")
        fi
        for source in "${sources[@]}"; do
            mapfile -t -O ${#targets[@]} targets < <(targets_of "$source" "$preset")
        done
    fi
    if [ ${#targets[@]} = 0 ]; then
        echo "test: no test matches file='$file' class='$class' test_name='$name'" >&2
        exit 1
    fi
    mapfile -t targets < <(printf '%s\n' "${targets[@]}" | sort -u)
    scripts/build.sh "$preset" "${targets[@]}"
    local filter="${class:-*}.${name:-*}:*/${class:-*}.${name:-*}:${class:-*}.${name:-*}/*:*/${class:-*}.${name:-*}/*"
    local binary ran=0
    for target in "${targets[@]}"; do
        binary=$(find "build/$preset" -type f -name "$target" -perm -u+x | head -1)
        [ -n "$("$binary" --gtest_list_tests --gtest_filter="$filter" | grep '^  ')" ] || continue
        ran=1
        "$binary" --gtest_filter="$filter"
    done
    if [ $ran = 0 ]; then
        echo "test: ${targets[*]}: no test matches class='$class' test_name='$name'" >&2
        exit 1
    fi
}

case "${1:-}" in
dev)
    scripts/build.sh dev
    run dev .
    ;;
asan)
    scripts/build.sh asan
    run asan .
    ;;
tsan)
    scripts/build.sh tsan platform/ engines/ tests/conformance/
    run tsan platform
    run tsan engines
    run tsan tests/conformance
    ;;
one) shift; one "$@" ;;
*) echo "usage: test.sh dev|asan|tsan, or test.sh one FILE CLASS TEST_NAME PRESET" >&2; exit 2 ;;
esac
