#!/bin/sh
# Installs the foreign SMTP server of the tests into a virtual environment: venv.sh FOLDER
# Pinned; does nothing where it is there already. Several tests may ask at once.
set -eu
folder=$1
want="aiosmtpd==1.4.6 trustme==1.2.1 cryptography==44.0.0"
stamp="$folder/mail-packages"

mkdir -p "$folder"
exec 9>"$folder/lock"
flock 9
if [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$want" ]; then
    exit 0
fi
[ -x "$folder/bin/python3" ] || python3 -m venv "$folder"
# shellcheck disable=SC2086
"$folder/bin/python3" -m pip install --quiet --disable-pip-version-check $want
echo "$want" >"$stamp"
