#!/usr/bin/env bash
# Installs what the demo and the tests need and the machine lacks, or says what to type. Quiet when nothing is missing.
#   PostgreSQL (server and psql), kubectl, openssl: Debian packages, with apt as root or through sudo.
#   The .NET 10 SDK is the one thing that is asked for: Debian has no package of it.
# Names of further commands may follow, such as npm or haproxy: their packages are installed too when the command is missing. Services that
# come with them are not started.
set -euo pipefail
# Services live in /usr/sbin, which is on root's PATH only.
PATH=$PATH:/usr/sbin

fail() { printf 'prerequisites: %s\n' "$*" >&2; exit 1; }

if ! command -v dotnet >/dev/null || ! dotnet --list-sdks 2>/dev/null | grep -q '^10\.'; then
    fail "the .NET 10 SDK is missing: install it (https://dotnet.microsoft.com/download/dotnet/10.0), put dotnet on the PATH and run this again."
fi

packages=()
has_postgres_server() { command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; }
has_postgres_server || packages+=(postgresql)
command -v psql >/dev/null || packages+=(postgresql-client)
command -v kubectl >/dev/null || packages+=(kubernetes-client)
command -v openssl >/dev/null || packages+=(openssl)
command -v setpriv >/dev/null || packages+=(util-linux)
command -v curl >/dev/null || packages+=(curl)
for program in "$@"; do
    command -v "$program" >/dev/null || packages+=("$program")
done
[ ${#packages[@]} -gt 0 ] || exit 0

command -v apt-get >/dev/null || fail "these Debian packages (or their like) are missing: ${packages[*]}"
as_root=()
if [ "$(id -u)" -ne 0 ]; then
    if command -v sudo >/dev/null && sudo -n true 2>/dev/null; then
        as_root=(sudo)
    else
        fail "packages are missing, run: sudo apt-get update && sudo apt-get install -y --no-install-recommends ${packages[*]}"
    fi
fi

printf 'prerequisites: installing %s\n' "${packages[*]}" >&2
log=$(mktemp)
no_cluster=
no_services=
trap 'rm -f "$log"; [ -z "$no_cluster" ] || "${as_root[@]}" rm -f "$no_cluster"; [ -z "$no_services" ] || "${as_root[@]}" rm -f "$no_services"' EXIT
# Debian's PostgreSQL package would make and start a server of its own; only the binaries are wanted.
if [[ " ${packages[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    no_cluster=/etc/postgresql-common/createcluster.d/binaries-only.conf
    "${as_root[@]}" mkdir -p "$(dirname "$no_cluster")"
    echo 'create_main_cluster = false' | "${as_root[@]}" tee "$no_cluster" >/dev/null
fi
# Those of haproxy and pgbouncer would start theirs; policy-rc.d is how Debian is told not to.
if [[ " ${packages[*]} " =~ \ (haproxy|pgbouncer)\  ]] && [ ! -e /usr/sbin/policy-rc.d ]; then
    no_services=/usr/sbin/policy-rc.d
    printf '#!/bin/sh\nexit 101\n' | "${as_root[@]}" tee "$no_services" >/dev/null
    "${as_root[@]}" chmod 0755 "$no_services"
fi
if ! { "${as_root[@]}" apt-get update && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends "${packages[@]}"; } >"$log" 2>&1; then
    cat "$log" >&2
    fail "apt-get could not install: ${packages[*]}"
fi
for service in haproxy pgbouncer; do
    if [[ " ${packages[*]} " == *" $service "* ]] && command -v systemctl >/dev/null; then
        "${as_root[@]}" systemctl --quiet disable "$service"
    fi
done
