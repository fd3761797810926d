#!/bin/sh
# Run tests with the oldest and newest versions of what RNNbow stands on: matrix.sh [name...], as
# tests/matrix.txt names them; all that need no torch without one. Each has an environment of its own
# below .venv-matrix, made once and made good when its line changes.
set -u
cd "$(dirname "$0")/.."

# As in the development set-up, unless the line names a version that its Python can have.
pin() { case " $packages" in *" $1=="*) ;; *) grep "^$1==" requirements-dev.txt ;; esac }
line() { grep "^$1 " tests/matrix.txt; }
# From PATH, or from pyenv, whose versions need not be on it.
find_python() {
    for python in "$(command -v "python$1" 2>/dev/null)" "${PYENV_ROOT:-$HOME/.pyenv}"/versions/"$1".*/bin/python; do
        "$python" -c 'import sys' 2>/dev/null && echo "$python" && return
    done
    echo "matrix.sh: no Python $1 found" >&2
    return 1
}

failed= passed=
[ $# -gt 0 ] || set -- $(grep -v '^#' tests/matrix.txt | grep -v torch== | cut -d' ' -f1)
for name; do
    if ! line "$name" >/dev/null; then
        echo "matrix.sh: no line $name in tests/matrix.txt" >&2
        exit 2
    fi
    packages=$(line "$name" | sed 's/|.*//; s/^[^ ]* *[^ ]* *//')
    tests=$(line "$name" | sed 's/.*| *//')
    environment=.venv-matrix/$name
    if [ "$(cat "$environment/installed" 2>/dev/null)" != "$packages" ]; then
        echo "Installing into $environment (once) ..."
        python=$(find_python "$(line "$name" | awk '{ print $2 }')") &&
            "$python" -m venv --clear "$environment" &&
            "$environment/bin/pip" install --quiet --disable-pip-version-check $packages \
                $(pin pytest) $(pin hypothesis) $(pin fsspec) &&
            "$environment/bin/pip" install --quiet --disable-pip-version-check --no-deps . &&
            echo "$packages" >"$environment/installed" || { failed="$failed $name"; continue; }
    fi
    echo "$name: $packages"
    if OMP_NUM_THREADS=1 "$environment/bin/python" -m pytest -q -p no:cacheprovider $tests; then
        passed="$passed $name"
    else
        failed="$failed $name"
    fi
done
echo "passed:${passed:- none}"
[ -z "$failed" ] || { echo "FAILED:$failed" >&2; exit 1; }
