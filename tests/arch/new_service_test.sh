#!/bin/bash
# scripts/new_service.sh replaces its placeholders in names and contents, adds the service to the list of services, and
# where it refuses a name it touches nothing. That the template compiles and works, tests/late_service shows.
set -euo pipefail
script=$1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
mkdir -p "$root/scripts/templates/service/include/edm/@name@" "$root/services" "$root/app/src" \
    "$root/platform/core/include/edm/core" "$root/contracts/include"
cp "$script" "$root/scripts/new_service.sh"
printf 'edm_service(NAME @NAME@)\n' >"$root/scripts/templates/service/CMakeLists.txt.in"
printf 'namespace edm::@name@ { struct @Name@; }\n' >"$root/scripts/templates/service/include/edm/@name@/@name@.hpp.in"
printf 'namespace edm {\nclass money;\n} // namespace edm\n' >"$root/platform/core/include/edm/core/money.hpp"
list=$root/app/src/services.cpp
cat >"$list" <<'END'
#include <edm/recipes/recipes.hpp>

    all.push_back(make_recipes(r));
    // make service: above this line
    all.push_back(make_payment_provider(r));
END
cp "$list" "$root/list.before"
fail() { echo "FAILED: $*"; exit 1; }
tree() { (cd "$root" && find . -type f -exec sha256sum {} + | sort); }

# refused NAME WHY: the script refuses the name, and nothing changes.
refused() {
    local before
    before=$(tree)
    ! "$root/scripts/new_service.sh" "$1" 2>/dev/null || fail "$2: '$1' was accepted"
    [ "$(tree)" = "$before" ] || fail "$2: '$1' was refused and something was changed"
}
for name in '' Gift gift_cards -gift gift- ../x 'a b'; do
    refused "$name" "no name of a service"
done
refused union "a word of C++"
refused money "a name of the platform"
sed -i '/make service/d' "$list"
refused gift-cards "a list without its marked line"
cp "$root/list.before" "$list"

"$root/scripts/new_service.sh" gift-cards >/dev/null
[ "$(cat "$root/services/gift-cards/CMakeLists.txt")" = 'edm_service(NAME gift-cards)' ] || fail kebab
[ "$(cat "$root/services/gift-cards/include/edm/gift_cards/gift_cards.hpp")" = \
    'namespace edm::gift_cards { struct GiftCards; }' ] || fail "snake or Pascal case"
[ "$(ls "$root/services")" = gift-cards ] || fail "something else was written"
[ "$(cat "$list")" = '#include <edm/gift_cards/gift_cards.hpp>
#include <edm/recipes/recipes.hpp>

    all.push_back(make_recipes(r));
    all.push_back(make_gift_cards(r));
    // make service: above this line
    all.push_back(make_payment_provider(r));' ] || fail "the list of services: $(cat "$list")"

refused gift-cards "a service that exists"
"$root/scripts/new_service.sh" tea >/dev/null
[ "$(grep -c 'push_back(make_' "$list")" = 4 ] || fail "a second service: $(cat "$list")"
echo "new_service.sh keeps its promises"
