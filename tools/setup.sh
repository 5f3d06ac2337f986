#!/usr/bin/env bash
# Sets the checkout up, one part at a time; the Makefile calls it when a part is stale.
#   tools/setup.sh check | python | node | links | sandbox | age | ipfs | geth
# Everything lands in .venv, node_modules and .build of the checkout; only the package managers'
# own caches are outside.
set -euo pipefail
cd "$(dirname "$0")/.."

need() {
    echo "setup: $1" >&2
    exit 1
}

# The first Python that fits: Ape needs numpy 1, which ends at Python 3.12.
find_python() {
    local candidate
    for candidate in "${DAIMM_PYTHON:-}" python3 python3.12 python3.11 python; do
        [ -n "$candidate" ] && command -v "$candidate" >/dev/null || continue
        if "$candidate" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 13))' 2>/dev/null; then
            command -v "$candidate"
            return
        fi
    done
    need "Python 3.11 or 3.12 is missing (found: $(python3 --version 2>/dev/null || echo none)): install it, or name it with DAIMM_PYTHON=/path/to/python3.11"
}

check() {
    local tool python version
    for tool in git make; do
        command -v "$tool" >/dev/null || need "$tool is missing: install it with your system's package manager"
    done
    python=$(find_python)
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        need "$python cannot make virtual environments: install its venv package (Debian: apt install python3-venv)"
    command -v node >/dev/null || need "Node.js is missing: install version 20 or newer from https://nodejs.org"
    version=$(node --version)
    version=${version#v}
    [ "${version%%.*}" -ge 20 ] || need "Node.js $version is too old: install version 20 or newer from https://nodejs.org"
    command -v npm >/dev/null || need "npm is missing: install the one that belongs to Node.js $version"
}

# `python` makes .venv from the lock: first uv, by pip and its hash, then all the rest by uv.
install_python() {
    local python
    python=$(find_python)
    if ! .venv/bin/python -c 'import sys' 2>/dev/null; then
        rm -rf .venv
        "$python" -m venv .venv
    fi
    if ! .venv/bin/uv --version >/dev/null 2>&1; then
        sed -n '/^uv==/,/^    # via/p' requirements.lock >.build/uv.lock
        .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r .build/uv.lock
    fi
    .venv/bin/uv pip install --quiet --python .venv/bin/python --require-hashes -r requirements.lock
    .venv/bin/uv pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
}

install_node() {
    npm ci --ignore-scripts --no-fund --no-audit --loglevel=error >/dev/null
}

# Links the native programs and the compiler to where forge and Ape look for them: the launchers in
# node_modules/.bin are Node programs, and what they start outlives them when they are killed.
link_tools() {
    local machine tool native
    mkdir -p .build/bin .build/solcx
    case "$(uname -m)" in
    x86_64) machine=amd64 ;;
    aarch64 | arm64) machine=arm64 ;;
    *) machine=$(uname -m) ;;
    esac
    for tool in forge anvil cast; do
        native="node_modules/@foundry-rs/$tool-$(uname -s | tr '[:upper:]' '[:lower:]')-$machine/bin/$tool"
        [ -x "$native" ] || need "$tool has no build for $(uname -sm): see https://getfoundry.sh"
        ln -sfn "../../$native" ".build/bin/$tool"
    done
    ln -sfn ../../tools/solc .build/solcx/solc-v0.8.37
}

# bubblewrap is a package of the system, which is not ours to install.
find_sandbox() {
    [ "$(uname -s)" != Linux ] || command -v bwrap >/dev/null ||
        echo "setup: bubblewrap is missing: models cannot be run in a sandbox, and its tests are skipped; install it (Debian: apt install bubblewrap)" >&2
}

# A client that tests meet, by the name of its program: the one on PATH, else built once with Go
# from the module that pins it. Where Go is missing, too, its tests are left out.
find_client() {
    local client=$1 package found
    mkdir -p .build/bin
    rm -f ".build/bin/$client"
    if found=$(command -v "$client"); then
        ln -s "$found" ".build/bin/$client"
    elif ! command -v go >/dev/null; then
        echo "setup: neither $client nor Go is here: what needs a real $client is not tested" >&2
    else
        echo "setup: building $client with Go, once; this takes minutes"
        package=$(sed -n 's/^tool //p' "tools/clients/$client/go.mod")
        nice go build -C "tools/clients/$client" -p 2 -o "$PWD/.build/bin/$client" "$package" >".build/$client.log" 2>&1 ||
            need "$client could not be built: .build/$client.log says why"
    fi
}

mkdir -p .build
case "${1:-}" in
check) check ;;
python) install_python ;;
node) install_node ;;
links) link_tools ;;
sandbox) find_sandbox ;;
age | ipfs | geth) find_client "$1" ;;
*) need "say check, python, node, links, sandbox, age, ipfs or geth" ;;
esac
