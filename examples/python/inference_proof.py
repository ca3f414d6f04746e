"""The proof of one call to a Weighbridge gateway: reads a challenge, does the work it asks for, and
says it as the value of the header Inference-Proof. Python 3.9 or later, standard library only. It
proves work and nothing else: a challenge that asks for a device key, a human or a signature is
refused in words.

As a program, for shells:  python3 inference_proof.py CHALLENGE METHOD BODY_FILE
"""

import base64
import hashlib
import multiprocessing
import os
import struct
import sys
import time

SEED_PREFIX = b"inference-proof-v1\0"
ALGORITHM_SHA256 = 1
BIND_SEED = 1
FIXED_BYTES = 44
# Bits of `require`. What is not work cannot be answered with the standard library.
WORK = 1
OTHERS = {
    2: "a human",
    4: "a device key",
    8: "a payment",
    16: "a signed request",
    32: "a private token",
    64: "an attested device",
}
# Below this, starting processes takes longer than the work.
HASHES_FOR_ONE_PROCESS = 1 << 18


class ProofError(Exception):
    """A challenge that this cannot answer, and why."""


def from_base64url(text):
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def length_prefixed(*parts):
    return b"".join(struct.pack(">I", len(part)) + part for part in parts)


class Challenge:
    """What the gateway asks. Its seal is the gateway's to check; here it is only read."""

    def __init__(self, wire):
        self.wire = wire
        try:
            body = from_base64url(wire.split(".")[0])
            fixed = struct.unpack(">BBIII16sBBBBQH", body[:FIXED_BYTES])
            fields, at = [], FIXED_BYTES
            while at < len(body):
                (length,) = struct.unpack_from(">I", body, at)
                fields.append(body[at + 4 : at + 4 + length])
                at += 4 + length
            realm, route, principal_hash, jkt, conversation_hash = fields
        except (ValueError, struct.error) as cause:
            raise ProofError("This is not a challenge: %s" % cause) from cause
        version, kid, issued_at, self.not_before, self.expires_at, nonce = fixed[:6]
        algorithm, self.k, self.bits, bind, self.cost_nano_usd_max, self.require = fixed[6:]
        self.route = route
        if version != 1 or algorithm != ALGORITHM_SHA256 or self.k < 1 or not 1 <= self.bits <= 31:
            raise ProofError("This challenge is of a kind that this program does not know.")
        if self.require & ~WORK or bind != BIND_SEED or jkt:
            asked = [word for bit, word in OTHERS.items() if self.require & bit]
            raise ProofError(
                "This route asks for more than work (%s), which this program cannot show."
                % (", ".join(asked) or "another kind of proof")
            )

    def seconds_left(self):
        return self.expires_at - time.time()

    def hashes(self):
        """Expected number of hashes."""
        return self.k << self.bits

    def seed(self, method, body):
        return hashlib.sha256(
            SEED_PREFIX
            + length_prefixed(
                self.wire.encode("ascii"),
                hashlib.sha256(body).digest(),
                method.encode("ascii"),
                self.route,
                b"",
            )
        ).digest()


def solve_one(puzzle):
    """The counter of one sub-puzzle: SHA-256(seed | index | counter) begins with `bits` zeros."""
    seed, index, bits = puzzle
    sha256, pack = hashlib.sha256, struct.Struct(">I").pack
    # The message is 44 bytes, less than a block of SHA-256, so there is no state half-way to keep:
    # a copy() of the prefix is slower than hashing it anew (1.9 against 2.2 million a second).
    prefix = seed + pack(index) + pack(0)
    below = (1 << (256 - bits)).to_bytes(32, "big")
    for counter in range(1 << 32):
        if sha256(prefix + pack(counter)).digest() < below:
            return index, counter
    raise ProofError("This challenge has no answer.")


def solve(challenge, method, body, progress=lambda done, of: None):
    """All sub-puzzles, on every core if that pays. Returns 8 bytes for each."""
    seed = challenge.seed(method, body)
    puzzles = [(seed, index, challenge.bits) for index in range(challenge.k)]
    counters = [0] * challenge.k
    cores = os.cpu_count() or 1

    def collect(answers):
        for done, (index, counter) in enumerate(answers, 1):
            counters[index] = counter
            progress(done, challenge.k)

    if cores == 1 or challenge.hashes() < HASHES_FOR_ONE_PROCESS:
        collect(map(solve_one, puzzles))
    else:
        with multiprocessing.Pool(min(cores, challenge.k)) as pool:
            collect(pool.imap_unordered(solve_one, puzzles))
    return struct.pack(">%dQ" % challenge.k, *counters)


def prove(wire, method, body, progress=lambda done, of: None):
    """The value of Inference-Proof for exactly these bytes. A challenge is good for one call."""
    challenge = Challenge(wire)
    # Whoever looks suspicious has to wait before a challenge counts.
    time.sleep(max(0.0, challenge.not_before - time.time()))
    work = solve(challenge, method, body, progress)
    return 'c="%s", w=:%s:' % (wire, base64.b64encode(work).decode("ascii"))


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    wire, method, body_file = sys.argv[1:]
    with open(body_file, "rb") as file:
        body = file.read()
    try:
        print(prove(wire, method, body))
    except ProofError as refusal:
        sys.exit(str(refusal))


if __name__ == "__main__":
    main()
