#!/bin/bash
# setup.sh [run|all]: installs what is missing, and does nothing, quickly, when nothing is.
#   run   what building and running the program needs
#   all   that, and what tests, linting and benchmarks need, with the foreign clients of tests in build/venv
# SKIP_SETUP=1 leaves everything to you.
set -euo pipefail
cd "$(dirname "$0")/.."
[ "${SKIP_SETUP:-}" = 1 ] && exit 0

run_packages=(clang-19 llvm-19 lld-19 mold ccache ninja-build cmake make git gzip
    libboost1.81-dev libboost-url1.81-dev libboost-json1.81-dev libfmt-dev libspdlog-dev libsqlite3-dev
    libsodium-dev libssl-dev libcurl4-openssl-dev libutf8proc-dev libcli11-dev prometheus-cpp-dev
    libjemalloc-dev librabbitmq-dev curl jq)
test_packages=(clang-tidy-19 clang-format-19 libgtest-dev libgmock-dev librapidcheck-dev zlib1g-dev
    sqlite3 python3 python3-venv jq strace libclang-rt-19-dev chromium rabbitmq-server amqp-tools nginx-light
    docker-compose)

packages=("${run_packages[@]}")
case "${1:-all}" in
run) ;;
all) packages+=("${test_packages[@]}") ;;
*) echo "usage: setup.sh [run|all]" >&2; exit 2 ;;
esac

# A newer Node than Debian's is as good; Debian's would then only conflict with it.
node_major=$(node --version 2>/dev/null | sed -nE 's/^v([0-9]+)\..*/\1/p' || true)
if [ "${node_major:-0}" -lt 18 ] || ! command -v npm >/dev/null; then
    packages+=(nodejs npm)
fi

. /etc/os-release
if [ "${ID:-}" != debian ] || [ "${VERSION_ID:-}" != 12 ]; then
    echo "setup: this installs packages of Debian 12 only, and this is ${PRETTY_NAME:-another system}." >&2
    echo "setup: install the equivalents of these, then use SKIP_SETUP=1: ${packages[*]}" >&2
    echo "setup: and run 'npm ci --ignore-scripts' in web/, tests/browser/ and tests/servers/." >&2
    exit 1
fi

mapfile -t missing < <({ dpkg-query -W -f '${db:Status-Status} ${Package}\n' "${packages[@]}" 2>/dev/null || true; } |
    awk 'NR == FNR { if ($1 == "installed") have[$2] = 1; next } !($1 in have)' - <(printf '%s\n' "${packages[@]}"))

if [ ${#missing[@]} -gt 0 ]; then
    sudo=()
    if [ "$(id -u)" != 0 ]; then
        command -v sudo >/dev/null || { echo "setup: needs root or sudo to install: ${missing[*]}" >&2; exit 1; }
        sudo=(sudo)
    fi
    # Another apt may be at work: wait for its lock instead of failing.
    apt=("${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get -o DPkg::Lock::Timeout=300 -qq)
    install=("${apt[@]}" -o Dpkg::Use-Pty=0 install --no-install-recommends -y)
    echo "setup: installing ${missing[*]}"
    if ! "${apt[@]}" --simulate install --no-install-recommends "${missing[@]}" >/dev/null 2>&1; then
        "${apt[@]}" update
        "${install[@]}" "${missing[@]}"
    elif ! "${install[@]}" "${missing[@]}"; then
        echo "setup: the package lists look old; updating them and trying again"
        "${apt[@]}" update
        "${install[@]}" "${missing[@]}"
    fi
    # Debian starts a server when it installs one; the tests start their own, on the loopback address alone.
    stop_at_once() {
        local package=$1; shift
        if [[ " ${missing[*]} " == *" $package "* ]] && [ -d /run/systemd/system ]; then
            "${sudo[@]}" systemctl disable --now --quiet "$@" || true
        fi
    }
    stop_at_once rabbitmq-server rabbitmq-server epmd.socket epmd
    stop_at_once nginx-light nginx
fi

# The stamp holds what was installed: another lock file, or a removed folder, installs again.
npm_packages() {
    local stamp=$1/node_modules/.installed lock
    lock=$(cat "$1/package-lock.json" "$1/package.json" "$1/.npmrc" | sha256sum)
    if [ "$(cat "$stamp" 2>/dev/null)" != "$lock" ]; then
        echo "setup: npm ci in $1/"
        (cd "$1" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
        echo "$lock" >"$stamp"
    fi
}
npm_packages web

if [ "${1:-all}" = all ]; then
    npm_packages tests/browser
    npm_packages tests/servers
    scripts/venv.sh
fi
