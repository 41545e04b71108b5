"""A service cannot include another service's headers: its include directories do not contain them.

include_isolation.py COMPILER OWN.json ALL.json...

The JSON files are written by CMake from the targets' real properties. For the service of OWN.json: every public header of
its own compiles (the control, without which a wrong flag would look like isolation), and every public and private header
of each other service fails with "file not found".
"""

import json
import pathlib
import subprocess
import sys
import tempfile


def load(path):
    data = json.loads(pathlib.Path(path).read_text())
    for key in ("includes", "definitions"):
        data[key] = list(dict.fromkeys(part for part in data[key].split(";") if part))
    return data


def headers(service, root):
    """The names by which files below <service folder>/<root> are included."""
    folder = pathlib.Path(service["folder"], root)
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*.hpp"))


def compile_include(compiler, service, header):
    """Compiles a source that includes one header as a source of this service would; returns (succeeded, messages)."""
    with tempfile.TemporaryDirectory() as folder:
        source = pathlib.Path(folder, "probe.cpp")
        source.write_text(f"#include <{header}>\n")
        flags = [f"-I{path}" for path in service["includes"]] + [f"-D{text}" for text in service["definitions"]]
        done = subprocess.run([compiler, "-std=c++23", "-fsyntax-only", *flags, str(source)],
                              capture_output=True, text=True)
        return done.returncode == 0, done.stderr


def private_names(own, other):
    """Private headers of another service, except names that the own service has too: those mean its own file."""
    mine = set(headers(own, "src"))
    return [name for name in headers(other, "src") if name not in mine]


def check(compiler, own, others):
    """Returns what is wrong, as sentences."""
    wrong = []
    public = headers(own, "include")
    if not public:
        wrong.append(f"{own['service']} offers no header below include/, so nothing was checked")
    for header in public:
        succeeded, messages = compile_include(compiler, own, header)
        if not succeeded:
            wrong.append(f"control: {own['service']} cannot compile its own {header}:\n{messages}")
    for other in others:
        for header in headers(other, "include") + private_names(own, other):
            succeeded, messages = compile_include(compiler, own, header)
            if succeeded:
                wrong.append(f"{own['service']} can include {header} of {other['service']}")
            elif f"'{header}' file not found" not in messages:
                wrong.append(f"{own['service']} finds {header} of {other['service']}:\n{messages}")
    # Private headers may have the same names everywhere; their folders must still be out of reach.
    for other in others:
        for root in ("include", "src"):
            path = str(pathlib.Path(other["folder"], root))
            if path in own["includes"]:
                wrong.append(f"{own['service']} has {path} among its include directories")
    return wrong


def main(compiler, own_path, *all_paths):
    own = load(own_path)
    others = [service for service in map(load, all_paths) if service["service"] != own["service"]]
    wrong = check(compiler, own, others)
    print(*wrong or [f"{own['service']}: isolated from {len(others)} other services"], sep="\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
