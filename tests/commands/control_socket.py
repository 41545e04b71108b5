"""What commands make of a process that answers wrongly, or not at all.

control_socket.py EDM ROOT
"""

import os
import socket
import threading
import unittest

from program import Case, Folder

REFUSAL = b'{"status":"store_away","error":true,"details":{"description":"The store is away.","error_code":"store_away"}}'


def answer(body, status=200, length=None):
    return (b"HTTP/1.1 %d X\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%s"
            % (status, len(body) if length is None else length, body))


class Talking(Case):
    def setUp(self):
        self.folder = Folder()
        self.addCleanup(self.folder.close)
        self.folder.data.mkdir()
        self.requests = []

    def listen(self, bytes_sent, connections=2):
        """Answers the next connections with these bytes. The first of a command only asks whether somebody listens."""
        listening = socket.socket(socket.AF_UNIX)
        listening.bind(str(self.folder.data / "edm.sock"))
        listening.listen()

        def serve():
            for _ in range(connections):
                peer, _ = listening.accept()
                with peer, peer.makefile("rb") as lines:
                    head = b"".join(iter(lines.readline, b"\r\n")) if peer.recv(1, socket.MSG_PEEK) else b""
                    if head:
                        self.requests.append(head.decode())
                        peer.sendall(bytes_sent)
        thread = threading.Thread(target=serve)
        thread.start()
        self.addCleanup(lambda: (thread.join(30), listening.close()))

    def test_the_request_is_plain_http(self):
        self.listen(answer(b"[]"))
        self.assertIn("0 subscriptions", self.assert_done(self.folder.run("audit", "--wait", "7")))
        lines = self.requests[0].split("\r\n")
        self.assertEqual(lines[0], "GET /operator/audit?wait=7 HTTP/1.1")
        self.assertIn("Connection: close", lines)
        self.assertIn("Host: localhost", lines)

    def test_keys_and_names_are_encoded(self):
        self.listen(answer(b'{"dead_letters":[],"exhausted":[]}'))
        self.folder.run("deadletters", "list", "--subscription", "a b\r\nX: y/?&")
        self.assertTrue(self.requests[0].startswith(
            "GET /operator/deadletters?subscription=a%20b%0D%0AX%3A%20y%2F%3F%26 HTTP/1.1\r\n"), self.requests)

    def test_a_refusal_is_told_in_its_own_words(self):
        self.listen(answer(REFUSAL, 503))
        self.assert_refused(self.folder.run("audit"), 1, "The store is away.")

    def test_violations_are_told(self):
        self.listen(answer(b'{"detail":[{"loc":["body","key"],"msg":"Field required","type":"missing"}]}', 422))
        self.assert_refused(self.folder.run("subscriptions", "drop", "a.b"), 1, "Field required")

    def test_a_refusal_without_words_has_its_status(self):
        self.listen(answer(b"<html>", 502))
        self.assert_refused(self.folder.run("audit"), 1, "502")

    def test_answers_that_are_none(self):
        for sent in (b"", b"HTTP/1.1 200", b"nonsense\r\n\r\n", answer(b"[]", length=3), answer(b"[]", length=1),
                     b"HTTP/1.1 2x0 X\r\n\r\n[]", b"HTTP/1.1 200 X\r\nContent-Length: -2\r\n\r\n[]"):
            with self.subTest(sent):
                self.listen(sent)
                self.assert_refused(self.folder.run("audit"), 1, "no whole answer")
                self.forget_the_socket()

    def test_answers_of_another_version(self):
        for command in (["audit"], ["deadletters", "list"], ["subscriptions", "list"]):
            for body in (b'{"a":1}', b"[1]", b"<html>"):
                with self.subTest(command=command, body=body):
                    self.listen(answer(body))
                    self.assert_refused(self.folder.run(*command), 1, "version")
                    self.forget_the_socket()

    def forget_the_socket(self):
        os.unlink(self.folder.data / "edm.sock")

    def test_the_doctor_finds_it_ill(self):
        gone = answer(b'{"status":"not_ready","reason":"store of recipes: gone"}', 503)
        for sent, connections in ((b"", 2), (answer(b"<html>"), 2), (gone, 3)):
            with self.subTest(sent):
                self.listen(sent, connections)
                done = self.folder.run("doctor")
                self.assertEqual(done.returncode, 1, done.stdout)
                self.assertRegex(done.stdout, r"(?m)^FAIL +process ")
                self.forget_the_socket()

    def test_a_file_that_is_no_socket(self):
        (self.folder.data / "edm.sock").write_text("")
        self.assert_refused(self.folder.run("audit"), 1, "edm.sock")


unittest.main()
