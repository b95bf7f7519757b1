#!/bin/sh
# Runs `python -m devbench "$@"` with a Python that Frappe 15 works on, even if `python3` is another one.
# With --python it only prints which one that is.
cd "$(dirname "$0")/.." || exit 1
[ "$(uname -s)" = Linux ] || { echo "The private bench runs on Debian or Ubuntu; elsewhere use it inside a Debian container." >&2; exit 1; }
fits='import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))'
for python in "$PYTHON" python3 python3.12 python3.11 python3.10 /usr/bin/python3 \
	"$HOME"/.pyenv/versions/3.12*/bin/python3 "$HOME"/.pyenv/versions/3.11*/bin/python3 "$HOME"/.pyenv/versions/3.10*/bin/python3; do
	[ -n "$python" ] || continue
	if "$python" -c "$fits" >/dev/null 2>&1; then
		[ "$1" = --python ] && exec "$python" -c 'import sys; print(sys.executable)'
		exec "$python" -m devbench "$@"
	fi
	if [ "$python" = "$PYTHON" ]; then
		echo "PYTHON=$PYTHON is not a Python 3.10, 3.11 or 3.12: point it to one, or leave it out." >&2
		exit 1
	fi
done
echo "Python 3.10, 3.11 or 3.12 is needed and none was found: install one (Debian 12, Ubuntu 22.04 and 24.04 have it as python3), or name it with PYTHON=/path/to/python3." >&2
exit 1
