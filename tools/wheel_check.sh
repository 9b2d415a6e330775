#!/usr/bin/env bash
# Install the wheel alone into a bare environment and analyse a clip from another folder: what
# someone without this repository gets. Run by `make wheel-check` with the clip's path.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$PWD/.venv/bin/python
clip=$(realpath "${1:?usage: tools/wheel_check.sh CLIP}")
requirements=$PWD/requirements.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m hatchling build --target wheel --directory "$work/dist"
"$python" -m venv --without-pip "$work/env"
install() { "$python" -m pip --python "$work/env/bin/python" install --quiet "$@"; }
install --require-hashes -r "$requirements"
install --no-index --no-deps "$work"/dist/*.whl

mkdir "$work/elsewhere"
cd "$work/elsewhere"
unset PYTHONPATH
installed=$("$work/env/bin/python" -c 'import formcheck; print(formcheck.__file__)')
case "$installed" in
    "$work"/env/*) ;;
    *)
        echo "wheel-check: formcheck was imported from $installed, not from the wheel" >&2
        exit 1
        ;;
esac
"$work/env/bin/formcheck" analyze "$clip" --out out
"$python" - out <<'PYTHON_CODE'
import json
import pathlib
import sys

results = [json.loads(p.read_text()) for p in pathlib.Path(sys.argv[1]).rglob("*.json")]
verdicts = [r["verdict"] for r in results if isinstance(r, dict) and r.get("schema") == 1]
assert verdicts and "not_seen" not in verdicts, f"no judged result: {verdicts}"
print("wheel-check: the installed wheel says", *verdicts)
PYTHON_CODE
