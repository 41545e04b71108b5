#!/bin/bash
# containers.sh build|start|stop|restart|status|logs|reset: docker-compose.yml, at http://127.0.0.1/docs.
# profile=distributed starts the application on RabbitMQ and CouchDB instead of alone.
set -euo pipefail
cd "$(dirname "$0")/.."
. scripts/settings.sh
url=http://127.0.0.1

case "${profile:-}" in
"") app=edm other=edm-distributed scale=() ;;
distributed) app=edm-distributed other=edm scale=(--scale edm=0) ;;
*) echo "containers: there is no profile '$profile'; leave it out, or profile=distributed" >&2; exit 2 ;;
esac

if docker compose version >/dev/null 2>&1; then
    compose=(docker compose)
elif command -v docker-compose >/dev/null; then
    compose=(docker-compose)
else
    echo "containers: install Docker with Compose first; without containers: make start" >&2
    exit 1
fi
# The profile makes stop, logs and reset see everything that may run.
compose+=(--profile distributed)
if ! docker info >/dev/null 2>&1; then
    echo "containers: no container engine answers ('docker info' says why); without containers: make start" >&2
    exit 1
fi

ready() { curl -fs -m 2 -o /dev/null "$url/readyz"; }

start() {
    if [ "$app" = edm-distributed ]; then
        local missing=()
        for name in RABBITMQ_PASSWORD COUCHDB_PASSWORD COUCHDB_APP_PASSWORD; do
            [ -n "$(setting $name "")" ] || missing+=("$name")
        done
        [ ${#missing[@]} = 0 ] || { echo "containers: set in .env, of letters and digits: ${missing[*]}" >&2; exit 1; }
    fi
    # Both publish the same port.
    "${compose[@]}" stop "$other"
    "${compose[@]}" up -d --build ${scale[@]+"${scale[@]}"} "$app"
    for _ in $(seq 300); do
        if ready; then
            echo "edm serves $url/docs"
            echo "the administrator's password, where .env sets none: ${compose[*]} exec $app cat /var/lib/edm/secrets/APP_ADM_PASSWORD"
            return
        fi
        sleep 0.2
    done
    echo "edm did not become ready; the end of the logs:" >&2
    "${compose[@]}" logs --no-color --tail 20 >&2
    exit 1
}

status() {
    "${compose[@]}" ps
    ready || { echo "edm is not ready at $url"; exit 4; }
    echo "edm is ready at $url"
}

reset() {
    if [ "${YES:-}" != 1 ]; then
        read -r -p "Remove the containers, the image and ALL DATA in their volumes? Type yes: " answer || answer=
        [ "$answer" = yes ] || { echo "nothing was removed"; exit 1; }
    fi
    "${compose[@]}" down --volumes
    docker image rm edm >/dev/null 2>&1 || true
}

case "${1:-}" in
build) "${compose[@]}" build edm ;;
start) start ;;
stop) "${compose[@]}" stop ;;
restart) "${compose[@]}" stop; start ;;
status) status ;;
logs) exec "${compose[@]}" logs --tail 100 -f ;;
reset) reset ;;
*) echo "usage: containers.sh build|start|stop|restart|status|logs|reset" >&2; exit 2 ;;
esac
