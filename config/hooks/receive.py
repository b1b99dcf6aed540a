#!/usr/bin/env python3
"""Receives the events of pack's webhook, with nothing but Python's own library.

    SECRET_FILE=/etc/pack/hooks.secret python3 receive.py 127.0.0.1 8000

Each request is verified as the Standard Webhooks specification says, and each event is printed once.
"""

import base64
import hashlib
import hmac
import http.server
import os
import sys
import time

TOLERANCE = 300  # Seconds: an older request may be one that somebody has recorded.


def secrets(text):
    """The secrets in a file: whsec_ and base64, or the bytes themselves, one a line."""
    for line in filter(None, map(str.strip, text.splitlines())):
        encoded = line.removeprefix("whsec_")
        padding = "=" * (-len(encoded) % 4)
        yield base64.b64decode(encoded + padding) if line != encoded else line.encode()


def verify(body, headers, keys, now):
    """True if one of our keys signed the body, a moment ago."""
    sent = headers.get("webhook-timestamp", "")
    if not sent.isdecimal() or abs(now - int(sent)) > TOLERANCE:
        return False
    signed = f"{headers.get('webhook-id', '')}.{sent}.".encode() + body
    wanted = ["v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode() for key in keys]
    given = headers.get("webhook-signature", "").split(" ")
    # In constant time: the answer's delay must tell nothing of the right one.
    return any([hmac.compare_digest(one, other) for one in wanted for other in given])


class Receiver(http.server.BaseHTTPRequestHandler):
    keys = []
    seen = set()  # Events are delivered at least once: a real receiver keeps their ids where they last.

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("content-length", 0)))
        if not verify(body, self.headers, self.keys, time.time()):
            self.send_error(401)
            return
        if self.headers["webhook-id"] not in self.seen:
            self.seen.add(self.headers["webhook-id"])
            print(body.decode(), flush=True)
        # Only now: with any answer but 2xx it comes again.
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


if __name__ == "__main__":
    with open(os.environ["SECRET_FILE"]) as file:
        Receiver.keys = list(secrets(file.read()))
    server = http.server.HTTPServer((sys.argv[1], int(sys.argv[2])), Receiver)
    print("listening at port", server.server_port, flush=True)
    server.serve_forever()
