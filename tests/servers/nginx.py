"""An nginx of the test alone, with a configuration that others wrote."""

import os
import pathlib
import re
import shutil
import signal

from .children import NotRun, end_group, free_port, listens, spawn, wait_until

PATHS = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]


class Nginx:
    """`config_text` is a whole configuration, or what belongs into its http block; wherever it listens, this one listens on
    .port instead. `log` is where nginx writes its errors."""

    def __init__(self, directory, config_text="", port=None):
        self.program = shutil.which("nginx", path=os.environ["PATH"] + ":/usr/sbin")
        if not self.program:
            raise NotRun("not run: nginx is not there; install nginx-light")
        self.directory = pathlib.Path(directory).resolve()
        self.directory.mkdir(parents=True, exist_ok=True)
        self.port, self.config_text = port or free_port(), config_text
        self.log = self.directory / "error.log"
        self.process = None

    def start(self):
        text = re.sub(r"\blisten\s+[^;]+;", f"listen 127.0.0.1:{self.port};", self.config_text)
        own = "".join(f"{name}_temp_path {self.directory}/{name}; " for name in PATHS) + "access_log off;\n"
        if re.search(r"^\s*http\s*\{", text, re.M):
            text = re.sub(r"^(\s*http\s*\{)", lambda found: found.group(1) + " " + own, text, count=1, flags=re.M)
        else:
            text = f"events {{ worker_connections 4096; }}\nhttp {{ {own}{text}\n}}\n"
        config = self.directory / "nginx.conf"
        # Its workers write large bodies below our directory, which is nobody else's.
        user = "" if os.geteuid() else "user root; "
        config.write_text(f"{user}daemon off; worker_processes 1; pid {self.directory}/pid; error_log {self.log};\n{text}")
        self.process = spawn([self.program, "-e", self.log, "-p", self.directory, "-c", config],
                             {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin"}, self.directory / "output")
        wait_until(lambda: listens(self.port), "nginx listens", self.process, self.log)
        return self

    def stop(self):
        end_group(self.process, signal.SIGTERM)
        self.process = None
