#!/usr/bin/env bash
# Compares the results of two runs: bash bench/compare.sh OLD NEW
# Ends with 1 when a ratio lost more than 15 % or is missing, with 2 when the files cannot be compared.
set -euo pipefail
[ $# -eq 2 ] || { sed -n '2,3p' "$0" >&2; exit 2; }
old=$(realpath "$1") new=$(realpath "$2")
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
dotnet build bench/Bench.csproj --configuration Release --nologo --verbosity quiet -consoleLoggerParameters:NoSummary
exec dotnet bench/bin/Release/net10.0/Bench.dll compare "$old" "$new"
