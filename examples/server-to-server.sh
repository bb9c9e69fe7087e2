#!/usr/bin/env bash
# A service that has its users' numbers proven: curl and a key, no page. Asks for the code that was said.
#   server-to-server.sh '+44 20 7946 0000'
#   RINGPROOF_URL  where the service is (default http://127.0.0.1:8080)
#   RINGPROOF_KEY  your key, as `ringproof new-key NAME` prints it; the entry goes into the service's CALLERS
set -euo pipefail

url=${RINGPROOF_URL:-http://127.0.0.1:8080}
: "${RINGPROOF_KEY:?is required: run ringproof new-key NAME}"
number=${1:?usage: server-to-server.sh NUMBER}
# What goes into JSON by hand must not be able to leave its quotes.
[[ $number =~ ^[-0-9+().\ ]+$ ]] || { echo "Not a phone number: $number" >&2; exit 1; }

# The key comes through a file descriptor: arguments can be read by everybody on this machine.
ask() {
  curl --silent --show-error --fail-with-body --max-time 30 --header 'Content-Type: application/json' \
    --config <(printf 'header = "Authorization: Bearer %s"\n' "$RINGPROOF_KEY") "$@"
}
# Member of a flat JSON object that is read by a person; a program would use a JSON library.
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"; }

# With the same key the same request may be sent again, and rings once.
started=$(ask --header "Idempotency-Key: $(date +%s)-$RANDOM$RANDOM" \
  --data "{\"phone_number\":\"$number\",\"channel\":\"voice\"}" "$url/verifications") || { echo "$started" >&2; exit 1; }
id=$(member id <<<"$started")

while read -rp 'Code: ' code; do
  [[ $code =~ ^[0-9\ -]+$ ]] || continue
  if checked=$(ask --data "{\"code\":\"$code\"}" "$url/verifications/$id/check"); then
    echo "Proven: $(member phone_number <<<"$checked")"
    exit 0
  fi
  # The problem says what to do; only a wrong or incomplete code is worth another try.
  echo "$checked" >&2
  [[ $(member code <<<"$checked") == code_* ]] || exit 1
done
echo 'No code was entered.' >&2
exit 1
