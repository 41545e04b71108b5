"""What another implementation says of the OpenAPI document. Needs openapi-spec-validator.

foreign.py EDM
"""

import json
import subprocess
import sys
import tempfile
import unittest

from openapi_spec_validator import OpenAPIV31SpecValidator

EDM = sys.argv.pop()


def printed(command):
    with tempfile.TemporaryDirectory() as folder:
        return json.loads(subprocess.run([EDM, command], cwd=folder, check=True, capture_output=True).stdout)


class Foreign(unittest.TestCase):
    def test_the_openapi_document_is_valid(self):
        self.assertEqual([str(e) for e in OpenAPIV31SpecValidator(printed("openapi")).iter_errors()], [])

    def test_the_validator_finds_what_is_wrong(self):
        document = printed("openapi")
        document["paths"]["/signup"]["post"]["responses"]["201"].pop("description")
        document["paths"]["/login"]["post"]["operationId"] = "post_signup"
        self.assertEqual(len(list(OpenAPIV31SpecValidator(document).iter_errors())), 2)


if __name__ == "__main__":
    unittest.main()
