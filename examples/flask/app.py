"""A site with a sign-up whose phone numbers are proven: Flask, and PyJWT for the receipt."""

import os
import secrets
from urllib.parse import urlsplit

import jwt
from flask import Flask, abort, redirect, render_template, request, session

RINGPROOF_URL = os.environ.get("RINGPROOF_URL", "http://127.0.0.1:8080")
ORIGIN = os.environ.get("ORIGIN", "http://127.0.0.1:8000")

app = Flask(__name__)
app.secret_key = os.environ.get("FLASK_SECRET_KEY") or secrets.token_bytes(32)
app.config.update(SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=ORIGIN.startswith("https:"))

# Keeps the keys, and asks again when a receipt names one that it does not know.
keys = jwt.PyJWKClient(f"{RINGPROOF_URL}/.well-known/jwks.json", timeout=10)
# Stands for your database: both tables must outlive a restart there.
profiles, used_receipts = {}, set()
# The service is out of reach, or what answered had no keys.
UNDECIDED = (jwt.PyJWKClientError, jwt.PyJWKSetError, OSError, ValueError)


def key_of(receipt):
    """The key that the receipt names. One that is not among those at hand may be new: they are asked for again."""
    kid = jwt.get_unverified_header(receipt).get("kid")
    for refresh in (False, True):
        for key in keys.get_signing_keys(refresh):
            if key.key_id == kid:
                return key.key
    raise jwt.InvalidTokenError("signed by somebody else")


def proven(receipt, nonce):
    """The claims of a receipt that this site and this session may believe, else None.

    Without a verdict, because the keys could not be had, it raises one of UNDECIDED.
    """
    try:
        token = jwt.decode_complete(
            receipt,
            key_of(receipt),
            algorithms=["ES256"],
            audience=ORIGIN,
            issuer=RINGPROOF_URL,
            leeway=30,  # our clock and the service's may differ
            options={"require": ["aud", "exp", "iat", "iss", "jti", "nonce", "phone_number"]},
        )
    except jwt.InvalidTokenError:
        return None
    claims, of_its_kind = token["payload"], token["header"].get("typ") == "receipt+jwt"
    return claims if of_its_kind and nonce and claims["nonce"] == nonce else None


@app.get("/")
def sign_up():
    session["nonce"] = secrets.token_urlsafe(32)
    return render_template("sign-up.html", ringproof=RINGPROOF_URL, nonce=session["nonce"])


@app.post("/sign-up")
def create_profile():
    try:
        claims = proven(request.form.get("phone_receipt", ""), session.get("nonce"))
    except UNDECIDED:
        abort(503, "We could not ask just now. Please send the form again in a moment.")
    # The session is a cookie, and an old one can be sent again with its nonce. That each receipt
    # counts once is the work of the list.
    session.pop("nonce", None)
    if claims is None or claims["jti"] in used_receipts:
        abort(422, "We could not make sure of your number. Please sign up again.")
    used_receipts.add(claims["jti"])
    session["user"] = secrets.token_urlsafe(16)
    profiles[session["user"]] = {
        "name": request.form.get("name", ""),
        "phone_number": claims["phone_number"],
        "verified": claims["phone_number_verified"],
    }
    return redirect("/profile")


@app.get("/profile")
def profile():
    return render_template("profile.html", profile=profiles.get(session.get("user")) or abort(404))


if __name__ == "__main__":
    print(f"Open {ORIGIN}", flush=True)
    app.run("127.0.0.1", urlsplit(ORIGIN).port or 8000)
