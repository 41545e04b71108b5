"""Dependencies between modules point one way: checks the declarations in the CMake files against the allowed order.

dependencies.py ROOT

A module declares what it uses by edm_library(NAME … DEPENDS …) or links it by target_link_libraries. CMake itself would
accept a circle of static libraries.
"""

import pathlib
import re
import sys

# The platform, lowest first; a module may use only what stands below its own line.
ORDER = [
    {"core"},
    {"describe"},
    {"config"},
    {"observability"},
    {"bus"},
    {"store"},
    {"delivery", "security"},
    {"service"},
    {"web", "reference"},
    {"gateway"},
]
PLATFORM = set().union(*ORDER)
ENGINES = {"bus_embedded", "bus_rabbitmq", "store_sqlite", "store_couchdb"}
# What sources of another kind than a platform module may use; "app" may use everything and is not listed.
ALLOWED = {
    "contracts": {"core", "describe", "bus"},
    "testing": PLATFORM | {"testing"},
    "engines": PLATFORM - {"delivery", "security", "service"},
    "services": {"service", "contracts", "starter_catalogue"}, # the last is a data file of recipes, compiled in
    "simulators": {"service", "contracts", "web"},
}
# Departures from the order, each with its reason. One that is no longer used is reported.
EXCEPTIONS = {
    ("contracts", "service"): "access_changed guards every service, so it is the platform's type and a contract",
    ("testing_engines", "bus_embedded"): "the engines that services' tests run on, named in one place",
    ("testing_engines", "store_sqlite"): "the engines that services' tests run on, named in one place",
    ("mail", "security"): "SMTP blocks, so it runs on the bounded workers, which are security's",
    ("mail", "service"): "an engine of the mailer, a port that the services' face declares",
}

CALL = re.compile(r"\b(edm_library|edm_service|add_library|target_link_libraries)\s*\(([^)]*)\)", re.S)
KEYWORDS = {"NAME", "DEPENDS", "LIBS", "PCH", "EXTRA", "PUBLIC", "PRIVATE", "INTERFACE"}


def short(word):
    """The module behind a target's name: edm_core, core and core's own variants are one thing."""
    name = word.removeprefix("edm_")
    return "service" if name == "service_face" else name


def modules(root):
    """Every module with its kind and the modules that it declares or links: {name: (kind, uses)}."""
    found = {}
    for path in sorted(pathlib.Path(root).glob("*/**/CMakeLists.txt")):
        kind = path.relative_to(root).parts[0]
        if kind not in {"platform", "contracts", "engines", "services", "simulators"}:
            continue
        text = re.sub(r"#[^\n]*", "", path.read_text())
        for call, body in CALL.findall(text):
            words = body.split()
            if call in {"edm_library", "edm_service"}:
                given = words[words.index("NAME") + 1]
                name = "service_" + given.replace("-", "_") if call == "edm_service" else given
                rest = [word for word in words if word not in KEYWORDS and word != given]
            else:
                name, rest = short(words[0]), [word for word in words[1:] if word not in KEYWORDS]
                if call == "target_link_libraries" and name not in found:
                    continue # a program, such as a test: nothing can depend on it
            # DEPENDS has plain names, everything else the targets' names: a library such as fmt::fmt is no module.
            listed = words[words.index("DEPENDS") + 1:] if "DEPENDS" in words else []
            listed = listed[:next((i for i, word in enumerate(listed) if word in KEYWORDS), len(listed))]
            uses = {short(word) for word in rest if word.startswith("edm_") and word != "edm_options"} | set(listed)
            known = found.setdefault(name, (kind, set()))
            known[1].update(uses - {name})
    return found


def rank(name):
    return next((index for index, line in enumerate(ORDER) if name in line), None)


def allowed(name, kind):
    if kind == "platform":
        if name.startswith("testing"):
            return ALLOWED["testing"]
        if rank(name) is None:
            return None
        return set().union(*ORDER[:rank(name)])
    return ALLOWED[kind]


def circle(graph):
    """One circle of the graph as a list of names, or None."""
    done, path = set(), []

    def visit(name):
        if name in path:
            return path[path.index(name):] + [name]
        if name in done:
            return None
        path.append(name)
        for used in sorted(graph.get(name, ())):
            if found := visit(used):
                return found
        path.pop()
        done.add(name)
        return None

    return next((found for name in sorted(graph) if (found := visit(name))), None)


def check(root):
    """Returns what is wrong, as sentences."""
    found = modules(root)
    if "core" not in found:
        return [f"no module was found below {root}"]
    wrong = []
    for name, (kind, uses) in found.items():
        may = allowed(name, kind)
        if may is None:
            wrong.append(f"{name}: a platform module that tests/arch/dependencies.py gives no place in the order")
            continue
        wrong += [f"{name} ({kind}) must not use {used}" for used in sorted(uses - may)
                  if (name, used) not in EXCEPTIONS]
    wrong += [f"{name} no longer uses {used}: remove the exception" for name, used in EXCEPTIONS
              if name in found and used not in found[name][1]]
    if found_circle := circle({name: uses for name, (_, uses) in found.items()}):
        wrong.append("circle: " + " -> ".join(found_circle))
    return wrong


if __name__ == "__main__":
    problems = check(sys.argv[1])
    print(*problems or [f"{len(modules(sys.argv[1]))} modules point one way"], sep="\n")
    sys.exit(1 if problems else 0)
