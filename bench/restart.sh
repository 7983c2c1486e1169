#!/usr/bin/env bash
# Measures a restart of the controller with many ready ClusterDataSources on several PostgreSQL servers, and what it needs while nothing changes.
#   bash bench/restart.sh [--count=N] [--real=N] [--servers=N] [--seconds=N] [--output=FILE]
# KUBEBUILDER_ASSETS=<folder with kube-apiserver and etcd> takes a real API server instead of the embedded one.
# Ends with 1 when a target is missed. FILE gets the results for bench/compare.sh.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source bench/publish.sh
dotnet "$work/bench/Bench.dll" restart --webhook="$work/webhook" --repository="$PWD" --work="$work" "$@"
