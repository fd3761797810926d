#!/bin/sh
# Generate the Python code of the record format; with --check, only compare with what is committed.
set -eu
cd "$(dirname "$0")/.."
home=rnnbow_plugin/wire
out=.
if [ "${1:-}" = --check ]; then
  out=$(mktemp -d)
  trap 'rm -rf "$out"' EXIT
fi
.venv/bin/python -m grpc_tools.protoc --proto_path=. --python_out="$out" --pyi_out="$out" $home/rnnbow.proto
if [ "$out" != . ]; then
  for file in rnnbow_pb2.py rnnbow_pb2.pyi; do
    cmp "$out/$home/$file" "$home/$file" || { echo "$home/$file is not what rnnbow.proto gives: run make proto" >&2; exit 1; }
  done
fi
