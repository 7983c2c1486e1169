# Sourced by demo.sh: starts and stops the processes of the demo. $directory holds all they write; $directory/pids what to stop.

free_port() {
    local port
    while :; do
        port=$((RANDOM % 20000 + 20000))
        (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null || { echo "$port"; return; }
    done
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
    local deadline=$((SECONDS + $1)) what=$2
    shift 2
    until "$@" >/dev/null 2>&1; do
        if [ "$SECONDS" -ge "$deadline" ]; then
            echo "demo: $what did not happen in time" >&2
            return 1
        fi
        sleep 0.2
    done
}

# start NAME COMMAND...: in the background, its output in NAME.log, in a session of its own so that Ctrl-C reaches only this script.
start() {
    local name=$1
    shift
    setsid "$@" >"$directory/$name.log" 2>&1 </dev/null &
    echo "$! $(started_at $!) $name" >>"$directory/pids"
}

# When a process started, in clock ticks since boot (proc(5), stat, field 22); nothing when it is gone. Ids are used again, pairs are not.
started_at() { sed -E 's/^.*\) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

# The PostgreSQL programs refuse to run as root.
as_postgres() {
    if [ "$(id -u)" -eq 0 ]; then
        env -C / setpriv --reuid=65534 --regid=65534 --clear-groups env HOME="$directory/postgres" "$@"
    else
        "$@"
    fi
}

start_postgres() {
    local binaries data=$directory/postgres/data
    binaries=$(dirname "$(compgen -G '/usr/lib/postgresql/*/bin/initdb' | sort -V | tail -n 1 || command -v initdb)")
    postgres_port=$(free_port)
    admin_password=$(openssl rand -hex 16)
    (umask 077 && printf %s "$admin_password" >"$directory/admin-password")
    mkdir "$directory/postgres"
    bash certs/development.sh "$directory/postgres/tls" 127.0.0.1 localhost >/dev/null
    cp "$directory/postgres/tls/ca.crt" "$directory/postgres-ca.crt"
    [ "$(id -u)" -ne 0 ] || chown -R 65534:65534 "$directory/postgres"
    as_postgres "$binaries/initdb" --pgdata "$data" --username postgres --auth-local trust --auth-host scram-sha-256 \
        --encoding UTF8 --locale C --no-sync >"$directory/initdb.log"
    as_postgres tee -a "$data/postgresql.conf" >/dev/null <<CONF
listen_addresses = '127.0.0.1'
port = $postgres_port
unix_socket_directories = '$directory/postgres'
ssl = on
ssl_cert_file = '$directory/postgres/tls/tls.crt'
ssl_key_file = '$directory/postgres/tls/tls.key'
fsync = off
CONF
    echo "hostssl all all 127.0.0.1/32 scram-sha-256" | as_postgres tee "$data/pg_hba.conf" >/dev/null
    echo "local all postgres trust" | as_postgres tee -a "$data/pg_hba.conf" >/dev/null
    if [ "$(id -u)" -eq 0 ]; then
        start postgres setpriv --reuid=65534 --regid=65534 --clear-groups "$binaries/postgres" -D "$data"
    else
        start postgres "$binaries/postgres" -D "$data"
    fi
    wait_for 30 "PostgreSQL's start" as_postgres psql --host "$directory/postgres" --port "$postgres_port" --username postgres --command 'SELECT 1'
    # What a managed service gives its customer: an admin that is no superuser.
    as_postgres psql --quiet --host "$directory/postgres" --port "$postgres_port" --username postgres >/dev/null <<SQL
CREATE ROLE admin LOGIN CREATEDB CREATEROLE PASSWORD '$admin_password';
SQL
}

start_control_plane() {
    webhook_port=$(free_port)
    bash certs/development.sh "$directory/certificates" 127.0.0.1 localhost >/dev/null
    { cat manifests/webhook/validating.yaml; echo ---; cat manifests/webhook/mutating.yaml; } >"$directory/webhooks.yaml"
    start control-plane dotnet tests/ControlPlane/bin/Release/net10.0/ControlPlane.dll --directory "$directory" \
        --crds manifests/crds --crds tests/ControlPlane/crds \
        --webhooks "$directory/webhooks.yaml" --webhook-url "https://127.0.0.1:$webhook_port" --webhook-ca "$directory/certificates/ca.crt"
    wait_for 60 "the control plane's start" grep -q '^ready: ' "$directory/control-plane.log"
}

start_webhook() {
    management_port=$(free_port)
    start webhook env \
        Kubernetes__Kubeconfig="$directory/kubeconfig" \
        Https__Port="$webhook_port" Https__CertificateDirectory="$directory/certificates" \
        Management__Port="$management_port" \
        Endpoints__AllowLoopback=true \
        dotnet src/Webhook/bin/Release/net10.0/Webhook.dll
    wait_for 60 "the webhook's readiness" curl --fail --silent "http://127.0.0.1:$management_port/readyz"
}

show_logs() {
    local log
    for log in "$1"/*.log; do
        [ -s "$log" ] || continue
        echo "--- $(basename "$log" .log) (its last 60 lines)"
        tail -n 60 "$log"
    done
}

# Ends what the pids file names, the last started first, and removes the folder.
stop_demo() {
    local pid started name
    [ -d "$1" ] || return 0
    if [ -f "$1/pids" ]; then
        tac "$1/pids" | while read -r pid started name; do
            runs() { [ "$(started_at "$pid")" = "$started" ]; }
            runs || continue
            # PostgreSQL's SIGINT is its fast shutdown; SIGTERM would wait for its clients.
            case $name in postgres) kill -INT "$pid" || true ;; *) kill -TERM "$pid" || true ;; esac
            for _ in $(seq 150); do runs || break; sleep 0.1; done
            ! runs || kill -KILL "$pid" || true
        done
    fi
    rm -rf "$1"
}

# The same for a folder that a person names: only one that --keep left behind is touched.
stop_kept_demo() {
    if [[ "$(basename -- "$1")" != datasource-demo.* ]] || [ ! -f "$1/pids" ]; then
        echo "demo: $1 is no folder that 'demo.sh --keep' left behind" >&2
        return 2
    fi
    stop_demo "$1"
}
