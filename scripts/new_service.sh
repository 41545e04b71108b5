#!/bin/bash
# new_service.sh NAME: makes the folder services/<name>/ from scripts/templates/service/, and adds the service to
# app/src/services.cpp. Run again, or with a name that is taken, it changes nothing.
# In file names and contents: @NAME@ is the name as it is (gift-cards), @name@ in snake case (gift_cards), @Name@ in
# Pascal case (GiftCards); .in at the end of a file name goes.
set -euo pipefail
cd "$(dirname "$0")/.."
name=${1:-}
if [[ ! $name =~ ^[a-z][a-z0-9]*(-[a-z0-9]+)*$ ]]; then
    echo "usage: make service name=gift-cards (lower case letters and digits, words joined by -)" >&2
    exit 2
fi
template=scripts/templates/service
list=app/src/services.cpp
marker='// make service: above this line'
snake=${name//-/_}
pascal=$(sed -E 's/(^|-)([a-z0-9])/\U\2/g' <<<"$name")
target=services/$name

refuse() { echo "new_service: $*; nothing was changed" >&2; exit 1; }
[ -d $template ] || refuse "$template is missing"
[ ! -e "$target" ] || refuse "$target exists already"
[ -f $list ] || refuse "$list is missing"
grep -qF "$marker" $list || refuse "$list has no line '$marker'"

# The name becomes the namespace edm::<name> and a class: it must mean nothing else.
keywords=" alignas alignof and asm auto bool break case catch char class concept const continue default delete do double
 else enum explicit export extern false float for friend goto if inline int long mutable namespace new not operator or
 private protected public register requires return short signed sizeof static struct switch template this throw true try
 typedef typeid typename union unsigned using virtual void volatile while xor main std edm "
[[ $keywords != *[[:space:]]"$snake"[[:space:]]* ]] || refuse "'$snake' is a word of C++"
taken=$(grep -rlE "\b(struct|class|enum|concept|using|namespace)[[:space:]]+(edm::)?$snake\b" \
    platform/*/include contracts/include simulators/*/include 2>/dev/null | head -1 || true)
[ -z "$taken" ] || refuse "'$snake' means something else in $taken"

replaced() { sed -e "s/@NAME@/$name/g" -e "s/@name@/$snake/g" -e "s/@Name@/$pascal/g"; }
written=()
while IFS= read -r -d '' file; do
    out=$target/$(replaced <<<"${file#"$template"/}")
    out=${out%.in}
    mkdir -p "$(dirname "$out")"
    replaced <"$file" >"$out"
    written+=("$out")
done < <(find $template -type f -print0 | sort -z)

# Written beside the list and moved over it, so that it is never half there.
awk -v marker="$marker" -v include="#include <edm/$snake/$snake.hpp>" -v line="    all.push_back(make_$snake(r));" '
    !included && /^#include <edm\// { print include; included = 1 }
    index($0, marker) { print line }
    { print }' $list >$list.new
mv $list.new $list

# Line breaks and the order of includes depend on the name.
if command -v clang-format-19 >/dev/null; then
    printf '%s\n' "${written[@]}" $list | grep -E '\.(cpp|hpp)$' |
        xargs clang-format-19 -i --style=file --fallback-style=none
fi
printf '  %s\n' "${written[@]}"
echo "  $list: make_$snake added"
echo "Next: make test file=${snake}_test, then change what $target does; docs/develop.md goes through it."
