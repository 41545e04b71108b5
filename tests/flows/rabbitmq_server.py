"""A RabbitMQ of the test alone: its own node, ports, cookie and data; ended by the test that started it."""

import os
import pathlib
import signal
import socket
import subprocess
import tempfile
import time

PROGRAM, EPMD = "/usr/lib/rabbitmq/bin/rabbitmq-server", "/usr/bin/epmd"


def missing():
    """Why there can be none here; None where there can."""
    for file in (PROGRAM, EPMD):
        if not os.access(file, os.X_OK):
            return f"not run: {file} is not there; install rabbitmq-server"
    return None


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


def wait_for(port):  # a foreign server says nothing to us when it is ready: this one bounded loop asks it
    until = time.monotonic() + 60
    while True:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            if time.monotonic() > until:
                raise
            time.sleep(0.05)


class Server:
    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="edm-rabbitmq-")
        at = pathlib.Path(self.folder.name)
        (at / "plugins").write_text("[].")
        self.port, epmd_port = free_port(), free_port()
        self.env = {
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": str(at), "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(epmd_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": f"edm{self.port}@localhost", "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(free_port()),
            "RABBITMQ_MNESIA_BASE": str(at / "mnesia"), "RABBITMQ_LOG_BASE": str(at / "log"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(at / "plugins"), "RABBITMQ_CONF_ENV_FILE": str(at / "none"),
            "RABBITMQ_CONFIG_FILE": str(at / "none"), "RABBITMQ_PID_FILE": str(at / "pid"),
            "RUNNING_UNDER_SYSTEMD": "true",  # the shell becomes the server, instead of waiting for it
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
        }
        self.log = open(at / "output", "w")
        self.epmd = self.spawn(EPMD, "-port", str(epmd_port), "-address", "127.0.0.1")
        wait_for(epmd_port)
        self.server = self.spawn(PROGRAM)
        wait_for(self.port)

    def spawn(self, *command):
        return subprocess.Popen(command, env=self.env, stdin=subprocess.DEVNULL, stdout=self.log,
                                stderr=subprocess.STDOUT, start_new_session=True)

    @property
    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def end(self):
        for one in (self.server, self.epmd):
            try:
                os.killpg(one.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            one.wait()
        self.log.close()
        self.folder.cleanup()
