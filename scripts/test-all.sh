#!/usr/bin/env bash
# The whole test suite on a bare Debian 12 with Node 20.19 or later: installs what the tests need, runs every check, ends with one line of counts.
#   PJ_TEST_ENGINES=require (the default here): an engine that is not there fails its tests instead of skipping them.
set -uo pipefail
cd "$(dirname "$0")/.."
export CI="${CI:-true}" PJ_TEST_ENGINES="${PJ_TEST_ENGINES:-require}" PJ_PROPERTY_RUNS="${PJ_PROPERTY_RUNS:-10000}"

passed=0 failed=0 skipped=0
failures=()
# Names of the tests that failed or were skipped: told again at the end, which is all that a cut log shows.
names=$(mktemp)

# One check: its output is shown, its exit code counted as one test.
check() { # name, command…
  local name=$1; shift
  echo; echo "== $name"
  local from=$SECONDS
  if "$@"; then passed=$((passed + 1)); echo "== $name: ok ($((SECONDS - from)) s)"
  else failed=$((failed + 1)); failures+=("$name"); echo "== $name: FAILED ($((SECONDS - from)) s)"; fi
}

packages() {
  local wanted=(bubblewrap util-linux procps zsh fish qemu-system-x86 busybox-static graphviz openssl openjdk-17-jdk-headless) missing=()
  for p in "${wanted[@]}"; do
    [ "$(dpkg-query -W -f '${db:Status-Status}' "$p" 2>/dev/null)" = installed ] || missing+=("$p")
  done
  [ ${#missing[@]} -eq 0 ] && return 0
  for _ in 1 2 3; do
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
      -o DPkg::Lock::Timeout=120 -o DPkg::Use-Pty=0 "${missing[@]}" >/dev/null && return 0
    sleep 3
  done
  return 1
}

# Vitest's counts are added to ours: every test is one.
tests() { # name, arguments for vitest…
  local name=$1 report; shift
  report=$(mktemp)
  echo; echo "== $name"
  local from=$SECONDS rc=0
  npx vitest run --reporter=default --reporter=json --outputFile.json="$report" "$@" || rc=$?
  local counts
  if counts=$(node -e '
    const r = JSON.parse(require("fs").readFileSync(process.argv[1], "utf8"));
    console.log(r.numPassedTests, r.numFailedTests + (r.testResults.some((t) => t.status === "failed" && t.assertionResults.length === 0) ? 1 : 0), r.numPendingTests + (r.numTodoTests ?? 0));
  ' "$report"); then
    node -e '
      const { readFileSync } = require("fs");
      const of = (file) => file.replace(process.cwd() + "/", "");
      for (const t of JSON.parse(readFileSync(process.argv[1], "utf8")).testResults) {
        if (t.status === "failed" && t.assertionResults.length === 0) console.log(`${of(t.name)}: ${t.message}`);
        for (const a of t.assertionResults.filter((a) => a.status !== "passed"))
          console.log([`${a.status}: ${of(t.name)} > ${a.fullName}`, ...a.failureMessages.map((m) => m.split("\n", 12).join("\n"))].join("\n"));
      }
    ' "$report" >>"$names"
    read -r p f s <<<"$counts"
  else p=0 f=1 s=0; fi
  [ "$rc" -ne 0 ] && [ "$f" -eq 0 ] && f=1
  [ "$p" -eq 0 ] && [ "$f" -eq 0 ] && f=1
  if [ "$PJ_TEST_ENGINES" = require ] && [ "$s" -gt 0 ]; then f=$((f + s)); failures+=("$name: $s skipped where none may be"); s=0; fi
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
  [ "$f" -gt 0 ] && failures+=("$name")
  echo "== $name: $p passed, $f failed, $s skipped ($((SECONDS - from)) s)"
  rm -f "$report"
}

# Before npm ci: its build compiles the program of host JVMs.
check "Debian packages" packages
check "npm ci" npm ci --no-fund --no-audit
# Engines that were up before stay up.
session="test-all-$$"
engines_down() { npm run --silent engines:down -- --session "$session"; }
trap 'engines_down >/dev/null 2>&1' EXIT
check "engines" npm run --silent engines:up -- --session "$session"
check "lint" npx biome check --error-on-warnings .
check "types" npx tsc --noEmit -p .
check "typed lint" npx eslint --max-warnings 0 src test scripts
check "layers" npx depcruise --config .dependency-cruiser.cjs src
check "nothing unused" npx knip
check "generated files are fresh" npm run --silent generate:check
tests "unit, property, conformance" --project unit
tests "end to end" --project e2e
tests "crash" --project crash --maxWorkers=2
check "current LTS of Node" ./scripts/test-lts.sh
trap - EXIT
echo; engines_down

echo
cat "$names"; rm -f "$names"
[ ${#failures[@]} -gt 0 ] && printf 'failed: %s\n' "${failures[@]}"
echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" -eq 0 ]
