"""What the tests of deploy/ share: the arguments, and how a test that cannot run says so.

NAME.py EDM ROOT
"""

import pathlib
import shutil
import sys

ROOT = pathlib.Path(sys.argv.pop()).resolve()
EDM = pathlib.Path(sys.argv.pop()).resolve()
NOT_RUN = 77  # what CTest shows as skipped


def needs(program, package):
    """The program's path; ends the test where it is not installed."""
    path = shutil.which(program) or shutil.which(program, path=str(pathlib.Path(sys.executable).parent))
    if not path:
        print(f"not run: {program} is not there; install {package}")
        sys.exit(NOT_RUN)
    return path
