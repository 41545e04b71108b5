#!/bin/bash
# lint.sh [--root DIR] [--list] [RULE…]: checks the tracked files of the repository at DIR; without names, all rules.
# Each rule prints what breaks it and where, and is proved able to fail by tests/arch/lint_rules_test.sh.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
rules=(format engines_unseen engine_names parent_includes file_length readmes machine_paths waiting_tests generated)

# Files that may be longer than 400 lines. Empty: a file over 400 lines has two subjects.
long_files=()

# Tracked files that match the patterns and still exist.
tracked() { git ls-files -- "$@" | while IFS= read -r file; do [ ! -f "$file" ] || echo "$file"; done; }

# grep over the files on standard input: prints matches as file:line:text, succeeds when there is one.
matches() { tr '\n' '\0' | xargs -0 -r grep -nHE "$@" || true; }

rule_format() {
    tracked '*.cpp' '*.hpp' | tr '\n' '\0' | xargs -0 -r -n 40 -P "$(nproc)" clang-format-19 --dry-run -Werror 2>&1 || true
}

# A service never sees which engine runs (rule 11 of the architecture).
rule_engines_unseen() {
    tracked services contracts | grep -v '\.tsv$' | matches -i '\bbeast\b|sqlite|amqp|rabbitmq|couchdb'
}

# Only the composition root and what compares engines may name them.
rule_engine_names() {
    tracked '*.cpp' '*.hpp' '*.cmake' '*CMakeLists.txt' | grep -vE '^(app|engines|tests/conformance|platform/delivery/tests|bench)/' |
        matches '\b(edm_)?(bus|store)_(embedded|rabbitmq|sqlite|couchdb)\b'
}

# An include root is only a wall when nobody climbs over it.
rule_parent_includes() {
    tracked '*.cpp' '*.hpp' | matches '^[[:space:]]*#[[:space:]]*include[[:space:]]*["<]([^">]*/)?\.\./'
}

rule_file_length() {
    tracked '*.cpp' '*.hpp' '*.cmake' '*CMakeLists.txt' '*.sh' '*.py' '*.ts' '*.tsx' '*.js' '*.css' Makefile .ci/run |
        while IFS= read -r file; do
            lines=$(wc -l <"$file")
            if [ "$lines" -gt 400 ] && [[ " ${long_files[*]-} " != *" $file "* ]]; then
                echo "$file: $lines lines, at most 400: it has two subjects"
            fi
        done
}

# A module is a folder with a CMakeLists.txt directly below one of these.
rule_readmes() {
    tracked 'platform/*' 'engines/*' 'services/*' 'simulators/*' | sed -nE 's#^([a-z]+/[^/]+)/CMakeLists\.txt$#\1#p' |
        while IFS= read -r module; do
            if [ -z "$(tracked "$module/README.md")" ]; then
                echo "$module: no README.md"
            elif [ "$(wc -l <"$module/README.md")" -gt 40 ]; then
                echo "$module/README.md: more than 40 lines"
            fi
        done
}

# Nothing depends on where one machine keeps things; templates of mkdtemp and mktemp are the exception.
rule_machine_paths() {
    git ls-files | grep -vE '(^|/)package-lock\.json$' |
        matches -I '(^|[^A-Za-z0-9_.~})/-])/(work|root|tmp)(/|[^A-Za-z0-9_/-]|$)' | grep -v 'XXXXXX' || true
}

# Time is injected: a test that sleeps is slow on a good day and red on a bad one.
rule_waiting_tests() {
    tracked '*/tests/*.cpp' '*/tests/*.hpp' 'tests/*.cpp' 'tests/*.hpp' 'platform/testing/*' |
        grep -vE '^platform/delivery/tests/due_[a-z]+_test.cpp$' | # co_await on the loop's virtual clock
        grep -vE '^tests/conformance/(bus_fixture.hpp|rabbitmq_server.cpp|couchdb_home.cpp)$' | # the bounded waits for a server that is not ours
        matches '\b(sleep_for|sleep_until|usleep|nanosleep)\b|[^_.a-z]sleep\('
}

# docs/reference/ is what the program says of itself: the same command must write the same files.
rule_generated() {
    [ -n "$(tracked 'docs/reference/*')" ] || return 0
    scripts/build.sh dev edm >&2 || { echo "docs/reference: the program cannot be built"; return 0; }
    local fresh
    fresh=$(mktemp -d)
    build/dev/app/edm docs "$fresh" >&2 || echo "docs/reference: 'edm docs' failed"
    diff -r -q docs/reference "$fresh" | sed "s#$fresh#(generated)#; s#\$#: run 'edm docs docs/reference'#" || true
    rm -r "$fresh"
}

wanted=()
while [ $# -gt 0 ]; do
    case "$1" in
    --root) root=$2; shift ;;
    --list) printf '%s\n' "${rules[@]}"; exit 0 ;;
    *) [[ " ${rules[*]} " == *" $1 "* ]] || { echo "lint: no rule '$1'; see --list" >&2; exit 2; }; wanted+=("$1") ;;
    esac
    shift
done
[ ${#wanted[@]} -gt 0 ] || wanted=("${rules[@]}")

cd "$root"
failed=()
for rule in "${wanted[@]}"; do
    found=$("rule_$rule" || true)
    if [ -n "$found" ]; then
        echo "--- $rule ---"
        head -n 40 <<<"$found"
        failed+=("$rule")
    fi
done
if [ ${#failed[@]} -gt 0 ]; then
    echo "lint: broken rules: ${failed[*]}"
    exit 1
fi
echo "lint: ${#wanted[@]} rules hold"
