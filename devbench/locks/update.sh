#!/bin/sh
# Resolves the Python requirements anew: `make lock`. Needs the network; the result is to be tested and committed.
# Overrides and tools are chosen in overrides.txt and tools.in; the framework's own requirements come from its package.
set -e
cd "$(dirname "$0")"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=$(sh ../launch.sh --python)
"$python" -m venv "$work/env"
"$work/env/bin/python" -m pip install --quiet --disable-pip-version-check uv
"$work/env/bin/python" -m pip download --quiet --disable-pip-version-check --no-deps --require-hashes -r framework.lock -d "$work"
"$python" -c 'import email, glob, sys, zipfile
wheel = zipfile.ZipFile(glob.glob(sys.argv[1] + "/*.whl")[0])
name = next(name for name in wheel.namelist() if name.endswith(".dist-info/METADATA"))
print("\n".join(email.message_from_bytes(wheel.read(name)).get_all("Requires-Dist")))' "$work" > "$work/framework.in"
compile() {
	"$work/env/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.10 --generate-hashes \
		--no-emit-index-url --no-emit-find-links --no-annotate --no-header "$@"
}
compile --override overrides.txt "$work/framework.in" tools.in -o python.lock
compile tools.in -c python.lock -o tools.lock
echo "Locks are renewed: run make test, then commit devbench/locks."
