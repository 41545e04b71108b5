#!/bin/bash
# Every rule of scripts/lint.sh holds on a clean tree and fails on one with a planted violation.
set -euo pipefail
lint=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
unset GIT_DIR GIT_WORK_TREE GIT_INDEX_FILE
failures=0
proved=()

# A tree that breaks no rule.
fresh() {
    rm -rf "${root:?}"/* "$root/.git" "$root/.clang-format"
    git -C "$root" init -q
    mkdir -p "$root"/{platform/core/src,platform/core/tests,services/recipes/src,contracts,app,scripts}
    printf 'BasedOnStyle: LLVM\n' >"$root/.clang-format"
    printf 'int main() { return 0; }\n' >"$root/app/main.cpp"
    printf 'int answer() { return 42; }\n' >"$root/platform/core/src/core.cpp"
    printf '#include "api.hpp"\n' >"$root/services/recipes/src/recipes.cpp"
    local module
    for module in platform/core services/recipes; do
        printf '# module\n' >"$root/$module/README.md"
        printf 'edm_library(NAME x)\n' >"$root/$module/CMakeLists.txt"
    done
}

holds() {
    git -C "$root" add -A
    "$lint" --root "$root" "$1" >"$root/.git/lint.log" 2>&1
}

expect_clean() {
    fresh
    if ! holds "$1"; then
        echo "FAILED: $1 does not hold on a clean tree"
        cat "$root/.git/lint.log"
        failures=$((failures + 1))
    fi
}

# plant RULE FILE TEXT: the rule must fail, and name the file.
plant() {
    fresh
    mkdir -p "$(dirname "$root/$2")"
    printf '%b' "$3" >"$root/$2"
    if holds "$1"; then
        echo "FAILED: $1 did not see $2: $3"
        failures=$((failures + 1))
    elif ! grep -qF "$(dirname "$2")" "$root/.git/lint.log"; then
        echo "FAILED: $1 failed without naming $2"
        cat "$root/.git/lint.log"
        failures=$((failures + 1))
    fi
    proved+=("$1")
}

# allow RULE FILE TEXT: looks like a violation and is none.
allow() {
    fresh
    mkdir -p "$(dirname "$root/$2")"
    printf '%b' "$3" >"$root/$2"
    if ! holds "$1"; then
        echo "FAILED: $1 refuses $2: $3"
        failures=$((failures + 1))
    fi
}

lines() { printf 'int line;\\n%.0s' $(seq "$1"); }

mapfile -t rules < <("$lint" --list)
for rule in "${rules[@]}"; do
    expect_clean "$rule"
done

plant format platform/core/src/core.cpp 'int   answer( ){return 42;}\n'
plant engines_unseen services/recipes/src/recipes.cpp '#include <boost/beast/http.hpp>\n'
plant engines_unseen services/recipes/src/recipes.cpp 'open_sqlite();\n'
plant engines_unseen contracts/events.hpp '// travels over AMQP\n'
plant engines_unseen services/recipes/README.md 'Stored in CouchDB.\n'
allow engines_unseen services/recipes/src/recipes.cpp '// a mythical beastie\n'
allow engines_unseen app/main.cpp 'open_sqlite();\n'
plant engine_names platform/core/src/core.cpp '#include <edm/store_sqlite/store.hpp>\n'
plant engine_names services/recipes/CMakeLists.txt 'target_link_libraries(x edm_bus_embedded)\n'
plant engine_names tests/flow/flow.cpp 'edm::bus_rabbitmq::open();\n'
allow engine_names app/main.cpp 'edm::bus_rabbitmq::open();\n'
allow engine_names tests/conformance/store.cpp 'edm::store_couchdb::open();\n'
allow engine_names bench/b3.cpp 'edm::store_sqlite::open();\n'
plant parent_includes services/recipes/src/recipes.cpp '#include "../../purchasing/src/api.hpp"\n'
plant parent_includes services/recipes/src/recipes.cpp '#  include <edm/../../x.hpp>\n'
plant file_length platform/core/src/core.cpp "$(lines 401)"
plant file_length scripts/long.sh "$(lines 401)"
allow file_length platform/core/src/core.cpp "$(lines 400)"
plant readmes services/purchasing/CMakeLists.txt 'edm_service(NAME purchasing)\n'
plant readmes platform/core/README.md "$(lines 41)"
allow readmes platform/core/README.md "$(lines 40)"
for folder in work root tmp; do
    plant machine_paths docs/a.md "see /$folder/thing\n"
    plant machine_paths scripts/a.sh "cd \"/$folder\"\n"
done
allow machine_paths platform/core/tests/a.cpp 'char name[] = "/''tmp/edm-XXXXXX";\n'
allow machine_paths docs/a.md 'the /workers page, build/tmp/x and $root/tmp\n'
plant waiting_tests platform/core/tests/a.cpp 'std::this_thread::sleep_for(1s);\n'
plant waiting_tests tests/flow/a.cpp 'usleep(10);\n'
allow waiting_tests platform/core/src/core.cpp 'int sleep_for();\n'

# The generated documents are compared with what a program writes; this one writes what it is told.
program() {
    mkdir -p "$root/docs/reference" "$root/build/dev/app"
    printf '#!/bin/bash\n' >"$root/scripts/build.sh"
    printf '#!/bin/bash\n[ "$1" = docs ] && echo "%s" >"$2/topics.md"\n' "$1" >"$root/build/dev/app/edm"
    chmod +x "$root/scripts/build.sh" "$root/build/dev/app/edm"
    echo now >"$root/docs/reference/topics.md"
}
fresh
program now
holds generated || { echo "FAILED: generated refuses current documents"; failures=$((failures + 1)); }
fresh
program later
! holds generated || { echo "FAILED: generated accepts stale documents"; failures=$((failures + 1)); }
proved+=(generated)

for rule in "${rules[@]}"; do
    if [[ " ${proved[*]} " != *" $rule "* ]]; then
        echo "FAILED: nobody has proved that rule $rule can fail"
        failures=$((failures + 1))
    fi
done
[ $failures = 0 ] && echo "${#rules[@]} rules hold where they should and fail where they should"
exit $((failures > 0))
