#!/bin/sh
# Opens the window on the embedded demo broker; without a display it does the same offscreen and says what came of it.
set -eu
cd "$(dirname "$0")/.."
# Payloads that are not text hold characters of scripts that no font here has; Qt tells each font of it.
export QT_LOGGING_RULES="${QT_LOGGING_RULES:-qt.text.font.db.warning=false}"
if [ -n "${DISPLAY:-}${WAYLAND_DISPLAY:-}" ] || [ "$(uname -s)" != Linux ]; then
    exec .venv/bin/topicscope --demo
fi
echo "There is no display here: running the window offscreen for 8 seconds on the demo broker."
mkdir -p build
code=0
QT_QPA_PLATFORM=offscreen .venv/bin/topicscope --demo --after 8 --size 1440x900 \
    --screenshot build/topicscope.png --report build/topicscope.json 2>build/topicscope.log || code=$?
# Said by the offscreen platform at every window; there is nobody to hint sizes to.
grep -v 'This plugin does not support' build/topicscope.log >&2 || true
[ "$code" -eq 0 ] || exit "$code"
.venv/bin/python - <<'PYTHON'
import json
import pathlib

report = json.loads(pathlib.Path("build/topicscope.json").read_text(encoding="utf-8"))
ledger = report["ledger"]
print(", ".join(f"{name} {count:,}" for name, count in ledger.items() if count is not None))
print(f"{report['topics']:,} topics, connection {report['connection']['state']}, "
      f"first paint after {report['first_paint_s']:.2f} s")
print("Screenshot: build/topicscope.png, report: build/topicscope.json")
PYTHON
