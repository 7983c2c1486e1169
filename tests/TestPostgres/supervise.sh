# Runs a server for a test: $1 is its folder, the rest its command line.
# Standard input is the leash: each line is a signal for the server, and its end means that the test process died; then the server
# is ended and its folder removed. A signal from the terminal must not end this shell before it has cleaned up.
trap '' INT HUP
folder=$1
shift
exec 3<&0
"$@" 3<&- >> "$folder/server.log" 2>&1 &
server=$!
(
  while read -r signal; do kill -s "$signal" "$server"; done
  : > "$folder/abandoned"
  kill -s CONT "$server"
  # Proxies take TERM for what QUIT is to PostgreSQL, which has ended by then or ignores it.
  kill -s QUIT "$server"
  kill -s TERM "$server"
) <&3 &
reader=$!
wait "$server" 2>/dev/null
code=$?
if [ -e "$folder/abandoned" ]; then rm -rf "$folder"; fi
kill "$reader" 2>/dev/null
exit "$code"
