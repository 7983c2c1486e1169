# Sourced by the benchmarks, in the repository's root: publishes what they start into $work, which goes with the script.
export DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1
# No compiler or build server outlives this script.
export MSBUILDDISABLENODEREUSE=1 UseSharedCompilation=false

bash scripts/prerequisites.sh
work=$(mktemp -d "${TMPDIR:-/tmp}/datasource-bench.XXXXXX")
trap 'rm -rf "$work"' EXIT
echo "publishing ..."
for project in src/Webhook/Webhook.csproj bench/Bench.csproj; do
    folder=$(basename "$project" .csproj)
    dotnet publish "$project" --configuration Release --runtime linux-x64 --no-self-contained -p:PublishReadyToRun=true \
        --output "$work/${folder,,}" --nologo --verbosity quiet -consoleLoggerParameters:NoSummary
done
bash certs/development.sh "$work" localhost 127.0.0.1 >/dev/null
