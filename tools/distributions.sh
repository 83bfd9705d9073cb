#!/usr/bin/env bash
# Wheel and sdist: built, checked, and the wheel tried where nothing else is installed.
#
#     tools/distributions.sh [--built] [PYTHON]
#
# PYTHON has the extras test and dist; by default that of .venv. With --built it ends before what
# takes a minute: the tests of the sdist, and the bare environment.
set -euo pipefail
unset PYTHONPATH
cd "$(dirname "$0")/.."
only_built=
if [ "${1:-}" = --built ]; then
    only_built=yes
    shift
fi
python=$(realpath -s "${1:-.venv/bin/python}")
root=$PWD
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$python" -m build --outdir "$folder/dist" . >"$folder/log" || { cat "$folder/log"; exit 1; }
"$python" -m twine check --strict "$folder"/dist/*

# The sdist has everything that is tracked, and its tests find what they import.
mkdir "$folder/sdist"
tar -xzf "$folder"/dist/*.tar.gz -C "$folder/sdist" --strip-components=1
missing=$(comm -23 <(git ls-files | sort) <(cd "$folder/sdist" && find . -type f | sed 's|^\./||' | sort))
[ -z "$missing" ] || { echo "not in the sdist: $missing"; exit 1; }
if [ -n "$only_built" ]; then
    echo "wheel and sdist are built"
    exit
fi
(cd "$folder/sdist" && PYTHONPATH=$PWD "$python" -m pytest -q --collect-only -p no:cacheprovider >"$folder/log") ||
    { tail -n 20 "$folder/log"; exit 1; }

# The wheel alone, from elsewhere: the checkout must not be what is imported.
"$python" -m venv "$folder/bare"
"$folder/bare/bin/pip" install -q "$folder"/dist/*.whl
cd "$folder"
where=$("$folder/bare/bin/python" -c "import tlsjax; print(tlsjax.__file__)")
[ "${where#"$root"}" = "$where" ] || { echo "imported $where"; exit 1; }
TLSJAX_CACHE=off "$folder/bare/bin/tlsjax" tc --splittings glass:Ec=3 --alpha 1
echo "wheel and sdist are good"
