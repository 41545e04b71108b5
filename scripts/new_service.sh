#!/bin/bash
# new_service.sh NAME: copies scripts/templates/service/ to services/<name>/.
# In file names and contents: @NAME@ is the name as it is (gift-cards), @name@ in snake case (gift_cards), @Name@ in
# Pascal case (GiftCards).
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
if [[ ! $name =~ ^[a-z][a-z0-9]*(-[a-z0-9]+)*$ ]]; then
    echo "usage: make service name=gift-cards (lower case letters and digits, words joined by -)" >&2
    exit 2
fi
template=scripts/templates/service
[ -d $template ] || { echo "new_service: $template is missing" >&2; exit 1; }
snake=${name//-/_}
pascal=$(sed -E 's/(^|-)([a-z0-9])/\U\2/g' <<<"$name")
target=services/$name
[ ! -e "$target" ] || { echo "new_service: $target exists already; nothing was changed" >&2; exit 1; }

replaced() { sed -e "s/@NAME@/$name/g" -e "s/@name@/$snake/g" -e "s/@Name@/$pascal/g"; }
while IFS= read -r -d '' file; do
    out=$target/$(replaced <<<"${file#"$template"/}")
    mkdir -p "$(dirname "$out")"
    replaced <"$file" >"$out"
    echo "  $out"
done < <(find $template -type f -print0 | sort -z)
echo "Next: add $name to the composition root in app/, then make test class=$pascal"
