#!/usr/bin/env python3
"""Talks to a chat behind a Weighbridge gateway: one turn for each MESSAGE, the answer as it comes.
Without a key every call carries a proof of work; the answer to each call brings the challenge for
the next. Python 3.9 or later, standard library only."""

import argparse
import http.client
import json
import os
import signal
import sys
import time
import urllib.error
import urllib.parse
import urllib.request

from inference_proof import Challenge, ProofError, prove

CHALLENGE_PATH = "/.well-known/inference-proof/challenge"
# A challenge with less life than this is not worth beginning on.
SECONDS_LEFT_MIN = 10
# How long nothing at all may come.
SILENCE_SECONDS_MAX = 120


class Refused(Exception):
    """The gateway or the provider said no: a problem document (RFC 9457), or whatever it was."""

    def __init__(self, status, headers, body):
        self.status = status
        self.code = ""
        self.next_challenge = headers.get("Inference-Proof-Next")
        try:
            problem = json.loads(body)
            self.code = problem.get("code", "")
            error = problem.get("error") or {}
            lines = [
                "%s (%d)" % (problem.get("title") or error.get("code") or "Refused", status),
                problem.get("detail") or error.get("message") or "",
            ]
            if headers.get("Retry-After"):
                lines.append("Try again in %s seconds." % headers["Retry-After"])
            if problem.get("type"):
                lines.append("More: %s" % problem["type"])
        except (ValueError, AttributeError):
            lines = ["The answer was %d, and not a problem document." % status]
        lines.append("Request: %s" % headers.get("Weighbridge-Request-Id", "unknown"))
        super().__init__("\n".join(line for line in lines if line))


class Gateway:
    """One gateway, and the challenge that its last answer brought."""

    def __init__(self, url, path, key, verbose):
        self.url = url.rstrip("/")
        self.path = path
        self.key = key
        self.verbose = verbose
        self.next_challenge = None
        # What runs on this machine is not behind a proxy.
        is_here = urllib.parse.urlsplit(url).hostname in ("127.0.0.1", "localhost", "::1")
        proxies = [urllib.request.ProxyHandler({})] if is_here else []
        self.opener = urllib.request.build_opener(*proxies)

    def post(self, path, body, headers):
        if self.key:
            headers = {**headers, "Authorization": "Bearer " + self.key}
        request = urllib.request.Request(self.url + path, body, headers, method="POST")
        try:
            return self.opener.open(request, timeout=SILENCE_SECONDS_MAX)
        except urllib.error.HTTPError as answer:
            raise Refused(answer.code, answer.headers, answer.read()) from None

    def say(self, words):
        if self.verbose:
            sys.stderr.write(words + "\n")

    def challenge(self, body, model):
        """The one at hand if it is fresh enough, else a new one, priced for this body."""
        wire, self.next_challenge = self.next_challenge, None
        if wire is not None and Challenge(wire).seconds_left() > SECONDS_LEFT_MIN:
            self.say("challenge: brought by the last answer")
            return wire
        self.say("challenge: asked for")
        wish = {"method": "POST", "path": self.path, "bodyBytes": len(body), "model": model}
        headers = {"Content-Type": "application/json"}
        with self.post(CHALLENGE_PATH, json.dumps(wish).encode(), headers) as answer:
            return json.load(answer)["challenges"][0]

    def send(self, body, wire):
        headers = {"Content-Type": "application/json"}
        if wire is not None:
            began = time.monotonic()
            headers["Inference-Proof"] = prove(wire, "POST", body, show_progress)
            hashes, seconds = Challenge(wire).hashes(), time.monotonic() - began
            self.say("proof: about %d hashes in %.2f s" % (hashes, seconds))
        return self.post(self.path, body, headers)

    def call(self, body, model):
        """With a key the first try is without a proof. A refusal that brings a challenge gets one
        more try: the price may have changed, or the route asks keys for a proof as well."""
        wire = None if self.key else self.challenge(body, model)
        try:
            return self.send(body, wire)
        except Refused as refusal:
            if refusal.code not in ("proof_required", "proof_rejected"):
                raise
            if refusal.next_challenge is None:
                raise
            self.say("challenge: brought by a refusal")
            return self.send(body, refusal.next_challenge)

    def ask(self, messages, model):
        """Streams one answer; yields its words as they come."""
        body = json.dumps({"model": model, "messages": messages, "stream": True}).encode()
        with self.call(body, model) as answer:
            self.next_challenge = answer.headers.get("Inference-Proof-Next")
            for line in answer:
                if not line.startswith(b"data:"):
                    continue
                data = line[len(b"data:") :].strip()
                if data == b"[DONE]":
                    return
                chunk = json.loads(data)
                if "error" in chunk:
                    raise Refused(answer.status, answer.headers, data)
                for choice in chunk["choices"]:
                    yield choice["delta"].get("content") or ""
        raise ConnectionError("the answer broke off")


def show_progress(done, of):
    if not sys.stderr.isatty():
        return
    sys.stderr.write("\r\033[K" if done == of else "\rsolving %d of %d" % (done, of))
    sys.stderr.flush()


def arguments():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("message", nargs="+", metavar="MESSAGE", help="what to say, turn by turn")
    parser.add_argument(
        "--gateway",
        default=os.environ.get("WEIGHBRIDGE_GATEWAY") or "http://127.0.0.1:8787",
        help="its URL (%(default)s); by default what is in WEIGHBRIDGE_GATEWAY",
    )
    parser.add_argument("--path", default="/v1/chat/completions", help="route (%(default)s)")
    parser.add_argument("--model", default="gpt-4o-mini", help="model (%(default)s)")
    parser.add_argument(
        "--key",
        default=os.environ.get("WEIGHBRIDGE_KEY"),
        help="an API key of the gateway; by default what is in WEIGHBRIDGE_KEY",
    )
    parser.add_argument("--verbose", action="store_true", help="say what each proof took")
    return parser.parse_args()


def main():
    options = arguments()
    gateway = Gateway(options.gateway, options.path, options.key, options.verbose)
    messages = []
    try:
        for message in options.message:
            messages.append({"role": "user", "content": message})
            words = []
            for word in gateway.ask(messages, options.model):
                words.append(word)
                sys.stdout.write(word)
                sys.stdout.flush()
            sys.stdout.write("\n")
            messages.append({"role": "assistant", "content": "".join(words)})
    except (Refused, ProofError) as refusal:
        sys.exit(str(refusal))
    except (OSError, http.client.HTTPException, ValueError, KeyError) as cause:
        # URLError is an OSError; what is no JSON is a ValueError.
        sys.exit("No answer from %s: %s" % (options.gateway, getattr(cause, "reason", cause)))
    except KeyboardInterrupt:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
        os.kill(os.getpid(), signal.SIGINT)


if __name__ == "__main__":
    main()
