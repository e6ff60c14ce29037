#!/bin/sh
# Makes the Python environment of the real peers that tests talk to: .build-peers/scim2 at the root of the repository.
# Safe to repeat: it does nothing when the environment already holds what requirements.txt asks for.
set -eu

peers=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$peers/../.." && pwd)
venv="$root/.build-peers/scim2"
wanted="$peers/requirements.txt"
stamp="$venv/installed-requirements.txt"

if cmp -s "$wanted" "$stamp" && "$venv/bin/python" -c "import scim2_server, gunicorn, hypercorn, h2" 2>/dev/null; then
    echo "test peers: ready in $venv"
    exit 0
fi

if ! python3 -c "import sys; sys.exit(sys.version_info < (3, 11))"; then
    echo "test peers: python3 of version 3.11 or later is needed" >&2
    exit 1
fi
if ! python3 -c "import venv, ensurepip" 2>/dev/null; then
    echo "test peers: python3 lacks venv; on Debian: apt-get install python3-venv" >&2
    exit 1
fi

echo "test peers: making $venv"
rm -rf "$venv"
mkdir -p "$(dirname "$venv")"
python3 -m venv "$venv"
echo "test peers: installing the packages of $wanted"
"$venv/bin/python" -m pip install --quiet --disable-pip-version-check --requirement "$wanted"
# Last, so that an installation cut short is made anew the next time.
cp "$wanted" "$stamp"
echo "test peers: ready in $venv"
