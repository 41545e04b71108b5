#!/bin/bash
# scripts/new_service.sh replaces its placeholders in names and contents, and touches nothing that exists.
set -euo pipefail
script=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/scripts/templates/service/include/edm/@name@" "$root/services"
cp "$script" "$root/scripts/new_service.sh"
printf 'edm_service(NAME @NAME@)\n' >"$root/scripts/templates/service/CMakeLists.txt"
printf 'namespace edm::@name@ { struct @Name@; }\n' >"$root/scripts/templates/service/include/edm/@name@/@name@.hpp"
fail() { echo "FAILED: $*"; exit 1; }

"$root/scripts/new_service.sh" gift-cards >/dev/null
[ "$(cat "$root/services/gift-cards/CMakeLists.txt")" = 'edm_service(NAME gift-cards)' ] || fail kebab
[ "$(cat "$root/services/gift-cards/include/edm/gift_cards/gift_cards.hpp")" = \
    'namespace edm::gift_cards { struct GiftCards; }' ] || fail "snake or Pascal case"

echo changed >"$root/services/gift-cards/CMakeLists.txt"
! "$root/scripts/new_service.sh" gift-cards 2>/dev/null || fail "an existing service was accepted"
[ "$(cat "$root/services/gift-cards/CMakeLists.txt")" = changed ] || fail "an existing service was overwritten"
for name in '' Gift gift_cards -gift gift- ../x 'a b'; do
    ! "$root/scripts/new_service.sh" "$name" 2>/dev/null || fail "the name '$name' was accepted"
done
[ "$(ls "$root/services")" = gift-cards ] || fail "something else was written"
echo "new_service.sh keeps its promises"
