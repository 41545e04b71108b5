#!/bin/bash
# daemon.sh start|stop|restart|status|logs|reset: the release build as a background process.
# Its pid file and log lie in the data directory.
set -euo pipefail
cd "$(dirname "$0")/.."
binary=$PWD/build/release/app/edm

. scripts/settings.sh
data=$(setting EDM_DATA_DIR ./data)
listen=$(setting EDM_LISTEN 127.0.0.1:8080)
url=http://${listen/#0.0.0.0/127.0.0.1}
pid_file=$data/edm.pid
log=$data/edm.log

# The pid of our process; a pid file whose number now belongs to another program counts for nothing.
running() {
    local pid
    pid=$(cat "$pid_file" 2>/dev/null) || return 1
    [ "$(readlink "/proc/$pid/exe" 2>/dev/null | sed 's/ (deleted)$//')" = "$binary" ] && echo "$pid"
}

start() {
    if pid=$(running); then
        echo "edm runs already (pid $pid) at $url"
        return
    fi
    [ -x "$binary" ] || { echo "edm is not built: make build" >&2; exit 1; }
    mkdir -p -m 700 "$data"
    touch "$log" && chmod 600 "$log"
    # Opened for appending; what this start wrote begins at this offset.
    local before
    before=$(stat -c %s "$log")
    setsid "$binary" serve >>"$log" 2>&1 </dev/null &
    local started=$!
    echo $started >"$pid_file"
    for _ in $(seq 150); do
        # Another server may have the port.
        if curl -fs -m 2 -o /dev/null "$url/readyz" && running >/dev/null; then
            echo "edm serves $url (pid $(cat "$pid_file")); log: $log"
            tail -c +$((before + 1)) "$log" | grep -i 'password' || true
            return
        fi
        kill -0 $started 2>/dev/null || break
        sleep 0.2
    done
    echo "edm did not become ready; the end of its log:" >&2
    tail -n 20 "$log" >&2
    exit 1
}

stop() {
    if ! pid=$(running); then
        rm -f "$pid_file"
        echo "edm does not run"
        return
    fi
    kill -TERM "$pid"
    for _ in $(seq 450); do
        if ! running >/dev/null; then
            rm -f "$pid_file"
            echo "edm stopped"
            return
        fi
        sleep 0.1
    done
    echo "edm (pid $pid) has not stopped after 45 s; nothing was killed" >&2
    exit 1
}

status() {
    if ! pid=$(running); then
        echo "edm does not run"
        exit 3
    fi
    if curl -fs -m 2 -o /dev/null "$url/readyz"; then
        echo "edm runs (pid $pid) and is ready at $url"
    else
        echo "edm runs (pid $pid) but is not ready at $url"
        exit 4
    fi
}

reset() {
    if [ "${YES:-}" != 1 ]; then
        read -r -p "Remove build/ and all data in $data? Type yes: " answer || answer=
        [ "$answer" = yes ] || { echo "nothing was removed"; exit 1; }
    fi
    stop
    [ ! -e data/distributed/lock ] || scripts/distributed.py stop
    # No folder of somebody else, and none that this one or the home lies in.
    local all
    all=$(realpath -m "$data")
    case "$(realpath "$HOME")/ $PWD/" in
    "${all%/}"/* | *" ${all%/}"/*) echo "$data is no directory to remove" >&2; exit 1 ;;
    esac
    [ ! -e "$data" ] || [ "$all" = "$PWD/data" ] || [ -e "$data/edm.lock" ] || { echo "$data is no data directory of edm: nothing was removed" >&2; exit 1; }
    [ ! -e "$data/edm.lock" ] || flock -n "$data/edm.lock" true || { echo "a process uses $data (make run in another terminal?): nothing was removed" >&2; exit 1; }
    rm -rf build "$data"
    echo "removed build/ and $data"
}

case "${1:-}" in
start) start ;;
stop) stop ;;
restart) stop; start ;;
status) status ;;
logs) [ -f "$log" ] || { echo "no log yet: $log" >&2; exit 1; }; exec tail -n 100 -F "$log" ;;
reset) reset ;;
*) echo "usage: daemon.sh start|stop|restart|status|logs|reset" >&2; exit 2 ;;
esac
