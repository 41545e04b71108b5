"""deploy/Dockerfile: its style, and whether its image has what the program loads.

dockerfile.py EDM ROOT
"""

import os
import re
import subprocess
import unittest

from facts import EDM, ROOT, needs

HADOLINT = needs("hadolint", "the packages of tests/requirements.txt")
BASE = {"libc6", "libgcc-s1"}  # Debian's image has them
LOADED_LATER = {"libcurl4", "ca-certificates"}  # by dlopen, and by OpenSSL as a file


def packages_of(libraries):
    """The Debian packages of these files; /lib and /usr/lib are the same folder."""
    found = set()
    for library in libraries:
        path = os.path.realpath(library)
        for name in (path, path.removeprefix("/usr")):
            done = subprocess.run(["dpkg", "-S", name], capture_output=True, text=True)
            if done.returncode == 0:
                found.add(done.stdout.split(":")[0])
                break
        else:
            raise AssertionError(f"{library} belongs to no package")
    return found


class Dockerfile(unittest.TestCase):
    TEXT = (ROOT / "deploy/Dockerfile").read_text()

    def test_a_linter_finds_nothing(self):
        done = subprocess.run([HADOLINT, ROOT / "deploy/Dockerfile"], capture_output=True, text=True, timeout=60)
        self.assertEqual((done.returncode, done.stdout + done.stderr), (0, ""))

    def test_the_image_has_the_libraries_of_the_program_and_no_others(self):
        needs("dpkg", "Debian")
        linked = subprocess.run(["ldd", EDM], capture_output=True, text=True, check=True).stdout
        wanted = packages_of(re.findall(r"=> (/\S+)", linked)) - BASE | LOADED_LATER
        last = self.TEXT[self.TEXT.rindex("\nFROM "):]
        listed = re.search(r"--no-install-recommends \\\n((?: +\S+ \\\n)+)", last).group(1)
        self.assertEqual({line.strip(" \\") for line in listed.splitlines()}, wanted)

    def test_it_runs_as_nobody_special(self):
        users = re.findall(r"^USER (\S+)$", self.TEXT, re.M)
        self.assertEqual(users, ["10001:10001"])
        self.assertLess(self.TEXT.index("\nUSER "), self.TEXT.index("\nENTRYPOINT"))

    def test_what_it_copies_is_there(self):
        for sources in re.findall(r"^COPY (?!--from)(.+) \S+$", self.TEXT, re.M):
            for source in sources.split():
                self.assertTrue((ROOT / source).exists(), source)

    def test_the_build_sees_only_what_it_needs(self):
        lines = (ROOT / ".dockerignore").read_text().split()
        self.assertIn("*", lines)
        for secret in (".env", "data", "build", ".git", "tests"):
            self.assertNotIn("!" + secret, lines)
        for folder in re.findall(r"^add_subdirectory\((\w+)\)", (ROOT / "CMakeLists.txt").read_text(), re.M):
            self.assertTrue("!" + folder in lines or f"!{folder}/CMakeLists.txt" in lines, folder)


unittest.main()
