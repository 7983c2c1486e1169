#!/usr/bin/env bash
# Measures provisioning beside psql processes that run the same statements on the same server, in turn, and prints ratios.
#   bash bench/provisioning.sh [--count=N] [--workers=N] [--rounds=N] [--output=FILE]
# KUBEBUILDER_ASSETS=<folder with kube-apiserver and etcd> takes a real API server instead of the embedded one.
# Ends with 1 when a target is missed. FILE gets the results for bench/compare.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/publish.sh
dotnet "$work/bench/Bench.dll" provisioning --webhook="$work/webhook" --repository="$PWD" --work="$work" "$@"
