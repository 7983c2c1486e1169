#!/usr/bin/env bash
# Makes a certificate authority and a server certificate for development, the demo and tests. For a cluster use cert-manager (certs/).
#
#   bash certs/development.sh DIRECTORY [HOST ...]
#
# Writes ca.crt, tls.crt and tls.key into DIRECTORY and replaces what is there. Each HOST is a DNS name or an IP address that the
# certificate is for; default: localhost 127.0.0.1 ::1. The authority's key is thrown away: nobody can sign with it later.
set -euo pipefail

if [ $# -eq 0 ] || [ "${1#-}" != "$1" ]; then
    sed -n '2,7s/^# \{0,1\}//p' "${BASH_SOURCE[0]}" >&2
    exit 2
fi
command -v openssl >/dev/null || { echo "certs/development.sh: openssl is not installed: apt-get install openssl" >&2; exit 1; }

directory=$1
shift
[ $# -gt 0 ] || set -- localhost 127.0.0.1 ::1

names=
for host in "$@"; do
    case $host in
        '' | *[!A-Za-z0-9.:*-]*) echo "certs/development.sh: '$host' is neither a DNS name nor an IP address" >&2; exit 2 ;;
        *:*) kind=IP ;;
        *[!0-9.]*) kind=DNS ;;
        *) kind=IP ;;
    esac
    names=$names${names:+,}$kind:$host
done

umask 077
mkdir -p "$directory"
# Beside the target, so that the moves at the end are renames: a process that watches the folder never sees half a file.
work=$(mktemp -d "$directory/.new.XXXXXX")
trap 'rm -rf "$work"' EXIT

# 825 days is the most that every TLS client takes.
openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 825 \
    -keyout "$work/ca.key" -out "$work/ca.crt" -subj "/CN=development CA $(openssl rand -hex 4)" \
    -addext "basicConstraints=critical,CA:TRUE,pathlen:0" -addext "keyUsage=critical,keyCertSign,cRLSign" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }
openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout "$work/tls.key" -out "$work/tls.csr" -subj "/CN=development" \
    2>"$work/log" || { cat "$work/log" >&2; exit 1; }
cat >"$work/extensions" <<EXTENSIONS
basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature
extendedKeyUsage=serverAuth
subjectAltName=$names
subjectKeyIdentifier=hash
authorityKeyIdentifier=keyid
EXTENSIONS
openssl x509 -req -in "$work/tls.csr" -CA "$work/ca.crt" -CAkey "$work/ca.key" -set_serial "0x$(openssl rand -hex 16)" -days 825 \
    -extfile "$work/extensions" -out "$work/tls.crt" 2>"$work/log" || { cat "$work/log" >&2; exit 1; }

chmod 644 "$work/ca.crt" "$work/tls.crt"
mv -f "$work/ca.crt" "$work/tls.key" "$work/tls.crt" "$directory/"
echo "ca.crt, tls.crt and tls.key for $* are in $directory"
