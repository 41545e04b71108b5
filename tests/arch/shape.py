"""Every service has the same shape, so that who knows one finds everything in the next.

shape.py ROOT

A folder below services/ holds README.md, CMakeLists.txt with edm_service(NAME <folder>) alone, one public header
include/edm/<name>/<name>.hpp that declares the factory, src/{api,documents,errors}.hpp, src/<name>.cpp with the one
declare(), and tests, among them the generic test of each of its subscriptions. app/src/services.cpp names all services,
and app/main.cpp stays the 120 lines of a command line.
"""

import pathlib
import re
import sys

KNOWN = {"README.md", "CMakeLists.txt", "include", "src", "tests", "fuzz"}
EXTRA = {("recipes", "catalogue")}  # the starter catalogue, a data file compiled in
MAIN_LINES = 120


def text(path):
    return path.read_text() if path.is_file() else ""


def code(path):
    """A source without its comments."""
    return re.sub(r"//[^\n]*", "", text(path))


def check_service(folder):
    name, snake = folder.name, folder.name.replace("-", "_")
    wrong = []
    wrong += [f"{name}: {entry.name} is no part of a service's shape" for entry in sorted(folder.iterdir())
              if entry.name not in KNOWN and (name, entry.name) not in EXTRA]
    wrong += [f"{name}: {missing} is missing" for missing in
              ["README.md", "CMakeLists.txt", f"include/edm/{snake}/{snake}.hpp", f"src/{snake}.cpp", "src/api.hpp",
               "src/documents.hpp", "src/errors.hpp"] if not (folder / missing).is_file()]
    if not re.search(rf"\bedm_service\(\s*NAME {re.escape(name)}\s*\)", text(folder / "CMakeLists.txt")):
        wrong.append(f"{name}: CMakeLists.txt does not say edm_service(NAME {name})")
    public = sorted(str(path.relative_to(folder)) for path in (folder / "include").rglob("*") if path.is_file())
    if len(public) != 1:
        wrong.append(f"{name}: one public header is enough, and there are {len(public)}: {', '.join(public)}")
    functions = re.findall(r"^[\w:<>]+ (\w+)\(", code(folder / f"include/edm/{snake}/{snake}.hpp"), re.M)
    if functions != [f"make_{snake}"]:
        wrong.append(f"{name}: its public header declares {functions or 'nothing'}, not make_{snake} alone")
    sources = {path: code(path) for path in sorted((folder / "src").rglob("*.cpp"))}
    declares = [path.name for path, source in sources.items() if re.search(r"::declare\(registry& \w+\)", source)]
    if declares != [f"{snake}.cpp"]:
        wrong.append(f"{name}: declare() belongs into src/{snake}.cpp alone, and is in {declares or 'no source'}")
    tests = "".join(code(path) for path in sorted((folder / "tests").glob("*.cpp")))
    if not re.search(r"\b(TEST|TEST_F|TEST_P)\(", tests):
        wrong.append(f"{name}: no tests")
    for source in sources.values():
        for subscription in re.findall(r"\.(?:on|project)<[\w:]+>\(\s*\"([^\"]+)\"", source):
            if not subscription.startswith(name + "."):
                wrong.append(f"{name}: the subscription {subscription} is not named {name}.<what it does>")
            if "check_subscription(" not in tests or f'"{subscription}"' not in tests:
                wrong.append(f"{name}: no test runs check_subscription() over {subscription}")
    return wrong


def check(root):
    """Returns what is wrong, as sentences."""
    root = pathlib.Path(root)
    services = sorted(path.parent for path in root.glob("services/*/CMakeLists.txt"))
    if not services:
        return [f"no service was found below {root}"]
    wrong = [f"services/{path.name} has no CMakeLists.txt" for path in sorted((root / "services").iterdir())
             if path.is_dir() and path not in services]
    composition = code(root / "app/src/services.cpp")
    for folder in services:
        wrong += check_service(folder)
        if f"make_{folder.name.replace('-', '_')}(" not in composition:
            wrong.append(f"{folder.name}: app/src/services.cpp does not make it")
    main = text(root / "app/main.cpp")
    if not main:
        wrong.append("app/main.cpp is missing")
    if main.count("\n") > MAIN_LINES:
        wrong.append(f"app/main.cpp: {main.count(chr(10))} lines, at most {MAIN_LINES}: commands belong into app/src")
    return wrong


if __name__ == "__main__":
    problems = check(sys.argv[1])
    print(*problems or ["every service has the common shape"], sep="\n")
    sys.exit(1 if problems else 0)
