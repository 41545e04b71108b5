#!/usr/bin/env python3
"""with_couchdb.py PROGRAM [ARGUMENT...]: runs a program with a CouchDB (see couchdb.py) named in its environment, and
removes what it left there. Exit code 77, with the reason, where there is no CouchDB to be had."""

import os
import pathlib
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from servers import CouchDB, NotRun  # noqa: E402


def main():
    with tempfile.TemporaryDirectory(prefix="edm-couchdb-") as directory:
        try:
            server = CouchDB(directory).start()
        except NotRun as reason:
            print(reason)
            return 77
        try:
            kind = "a CouchDB" if server.real else "pouchdb-server: CouchDB's durability and conflicts are not run"
            print(f"against {kind}", flush=True)
            environment = {**os.environ, **server.settings, "EDM_TEST_COUCHDB_REAL": "1" if server.real else "0"}
            return subprocess.run(sys.argv[1:], env=environment).returncode
        finally:
            server.stop()


if __name__ == "__main__":
    sys.exit(main())
