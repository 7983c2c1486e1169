#!/usr/bin/env bash
# Measures admission beside the least that this platform can do (a bare Kestrel endpoint), in turn on this machine, and prints ratios.
#   bash bench/admission.sh [--rounds=N] [--seconds=S] [--reviews=N] [--only=load,start,memory] [--output=FILE]
# Ends with 1 when a target is missed. FILE gets the results for bench/compare.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/publish.sh
dotnet "$work/bench/Bench.dll" admission --webhook="$work/webhook" --fixtures=tests/Webhook.Tests/Fixtures --work="$work" "$@"
