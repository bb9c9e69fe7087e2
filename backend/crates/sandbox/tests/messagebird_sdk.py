"""MessageBird's own Python client against the simulator, unchanged but for the base address.

Run by scripts/sdk-check, which starts the simulator and names it in SANDBOX_URL. What the client does
not know (the phone, the clock) is asked for with the standard library.
"""

import json
import os
import unittest
import urllib.request
from datetime import timedelta

import messagebird.client
from messagebird.client import Client, ErrorException

BASE = os.environ["SANDBOX_URL"]

# The one change: where the client believes MessageBird to be.
messagebird.client.ENDPOINT = BASE


def sandbox(method, path, body=None):
    """Calls one of the simulator's own endpoints."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(BASE + path, data=data, method=method)
    with urllib.request.urlopen(request, timeout=10) as answer:
        text = answer.read()
    return json.loads(text) if text else None


def newest(recipient):
    """The newest call or message on the phone of a number."""
    return sandbox("GET", "/phone/messages?recipient=" + recipient)[0]


class PythonSdk(unittest.TestCase):
    def setUp(self):
        self.client = Client("live_any_key")
        sandbox("DELETE", "/phone/messages")
        sandbox("DELETE", "/phone/faults")

    def assert_refused(self, call, *expected):
        """The call raises exactly these (code, description, parameter) entries."""
        with self.assertRaises(ErrorException) as raised:
            call()
        found = [(e.code, e.description, e.parameter) for e in raised.exception.errors]
        self.assertEqual(found, list(expected))

    def test_a_call_is_placed_and_its_code_verifies_once(self):
        created = self.client.verify_create(
            "+31612345678",
            {
                "type": "tts",
                "language": "nl-nl",
                "voice": "male",
                "template": "Uw code is %token. Nogmaals: %token.",
                "timeout": 600,
                "tokenLength": 6,
                "maxAttempts": 5,
                "reference": "order4711",
            },
        )
        self.assertEqual(created.status, "sent")
        self.assertEqual(created.recipient, 31612345678)
        self.assertEqual(created.reference, "order4711")
        self.assertEqual(created.validUntilDatetime - created.createdDatetime, timedelta(seconds=600))
        self.assertIn("/voicemessages/", created.messages["href"])
        self.assertIsNone(created.token)

        call = newest("31612345678")
        self.assertEqual((call["channel"], call["language"], call["voice"]), ("voice", "nl-nl", "male"))
        self.assertEqual(call["verify_id"], created.id)
        spoken = ", ".join(call["code"])
        self.assertEqual(call["text"], f"Uw code is {spoken}. Nogmaals: {spoken}.")

        verified = self.client.verify_verify(created.id, call["code"])
        self.assertEqual((verified.id, verified.status), (created.id, "verified"))
        self.assertEqual(self.client.verify(created.id).status, "verified")
        self.assert_refused(
            lambda: self.client.verify_verify(created.id, call["code"]),
            (10, "The token has already been processed.", "token"),
        )

    def test_a_text_message_is_the_default_and_one_wrong_code_ends_it(self):
        created = self.client.verify_create(31612345678)
        message = newest("31612345678")
        self.assertEqual(message["channel"], "sms")
        self.assertEqual(message["text"], "Your code is: " + message["code"])
        self.assertEqual(created.validUntilDatetime - created.createdDatetime, timedelta(seconds=30))

        wrong = "000000" if message["code"] != "000000" else "000001"
        self.assert_refused(
            lambda: self.client.verify_verify(created.id, wrong), (10, "The token is invalid.", "token")
        )
        self.assertEqual(self.client.verify(created.id).status, "failed")
        self.assert_refused(
            lambda: self.client.verify_verify(created.id, message["code"]),
            (10, "The token has already been processed.", "token"),
        )

    def test_a_code_with_leading_zeros_stays_text(self):
        sandbox("PUT", "/phone/next-code", {"code": "000042"})
        created = self.client.verify_create("31612345678", {"type": "tts"})
        self.assert_refused(
            lambda: self.client.verify_verify(created.id, "42"),
            (10, "Token should between 6 and 10 characters", "token"),
        )
        self.assertEqual(self.client.verify_verify(created.id, "000042").status, "verified")

    def test_time_makes_it_expire(self):
        created = self.client.verify_create("31612345678", {"timeout": 60})
        code = newest("31612345678")["code"]
        sandbox("POST", "/phone/clock", {"advance_seconds": 61})
        self.assertEqual(self.client.verify(created.id).status, "expired")
        self.assert_refused(
            lambda: self.client.verify_verify(created.id, code), (10, "The token has expired.", "token")
        )

    def test_a_deleted_verification_is_gone(self):
        created = self.client.verify_create("31612345678")
        self.client.verify_delete(created.id)
        gone = (20, "Verify object could not be found", None)
        self.assert_refused(lambda: self.client.verify(created.id), gone)
        self.assert_refused(lambda: self.client.verify_verify(created.id, "123456"), gone)

    def test_bad_parameters_are_named_one_by_one(self):
        with self.assertRaises(ErrorException) as raised:
            self.client.verify_create("nonsense", {"template": "no placeholder", "tokenLength": 99})
        found = sorted((e.code, e.parameter) for e in raised.exception.errors)
        self.assertEqual(found, [(10, "recipient"), (10, "template"), (10, "tokenLength")])

    def test_a_revoked_key_is_refused(self):
        self.assert_refused(
            lambda: Client("revoked_key").verify_create("31612345678"),
            (2, "Request not allowed (incorrect access_key)", "access_key"),
        )

    def test_a_test_key_gets_an_object_that_nobody_can_find(self):
        client = Client("test_key")
        created = client.verify_create("31612345678")
        self.assertEqual(created.status, "sent")
        self.assert_refused(
            lambda: client.verify(created.id), (20, "Verify object could not be found", None)
        )
        self.assertEqual(sandbox("GET", "/phone/messages"), [])

    def test_the_call_itself_can_be_followed(self):
        created = self.client.verify_create("31612345678", {"type": "tts"})
        message_id = created.messages["href"].rsplit("/", 1)[1]
        call = self.client.voice_message(message_id)
        self.assertEqual(call.recipients["items"][0].status, "calling")
        self.assertEqual(call.recipients["items"][0].recipient, 31612345678)
        sandbox("POST", "/phone/clock", {"advance_seconds": 6})
        call = self.client.voice_message(message_id)
        self.assertEqual(call.recipients["items"][0].status, "answered")
        self.assert_refused(
            lambda: self.client.message(message_id), (20, "message not found", None)
        )

    def test_the_text_message_itself_can_be_followed(self):
        created = self.client.verify_create("31612345678", {"type": "sms"})
        message_id = created.messages["href"].rsplit("/", 1)[1]
        sandbox("POST", "/phone/clock", {"advance_seconds": 2})
        message = self.client.message(message_id)
        self.assertEqual(message.recipients["items"][0].status, "delivered")


if __name__ == "__main__":
    unittest.main(verbosity=2)
