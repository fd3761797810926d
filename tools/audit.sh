#!/bin/sh
# Ask the advisory databases of Python and npm whether a known hole is in what is locked. Says no
# also where they cannot be asked: silence is no answer.
set -u
cd "$(dirname "$0")/.."

failed=
for lock in requirements-dev.lock requirements-tools.lock; do
    echo "$lock:"
    report=$(.venv-tools/bin/pip-audit --require-hashes --disable-pip --progress-spinner off -r "$lock" 2>&1) ||
        failed=yes
    echo "$report"
    case $report in
    *"could not be audited"*)
        echo "audit.sh: the advisories for Python were not reached; nothing was looked up" >&2
        failed=yes
        ;;
    esac
done
echo "frontend/package-lock.json:"
(cd frontend && npm audit) || failed=yes
[ -z "$failed" ] || { echo "audit.sh: a hole, or no answer; see above" >&2; exit 1; }
