#!/bin/sh
# Sets up what Topicscope needs on this machine: system libraries, a virtual environment in .venv, and its packages.
#   packaging/set_up.sh run     what `make run` needs
#   packaging/set_up.sh dev     that, and what tests and checks need
#   packaging/set_up.sh package what `make package` needs
#   packaging/set_up.sh smoke   what `make smoke` needs
set -eu
cd "$(dirname "$0")/.."
purpose=${1:-run}
here=$(pwd -P)

LIBRARIES="libEGL.so.1:libegl1 libGL.so.1:libgl1 libfontconfig.so.1:libfontconfig1 libdbus-1.so.3:libdbus-1-3
    libglib-2.0.so.0:libglib2.0-0 libxkbcommon.so.0:libxkbcommon0 libxkbcommon-x11.so.0:libxkbcommon-x11-0
    libxcb-cursor.so.0:libxcb-cursor0 libxcb-icccm.so.4:libxcb-icccm4 libxcb-keysyms.so.1:libxcb-keysyms1
    libxcb-shape.so.0:libxcb-shape0"
WAYLAND_LIBRARIES="libwayland-client.so.0:libwayland-client0 libwayland-cursor.so.0:libwayland-cursor0
    libwayland-egl.so.1:libwayland-egl1"
BUILDING="strip:binutils dpkg-shlibdeps:dpkg-dev xz:xz-utils"

find_python() {
    for candidate in python3 python3.13 python3.12 python3.11; do
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Topicscope needs Python 3.11, 3.12 or 3.13; none of them was found." >&2
    return 1
}

# An environment that was copied or moved would run the code of the checkout it came from.
environment_is_whole() {
    [ -x .venv/bin/python ] && [ -x .venv/bin/pip ] && grep -qsF "$here/.venv" .venv/bin/activate
}

# The application carries the interpreter as a library, which the program on the system does not need.
library_of_python() {
    "$python" -c 'import sys
name = "libpython%d.%d" % sys.version_info[:2]
print(name + ".so.1.0:" + name if sys.base_prefix == "/usr" else "")'
}

missing_packages() {
    known=$( (ldconfig -p || /sbin/ldconfig -p) 2>/dev/null)
    libraries="$LIBRARIES ${WAYLAND_DISPLAY:+$WAYLAND_LIBRARIES}"
    programs=
    case "$purpose" in
        package)
            libraries="$LIBRARIES $WAYLAND_LIBRARIES $(library_of_python)"
            programs=$BUILDING
            ;;
        smoke)
            [ -n "${DISPLAY:-}" ] || programs="Xvfb:xvfb"
            # Only root can install a Debian package in a Debian of its own.
            [ "$(id -u)" -ne 0 ] || programs="$programs debootstrap:debootstrap"
            ;;
    esac
    for pair in $programs; do
        command -v "${pair%%:*}" >/dev/null || echo "${pair##*:}"
    done
    for pair in $libraries; do
        case "$known" in
            *"${pair%%:*}"*) ;;
            *) echo "${pair##*:}" ;;
        esac
    done
    if ! environment_is_whole && ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
        "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
}

install_system_packages() {
    [ "$(uname -s)" = Linux ] || return 0
    command -v apt-get >/dev/null || return 0
    # shellcheck disable=SC2046
    set -- $(missing_packages)
    [ $# -gt 0 ] || return 0
    if [ "$(id -u)" -ne 0 ]; then
        echo "Some system packages are missing. Install them with this line, then run make again:" >&2
        echo "    sudo apt-get update && sudo apt-get install -y --no-install-recommends $*" >&2
        exit 1
    fi
    echo "Installing $*"
    export DEBIAN_FRONTEND=noninteractive
    said=$( (apt-get update -qq && apt-get install -y -qq --no-install-recommends "$@") 2>&1 </dev/null) || {
        echo "$said" >&2
        exit 1
    }
}

make_environment() {
    environment_is_whole && return
    "$python" -m venv --clear .venv
}

install_python_packages() {
    # What these two run makes environments of its own.
    case "$purpose" in package | smoke) return ;; esac
    stamp=.venv/.set-up-$purpose
    # Every sh in use knows -nt, the standard only since 2024.
    # shellcheck disable=SC3013
    if [ -e "$stamp" ] && [ ! pyproject.toml -nt "$stamp" ]; then
        return
    fi
    what=.
    [ "$purpose" != dev ] || what=".[dev]"
    echo "Installing Python packages into .venv (about 150 MB the first time)"
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --editable "$what"
    touch .venv/.set-up-run "$stamp"
}

python=$(find_python)
install_system_packages
make_environment
install_python_packages
