#!/bin/sh
# Train models that nobody here wrote, with a recorder attached: run.sh [name...], all without one.
# A name is that of a script here. Each has an environment of its own, made once and made good
# when its requirements change: these packages do not agree on the versions of what they stand on.
# TORCH replaces the pinned torch, as in the Makefile.
set -eu
cd "$(dirname "$0")/../.."

python=${PYTHON:-python3.11}
torch=${TORCH:-$(grep '^torch==' requirements.txt)}
failed=

[ $# -gt 0 ] || set -- $(cd tests/integration && ls requirements-*.txt |
    sed 's/^requirements-\(.*\)\.txt$/\1/')
for name; do
    requirements=tests/integration/requirements-$name.txt
    environment=.venv-integration/$name
    pip="$environment/bin/python -m pip install --quiet --disable-pip-version-check"
    if ! [ -f "$requirements" ]; then
        echo "run.sh: no tests/integration/$name.py with requirements beside it" >&2
        exit 2
    fi
    mark=$environment/installed
    if ! [ -f "$mark" ] || [ -n "$(find "$requirements" requirements.txt -newer "$mark")" ]; then
        echo "Installing into $environment (once) ..."
        "$python" -m venv "$environment"
        # First and alone: the other packages' ranges would bring the newest build, gigabytes of it.
        $pip "$torch"
        $pip -r "$requirements"
        $pip --no-deps --no-build-isolation -e .
        touch "$mark"
    fi
    OMP_NUM_THREADS=1 "$environment/bin/python" -m "tests.integration.$name" ||
        failed="$failed $name"
done
[ -z "$failed" ] || { echo "FAILED:$failed" >&2; exit 1; }
