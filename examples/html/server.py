"""A plain form whose server trusts the phone number: Python's standard library, and nothing else.

It asks Ringproof whether the receipt is good. Ringproof says yes once, so a receipt that is sent
twice is refused. Run it with: python3 server.py
"""

import json
import os
import secrets
from html import escape
from http.client import HTTPException
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from string import Template
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import Request, urlopen

RINGPROOF_URL = os.environ.get("RINGPROOF_URL", "http://127.0.0.1:8080")
ORIGIN = os.environ.get("ORIGIN", "http://127.0.0.1:8000")
PAGE = Template((Path(__file__).parent / "index.html").read_text())
# Stands for your sessions: whose nonce is whose is known here alone, for a receipt shows its nonce.
nonces = {}


def redeem(receipt, nonce):
    """What the receipt says, or None if it proves nothing for this session."""
    wish = {"receipt": receipt, "audience": ORIGIN, "nonce": nonce}
    # Sent again under the same key, a request whose answer was lost gets it.
    headers = {"Content-Type": "application/json", "Idempotency-Key": nonce}
    request = Request(f"{RINGPROOF_URL}/receipts/redeem", json.dumps(wish).encode(), headers)
    try:
        with urlopen(request, timeout=10) as answer:
            proof = json.load(answer)
            if not isinstance(proof, dict) or "phone_number" not in proof:
                raise ValueError("something else answered")
            return proof
    except HTTPError as problem:
        if problem.code in (400, 409, 413, 422):
            return None
        raise


class Site(BaseHTTPRequestHandler):
    def do_GET(self):
        if self.path != "/":
            return self.answer(404, "There is nothing here.")
        session, nonce = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
        nonces[session] = nonce
        cookie = f"session={session}; HttpOnly; SameSite=Lax; Path=/"
        if ORIGIN.startswith("https:"):
            cookie += "; Secure"
        self.answer(200, PAGE.substitute(RINGPROOF_URL=RINGPROOF_URL, NONCE=nonce), cookie)

    def do_POST(self):
        length = int(self.headers.get("Content-Length") or 0)
        if self.path != "/order" or length > 10_000:
            return self.answer(404, "There is nothing here.")
        form = parse_qs(self.rfile.read(length).decode())
        session = SimpleCookie(self.headers.get("Cookie", "")).get("session")
        nonce = nonces.pop(session.value, None) if session else None
        receipt = form.get("phone_receipt", [""])[0]
        try:
            proof = redeem(receipt, nonce) if nonce and receipt else None
        except (OSError, HTTPException, ValueError):  # the service is busy, out of reach, or not what answered
            nonces[session.value] = nonce
            return self.answer(503, "We could not ask just now. Please send the form again in a moment.")
        if proof is None:
            return self.answer(422, "We could not make sure of your number. Please go back and try again.")
        name = form.get("name", [""])[0]
        self.answer(200, f"Thank you, {escape(name)}. We will call you on {escape(proof['phone_number'])}.")

    def answer(self, status, text, cookie=None):
        body = text if text.startswith("<!") else f"<!DOCTYPE html><title>Order a parcel</title><p>{text}</p>"
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Cache-Control", "no-store")
        if cookie:
            self.send_header("Set-Cookie", cookie)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, *_):
        """Says nothing: a form may hold what belongs in no log."""


if __name__ == "__main__":
    address = urlsplit(ORIGIN)
    print(f"Open {ORIGIN}", flush=True)
    ThreadingHTTPServer(("127.0.0.1", address.port or 8000), Site).serve_forever()
