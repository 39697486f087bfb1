#!/bin/bash
# Runs the tests in JavaScript against build/dev/exarch, or the one that EXARCH_BINARY names. They
# run in build/javascript, where npm puts what package-lock.json pins; nothing is put beside them.
set -euo pipefail
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
cd "$here/../../.."

export EXARCH_BINARY="${EXARCH_BINARY:-$PWD/build/dev/exarch}"
node_major() { node --print 'process.versions.node.split(".")[0]' 2>/dev/null || echo 0; }
if (($(node_major) < 20)) || ! command -v npm >/dev/null; then
    echo "tests/conformance/javascript: needs Node.js 20 or later, and npm" >&2
    exit 3
fi

mkdir -p build/javascript
cp "$here"/*.js "$here"/package*.json build/javascript/
cd build/javascript
npm ci --no-audit --no-fund --loglevel=error
exec node --test
