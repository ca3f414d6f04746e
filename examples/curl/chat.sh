#!/bin/sh
# Calls a Weighbridge gateway with curl in three ways: with an API key, with a test proof (local
# gateways only), and with a real proof. A shell cannot do half a million hashes, so the proof is
# made by python3 from the example beside this one. Needs curl and python3, nothing else.
set -eu

usage() {
  cat <<'EOF'
Usage: chat.sh [key|test|proof] MESSAGE

  key     with the API key in WEIGHBRIDGE_KEY
  test    with the test proof "test.pass": a gateway started with npm start takes it
  proof   with a challenge, solved

Environment: WEIGHBRIDGE_GATEWAY (http://127.0.0.1:8787), WEIGHBRIDGE_PATH (/v1/chat/completions),
WEIGHBRIDGE_MODEL (gpt-4o-mini)
EOF
}

case "${1:-}" in
  -h | --help) usage; exit 0 ;;
esac
if [ $# -ne 2 ]; then usage >&2; exit 2; fi

gateway="${WEIGHBRIDGE_GATEWAY:-http://127.0.0.1:8787}"
path="${WEIGHBRIDGE_PATH:-/v1/chat/completions}"
model="${WEIGHBRIDGE_MODEL:-gpt-4o-mini}"
here="$(cd "$(dirname "$0")" && pwd)"

# The body is written to a file once: a proof is for these bytes and no others.
body="$(mktemp)"
trap 'rm -f "$body"' EXIT
python3 -c '
import json, sys
model, words = sys.argv[1:]
message = {"role": "user", "content": words}
json.dump({"model": model, "messages": [message], "stream": True}, sys.stdout)
' "$model" "$2" >"$body"

# --no-buffer: words as they come. --fail-with-body: a refusal is printed, and ends with 22.
send() {
  curl --silent --show-error --no-buffer --fail-with-body --request POST "$gateway$path" \
    --header 'Content-Type: application/json' --header "$1" --data-binary "@$body"
}

case "$1" in
  key)
    send "Authorization: Bearer ${WEIGHBRIDGE_KEY:?put an API key into WEIGHBRIDGE_KEY}"
    ;;
  test)
    send 'Inference-Proof: c="test.pass"'
    ;;
  proof)
    # 1. Ask for a challenge for this route and a body of this size.
    answer="$(curl --silent --show-error --fail-with-body --request POST \
      "$gateway/.well-known/inference-proof/challenge" \
      --header 'Content-Type: application/json' \
      --data "{\"method\":\"POST\",\"path\":\"$path\",\"bodyBytes\":$(wc -c <"$body")}")" ||
      { printf '%s\n' "$answer" >&2; exit 1; }
    challenge="$(printf '%s' "$answer" |
      python3 -c 'import json, sys; print(json.load(sys.stdin)["challenges"][0])')"
    # 2. Do the work it asks for, over these bytes.
    proof="$(python3 "$here/../python/inference_proof.py" "$challenge" POST "$body")"
    # 3. Send those bytes with it, once: a proof is good for one call.
    send "Inference-Proof: $proof"
    ;;
  *) usage >&2; exit 2 ;;
esac
