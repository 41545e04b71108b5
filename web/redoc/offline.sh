#!/bin/sh
# offline.sh BUNDLE OUT: Redoc's bundle without the picture that it loads from a CDN, and without the pointer to a source
# map that is not served. Fails when a new version fetches from somewhere else.
set -eu
sed -e 's#https://cdn\.redoc\.ly/redoc/logo-mini\.svg#data:,#' -e '/^\/\/# sourceMappingURL=/d' "$1" >"$2.part"
if grep -oE 'https?://(cdn|fonts|unpkg)[A-Za-z0-9./_-]*' "$2.part" >&2; then
    echo "offline.sh: this version of redoc fetches from the addresses above; adapt web/redoc/offline.sh" >&2
    exit 1
fi
mv "$2.part" "$2"
