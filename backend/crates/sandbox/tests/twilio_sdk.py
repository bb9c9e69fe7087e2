"""Twilio's own Python library against the simulator, unchanged but for the base address.

Run by scripts/sdk-check, which starts the simulator and names it in SANDBOX_URL. What the library does not
know (the phone, the clock) is asked for with the standard library.
"""

import http.server
import json
import os
import threading
import unittest
import urllib.parse
import urllib.request

from twilio.base.exceptions import TwilioRestException
from twilio.request_validator import RequestValidator
from twilio.rest import Client
from twilio.twiml.voice_response import VoiceResponse

BASE = os.environ["SANDBOX_URL"]
ACCOUNT = "AC" + "0" * 32
TOKEN = "an-auth-token"
TO = "+31612345678"
FROM = "+31201234567"
CODE = "0, 4, 2, 6, 1, 7"


def sandbox(method, path, body=None):
    """Calls one of the simulator's own endpoints."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data=data, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def newest(recipient=TO):
    """The newest call or message on the phone of a number."""
    return sandbox("GET", "/phone/messages?recipient=" + recipient.lstrip("+"))[0]


def client(user=ACCOUNT, password=TOKEN):
    """A client of the library; the one change is where it believes Twilio to be."""
    made = Client(user, password, account_sid=ACCOUNT)
    made.api.base_url = BASE
    return made


def says(*sentences, **attributes):
    """A document, as the library writes it."""
    response = VoiceResponse()
    for sentence in sentences:
        response.say(sentence, **attributes)
    return response


class Site(http.server.BaseHTTPRequestHandler):
    """The site that is called back: checks the signature with the library, answers with the code."""

    checked = []

    def do_POST(self):
        form = self.rfile.read(int(self.headers["Content-Length"])).decode()
        fields = dict(urllib.parse.parse_qsl(form, keep_blank_values=True))
        url = f"http://{self.headers['Host']}{self.path}"
        good = RequestValidator(TOKEN).validate(url, fields, self.headers["X-Twilio-Signature"])
        self.checked.append((good, fields["Digits"], fields["To"]))
        document = str(says(f"Your code is {CODE}.", language="en-GB")).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(document)))
        self.end_headers()
        self.wfile.write(document)

    def log_message(self, *_):
        """Says nothing: the suite's output is for failures."""


class TwilioSdk(unittest.TestCase):
    def setUp(self):
        self.client = client()
        sandbox("DELETE", "/phone/messages")
        sandbox("DELETE", "/phone/faults")

    def assert_refused(self, call, status, code):
        """The call raises exactly this."""
        with self.assertRaises(TwilioRestException) as raised:
            call()
        self.assertEqual((raised.exception.status, raised.exception.code), (status, code))

    def ring(self, document, to=TO, **options):
        return self.client.calls.create(to=to, from_=FROM, twiml=str(document), **options)

    def test_a_call_is_placed_and_followed_to_its_end(self):
        document = says(f"Uw code is: {CODE}.", language="nl-NL", loop=2)
        call = self.ring(document, timeout=45, time_limit=120)
        self.assertRegex(call.sid, "^CA[0-9a-f]{32}$")
        self.assertEqual((call.status, call.to, call.account_sid), ("queued", TO, ACCOUNT))
        self.assertEqual(call.date_created.tzinfo.utcoffset(None).total_seconds(), 0)
        entry = newest()
        self.assertEqual((entry["provider"], entry["language"]), ("twilio", "nl-NL"))
        self.assertEqual(entry["text"], f"Uw code is: {CODE}. Uw code is: {CODE}.")
        self.assertEqual(entry["code"], "042617")
        self.assertEqual(self.client.calls(call.sid).fetch().status, "ringing")
        sandbox("POST", "/phone/clock", {"advance_seconds": 6})
        self.assertEqual(self.client.calls(call.sid).fetch().status, "in-progress")
        sandbox("POST", "/phone/clock", {"advance_seconds": 120})
        over = self.client.calls(call.sid).fetch()
        self.assertEqual(over.status, "completed")
        self.assertGreater(int(over.duration), 0)

    def test_a_ringing_call_can_be_cancelled_once(self):
        call = self.ring(says("Hello."))
        self.assertEqual(self.client.calls(call.sid).update(status="canceled").status, "canceled")
        self.assertEqual(newest()["status"], "canceled")
        self.assert_refused(
            lambda: self.client.calls(call.sid).update(status="canceled"), 400, 21220
        )

    def test_a_message_is_sent_and_arrives(self):
        message = self.client.messages.create(to=TO, from_="Ringproof", body="042617 is your code")
        self.assertRegex(message.sid, "^SM[0-9a-f]{32}$")
        self.assertEqual((message.status, message.body), ("queued", "042617 is your code"))
        self.assertEqual((newest()["channel"], newest()["code"]), ("sms", "042617"))
        sandbox("POST", "/phone/clock", {"advance_seconds": 2})
        self.assertEqual(self.client.messages(message.sid).fetch().status, "delivered")

    def test_a_key_is_waited_for_and_posted_back_signed(self):
        site = http.server.HTTPServer(("127.0.0.1", 0), Site)
        threading.Thread(target=site.serve_forever, daemon=True).start()
        self.addCleanup(site.server_close)
        self.addCleanup(site.shutdown)
        response = VoiceResponse()
        action = f"http://127.0.0.1:{site.server_port}/key?a=1&b=2"
        response.gather(num_digits=1, timeout=8, action=action).say("Press any key.")
        response.hangup()
        call = self.ring(response)
        self.assertEqual((newest()["text"], newest()["code"]), ("Press any key.", ""))
        sandbox("POST", f"/phone/messages/{call.sid}/answer")
        self.assertTrue(newest()["keypad"])
        sandbox("POST", f"/phone/messages/{call.sid}/keys", {"digits": "5"})
        self.assertEqual(Site.checked, [(True, "5", TO)])
        self.assertEqual(newest()["code"], "042617")

    def test_refusals_are_what_the_library_understands(self):
        self.assert_refused(lambda: self.ring(says("x"), to="+99"), 400, 21211)
        self.assert_refused(lambda: self.ring(says("x"), to="+442079460195"), 400, 21211)
        self.assert_refused(lambda: self.ring(says("x"), to="+442079460199"), 429, 20429)
        self.assert_refused(lambda: self.client.calls("CA" + "0" * 32).fetch(), 404, 20404)
        revoked = client("SK" + "0" * 32, "revoked_secret")
        self.assert_refused(
            lambda: revoked.calls.create(to=TO, from_=FROM, twiml=str(says("x"))), 401, 20003
        )


if __name__ == "__main__":
    unittest.main(verbosity=2)
