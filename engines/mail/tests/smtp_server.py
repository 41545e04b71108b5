"""A real SMTP server for the tests: aiosmtpd, with a certificate made by trustme.

smtp_server.py FOLDER [starttls] [auth] [tls] [refuse]

Writes ca.pem into FOLDER. Prints `ready PORT`, then one line of JSON for every mail that it takes. Ends with its
standard input.
"""

import asyncio
import json
import pathlib
import ssl
import sys

import trustme
from aiosmtpd.smtp import SMTP, AuthResult


class Handler:
    def __init__(self, refuse):
        self.refuse = refuse

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse:
            return "550 5.1.1 nobody of that name"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        print(
            json.dumps(
                {
                    "from": envelope.mail_from,
                    "to": envelope.rcpt_tos,
                    "user": session.auth_data or "",
                    "tls": server.transport.get_extra_info("ssl_object") is not None,
                    "greeting": session.host_name,
                    "content": envelope.content.decode("utf-8"),
                }
            ),
            flush=True,
        )
        return "250 OK"


def authenticate(server, session, envelope, mechanism, data):
    good = data.login == b"shop" and data.password == b"s3cret:/@%"
    # Not handled: the server itself answers 535 to a wrong password.
    return AuthResult(success=good, handled=False, auth_data=data.login.decode() if good else None)


async def main():
    folder, modes = pathlib.Path(sys.argv[1]), set(sys.argv[2:])
    authority = trustme.CA()
    authority.cert_pem.write_to_path(folder / "ca.pem")
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)

    def session():
        return SMTP(
            Handler("refuse" in modes),
            tls_context=tls if "starttls" in modes else None,
            authenticator=authenticate if "auth" in modes else None,
            auth_required="auth" in modes,
            auth_require_tls="tls" not in modes,
            hostname="mail.example",
            loop=asyncio.get_running_loop(),
        )

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", 0, ssl=tls if "tls" in modes else None
    )
    print("ready", server.sockets[0].getsockname()[1], flush=True)
    # The test holds the other end of our input; it ends with the test, however that ends.
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    server.close()


asyncio.run(main())
