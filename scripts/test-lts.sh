#!/usr/bin/env bash
# Runs the built pj and the quickstart on the current LTS of Node, which comes as an npm package.
set -euo pipefail
cd "$(dirname "$0")/.."
major=26
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
npm install --prefix "$dir" --no-save --no-fund --no-audit --ignore-scripts --silent "node-linux-$(node -p 'process.arch')@$major"
node=$(find "$dir/node_modules" -path '*/bin/node' -type f | head -n 1)
[ -x "$node" ] || { echo "no node binary in the package"; exit 1; }
echo "Node $("$node" --version)"
export PATH="$(dirname "$node"):$PATH"
"$node" node_modules/vitest/vitest.mjs run --project e2e test/e2e/examples.test.ts
