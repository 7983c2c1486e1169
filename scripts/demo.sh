#!/usr/bin/env bash
# Shows the main job on this machine: a PostgreSQL, a Kubernetes API server (the tests' control plane), the webhook with its
# provisioner, and kubectl. Leaves nothing behind.
#   bash scripts/demo.sh              run the steps and clean up
#   bash scripts/demo.sh --keep       leave it all running; prints how to look around and how to stop it
#   bash scripts/demo.sh --stop DIR   stop what --keep left running
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# No compiler or build server outlives this script.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false
source scripts/demo/processes.sh

keep=false
case "${1:-}" in
    "") ;;
    --keep) keep=true ;;
    --stop) stop_kept_demo "${2:?usage: demo.sh --stop DIR}"; exit ;;
    *) sed -n '2,6p' "$0" >&2; exit 2 ;;
esac

bash scripts/prerequisites.sh
echo "building ..."
dotnet build src/Webhook --configuration Release --nologo --verbosity quiet -consoleLoggerParameters:NoSummary
dotnet build tests/ControlPlane --configuration Release --nologo --verbosity quiet -consoleLoggerParameters:NoSummary

directory=$(mktemp -d "${TMPDIR:-/tmp}/datasource-demo.XXXXXX")
chmod 711 "$directory"    # PostgreSQL runs as another user when this is root
started=$SECONDS
finished=false
steps_total=$(grep -c '^step ' scripts/demo/steps.sh)
steps_passed=0
trap on_exit EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

on_exit() {
    local status=$?
    trap - EXIT INT TERM
    if ! $finished; then
        echo
        show_logs "$directory"
        echo "demo: failed after $steps_passed of $steps_total steps; the logs are above"
        [ "$status" -ne 0 ] || status=1
    fi
    if ! { $finished && $keep; }; then
        stop_demo "$directory"
    fi
    exit "$status"
}

start_postgres
start_control_plane
start_webhook
export KUBECONFIG="$directory/kubeconfig" KUBECACHEDIR="$directory/kubectl-cache"

source scripts/demo/steps.sh

finished=true
if $keep; then
    cat <<TEXT

It is still running. Try:
  export KUBECONFIG=$KUBECONFIG
  kubectl get datasources,clusterdatasources --all-namespaces
  kubectl --namespace kcm-system get secret team-b-kine --output yaml
  kubectl --namespace kcm-system delete datasource example-postgresql     # refused: team-b uses it
Stop it with:
  bash scripts/demo.sh --stop $directory

TEXT
fi
echo "demo: $steps_passed of $steps_total steps passed in $((SECONDS - started)) s"
