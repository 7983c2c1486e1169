#!/usr/bin/env bash
# Measures how long clusters on healthy PostgreSQL servers wait for their databases, without and with a slow server beside them, in turn, and prints ratios.
#   bash bench/isolation.sh [--count=N] [--pace=MS] [--delay=MS] [--rounds=N] [--output=FILE]
# KUBEBUILDER_ASSETS=<folder with kube-apiserver and etcd> takes a real API server instead of the embedded one.
# Ends with 1 when a target is missed. FILE gets the results for bench/compare.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/publish.sh
dotnet "$work/bench/Bench.dll" isolation --webhook="$work/webhook" --repository="$PWD" --work="$work" "$@"
