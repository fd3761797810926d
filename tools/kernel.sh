#!/bin/sh
# Fetch the corpus of examples/kernel.py: the kernel/ directory of Linux, out of Debian's package of
# its source. It is not ours to hand on, so it is never committed. No rights of root are needed.
set -eu
cd "$(dirname "$0")/.."
package=${1:-linux-source-6.1}
corpus=.corpus/$package/kernel
if [ -d "$corpus" ]; then exit 0; fi

instead() {
  echo "$1" >&2
  echo "Any folder of C files serves as well, with other figures:" >&2
  echo "    python examples/kernel.py --corpus FOLDER" >&2
  exit 1
}

for tool in apt-get dpkg-deb tar xz; do
  command -v "$tool" >/dev/null 2>&1 ||
    instead "The kernel's source comes as a Debian package, and there is no $tool to fetch and unpack it with."
done
mkdir -p .corpus
# Beside its place until it is whole: what was begun and not ended is not taken for the corpus.
new=$(mktemp -d "$PWD/.corpus/fetching-XXXXXX")
trap 'rm -rf "$new"' EXIT
trap 'exit 1' HUP INT TERM
echo "Fetching $package (140 MB, once) ..."
(cd "$new" && apt-get download -qq "$package" >log 2>&1) || {
  cat "$new/log" >&2
  instead "$package could not be fetched. 'sudo apt-get update' may help; 'apt-cache search linux-source' lists what there is, for tools/kernel.sh PACKAGE."
}
dpkg-deb --fsys-tarfile "$new"/*.deb |
  tar -xO "./usr/src/$package.tar.xz" | tar -xJ -C "$new" "$package/kernel"
rm -rf ".corpus/$package"
mv "$new/$package" ".corpus/$package"
