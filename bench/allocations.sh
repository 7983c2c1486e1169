#!/usr/bin/env bash
# Measures with BenchmarkDotNet what one review allocates and takes within the process, without the network: bash bench/allocations.sh
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
work=$(mktemp -d "${TMPDIR:-/tmp}/datasource-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
dotnet build bench/Bench.csproj --configuration Release --nologo --verbosity quiet -consoleLoggerParameters:NoSummary
dotnet bench/bin/Release/net10.0/Bench.dll allocations tests/Webhook.Tests/Fixtures "$work"
