"""A RabbitMQ of the test alone: its own node, ports, cookie, port mapper and data."""

import os
import pathlib
import shutil
import signal
import socket
import subprocess

from .children import NotRun, end_group, free_port, listens, spawn, wait_until

# Of Debian's package, or of another version.
BIN = pathlib.Path(os.environ.get("EDM_TEST_RABBITMQ_BIN") or "/usr/lib/rabbitmq/bin")
EPMD = pathlib.Path("/usr/bin/epmd")


class RabbitMQ:
    def __init__(self, directory, port=None):
        """`directory` holds everything of it; started there again, it finds its queues. Raises NotRun where no broker is
        installed."""
        for file in (BIN / "rabbitmq-server", EPMD):
            if not os.access(file, os.X_OK):
                raise NotRun(f"not run: {file} is not there; install rabbitmq-server")
        self.directory = pathlib.Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        (self.directory / "plugins").write_text("[].")
        self.output = self.directory / "output"
        self.port, self.epmd_port, dist_port = port or free_port(), free_port(), free_port()
        self.node = "edm@localhost"  # its port mapper knows no other
        at = str(self.directory)
        self.env = {
            "PATH": "/usr/bin:/bin:/usr/sbin:/sbin", "HOME": at, "LANG": "C.UTF-8",
            "ERL_EPMD_PORT": str(self.epmd_port), "ERL_EPMD_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODENAME": self.node, "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port), "RABBITMQ_DIST_PORT": str(dist_port),
            "RABBITMQ_MNESIA_BASE": at + "/mnesia", "RABBITMQ_LOG_BASE": at + "/log",
            "RABBITMQ_ENABLED_PLUGINS_FILE": at + "/plugins", "RABBITMQ_CONF_ENV_FILE": at + "/none",
            "RABBITMQ_CONFIG_FILE": at + "/none", "RABBITMQ_PID_FILE": at + "/pid",
            "RUNNING_UNDER_SYSTEMD": "true",  # the shell becomes the server, instead of waiting for it
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS":
                "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
            "RABBITMQ_CTL_ERL_ARGS": "-start_epmd false -kernel inet_dist_use_interface {127,0,0,1} +S 1:1 +sbwt none",
        }
        self.epmd = self.server = None

    @property
    def url(self):
        return f"amqp://guest:guest@127.0.0.1:{self.port}/"

    def start(self):
        """Returns once it greets a client."""
        if self.epmd is None:
            self.epmd = spawn([EPMD, "-port", self.epmd_port, "-address", "127.0.0.1"], self.env, self.output)
            wait_until(lambda: listens(self.epmd_port), "epmd answers", self.epmd, self.output)
        if self.server is None:
            self.server = spawn([BIN / "rabbitmq-server"], self.env, self.output)
            wait_until(self._greets, "rabbitmq-server answers", self.server, self.output)
        return self

    def _greets(self):
        """It listens before it lets anybody in: a header of an unknown protocol is answered only by a broker at work."""
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as s:
                s.sendall(b"AMQP\x00\x00\x00\x00")
                return s.recv(8).startswith(b"AMQP")
        except OSError:
            return False

    def stop(self):
        """Ends it in order, and its port mapper."""
        self._end(signal.SIGTERM)
        end_group(self.epmd)
        self.epmd = None

    def kill(self):
        self._end(signal.SIGKILL)

    def _end(self, how):
        if self.server is not None:
            self.resume()
            end_group(self.server, how)
        self.server = None

    def restart(self):
        """Ends it in order and starts it again."""
        self._end(signal.SIGTERM)
        return self.start()

    def lose_volume(self):
        """Kills it and removes all that it stored; `start` begins an empty one."""
        self.kill()
        shutil.rmtree(self.directory / "mnesia", ignore_errors=True)

    def stall(self):
        """Its connections stay open and nothing answers, until `resume`."""
        os.killpg(self.server.pid, signal.SIGSTOP)

    def resume(self):
        try:
            os.killpg(self.server.pid, signal.SIGCONT)
        except ProcessLookupError:
            pass

    def ctl(self, *words):
        """What rabbitmqctl prints; takes over a second. Where it fails, the error has the end of the broker's log."""
        done = subprocess.run([BIN / "rabbitmqctl", "--quiet", "-n", self.node, *words], env=self.env,
                              capture_output=True, text=True, timeout=60)
        if done.returncode != 0:
            logs = sorted((self.directory / "log").glob("*.log"), key=lambda one: one.stat().st_mtime)
            end = "\n".join(logs[-1].read_text(errors="replace").splitlines()[-60:]) if logs else ""
            raise AssertionError(f"rabbitmqctl {' '.join(words)}: {done.stdout}{done.stderr}\n--- the broker\n{end}")
        return done.stdout

    def new_host(self, name):
        """Makes an empty virtual host; returns its name, for the end of a URL."""
        self.ctl("eval", f'rabbit_vhost:add(<<"{name}">>, <<"test">>), rabbit_auth_backend_internal:set_permissions('
                         f'<<"guest">>, <<"{name}">>, <<".*">>, <<".*">>, <<".*">>, <<"test">>).')
        return name
