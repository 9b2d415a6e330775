#!/usr/bin/env bash
# Install the wheel alone into a bare environment and analyse a clip from another folder: what
# someone without this repository gets. Then install it as `uv tool` and `pipx` do. Run by
# `make wheel-check` with the clip's path; PYTHON names the interpreter of the environments,
# otherwise it is that of .venv.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

python=$PWD/.venv/bin/python
uv=$PWD/.venv/bin/uv
target=${PYTHON:-$python}
clip=$(realpath "${1:?usage: tools/wheel_check.sh CLIP}")
requirements=$PWD/requirements.txt
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

"$python" -m hatchling build --target wheel --directory "$work/dist"
wheel=$(echo "$work"/dist/*.whl)
"$target" -m venv --without-pip "$work/env"
install() { "$python" -m pip --python "$work/env/bin/python" install --quiet "$@"; }
install --require-hashes -r "$requirements"
install --no-index --no-deps "$wheel"

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
"$work/env/bin/python" -m formcheck --version
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

# The same versions, without hashes: the wheel itself has none to be checked by.
sed -n 's/ *\\$//; /^[a-z]/p' "$requirements" > "$work/constraints.txt"
UV_TOOL_DIR=$work/uv UV_TOOL_BIN_DIR=$work/uv/bin \
    "$uv" tool install --quiet --python "$target" --constraints "$work/constraints.txt" "$wheel"
PIPX_HOME=$work/pipx PIPX_BIN_DIR=$work/pipx/bin PIPX_MAN_DIR=$work/pipx/man \
    "$uv" tool run --quiet pipx install --quiet --python "$target" \
    --pip-args "--constraint $work/constraints.txt" "$wheel"
for way in uv pipx; do
    "$work/$way/bin/formcheck" --version > "$way.txt"
    "$work/$way/bin/formcheck" exercises show half-kneeling > /dev/null
    echo "wheel-check: installed by $way, it says $(head -n 1 "$way.txt")"
done
