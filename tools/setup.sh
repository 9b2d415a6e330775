#!/usr/bin/env bash
# Prepare this machine. Run by the Makefile:
#
#   tools/setup.sh environment    system libraries, .venv with the hash-pinned packages, formcheck itself
#   tools/setup.sh test-programs  the programs that only the tests need
#
# PYTHON names the interpreter to use; otherwise the first python >= 3.11 that is found.
set -euo pipefail
cd -P "$(dirname "${BASH_SOURCE[0]}")/.."

VENV=.venv

# Shared libraries that the packages link to and do not bring, with the Debian package of each.
# mediapipe: libEGL, libGLESv2. sounddevice: libportaudio. cv2, through the Qt it brings: the others;
# libSM, libICE, libXext, libX11 and libX11-xcb are first needed when a window opens.
LIBRARIES="
libEGL.so.1            libegl1
libGLESv2.so.2         libgles2
libGL.so.1             libgl1
libglib-2.0.so.0       libglib2.0-0
libgthread-2.0.so.0    libglib2.0-0
libxcb.so.1            libxcb1
libX11.so.6            libx11-6
libX11-xcb.so.1        libx11-xcb1
libXext.so.6           libxext6
libSM.so.6             libsm6
libICE.so.6            libice6
libportaudio.so.2      libportaudio2
"

# Programs that formcheck starts, with the Debian package of each. espeak-ng: the voice.
PROGRAMS="
espeak-ng              espeak-ng
"

# Programs that the tests start, with the Debian package of each. strace: what reaches the network.
# Xvfb: a screen to open windows on. xdotool: keys. import: what is on that screen. chromium: pages in
# a browser.
TEST_PROGRAMS="
strace                 strace
Xvfb                   xvfb
xdotool                xdotool
import                 imagemagick
chromium               chromium
"

say() { printf 'setup: %s\n' "$*" >&2; }

fail() {
    say "$*"
    exit 1
}

recent_enough() {
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

find_python() {
    local candidate
    if [ -n "${PYTHON:-}" ]; then
        recent_enough "$PYTHON" || fail "PYTHON=$PYTHON is not a Python 3.11 or newer"
        echo "$PYTHON"
        return
    fi
    for candidate in python3 python3.14 python3.13 python3.12 python3.11 python; do
        if recent_enough "$candidate"; then
            echo "$candidate"
            return
        fi
    done
    fail "Python 3.11 or newer was not found; install it, or name it: make PYTHON=/path/to/python3"
}

# Print the Debian packages of what formcheck itself needs and Linux here lacks.
missing_packages() {
    [ "$(uname -s)" = Linux ] || return 0
    missing_libraries "$1"
    missing_programs "$PROGRAMS"
}

# Print the Debian packages of the libraries that the dynamic linker does not find.
missing_libraries() {
    "$1" - "$LIBRARIES" <<'PYTHON_CODE' | sort -u
import ctypes
import sys

for line in sys.argv[1].split("\n"):
    if line:
        library, package = line.split()
        try:
            ctypes.CDLL(library)
        except OSError:
            print(package)
PYTHON_CODE
}

# Print the Debian packages of those of the programs listed in $1 that are not on the PATH.
missing_programs() {
    local program package
    while read -r program package; do
        if [ -n "$program" ] && ! command -v "$program" >/dev/null; then
            echo "$package"
        fi
    done <<<"$1"
}

# Install Debian packages, or say what to type and stop.
install_packages() {
    local as_root=()
    if ! command -v apt-get >/dev/null; then
        fail "please install what these Debian packages hold, then try again: $*"
    fi
    if [ "$(id -u)" -ne 0 ]; then
        if ! sudo -n true 2>/dev/null; then
            say "these system packages are missing, and installing them needs your password. Type:"
            say "  sudo apt-get update && sudo apt-get install --no-install-recommends -y $*"
            fail "then run make again"
        fi
        as_root=(sudo -n)
    fi
    say "installing system packages: $*"
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
        apt-get install -qq --no-install-recommends -y "$@"
}

# True if .venv works: its python is recent enough, has pip, and the folder was not moved since.
usable_venv() {
    recent_enough "$VENV/bin/python" &&
        "$VENV/bin/python" -m pip --version >/dev/null 2>&1 &&
        grep -qF "$PWD/$VENV/bin/" "$VENV/bin/pip"
}

prepare_test_programs() {
    local missing=()
    mapfile -t missing < <(missing_programs "$TEST_PROGRAMS")
    if [ "${#missing[@]}" -gt 0 ]; then
        install_packages "${missing[@]}"
    fi
}

prepare_environment() {
    local python missing=()
    python=$(find_python)
    mapfile -t missing < <(missing_packages "$python")
    if ! usable_venv && ! "$python" -c 'import ensurepip' 2>/dev/null; then
        # Debian keeps the part of Python that puts pip into an environment in a package of its own.
        missing+=("$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')")
    fi
    if [ "${#missing[@]}" -gt 0 ]; then
        install_packages "${missing[@]}"
    fi
    if ! usable_venv; then
        say "making $VENV with $("$python" --version)"
        rm -rf "$VENV"
        "$python" -m venv "$VENV"
    fi
    export PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1
    say "installing the packages of requirements-dev.txt"
    "$VENV/bin/python" -m pip install --quiet --require-hashes -r requirements-dev.txt
    "$VENV/bin/python" -m pip install --quiet --no-index --no-deps --no-build-isolation --editable .
    say "done"
}

case "${1:-}" in
    environment) prepare_environment ;;
    test-programs) prepare_test_programs ;;
    *) fail "usage: tools/setup.sh environment|test-programs" ;;
esac
