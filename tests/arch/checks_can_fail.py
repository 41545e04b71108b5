"""The checks of this folder must be able to fail: each is run over a small tree with a planted violation."""

import pathlib
import sys
import tempfile
import unittest

import dependencies
import include_isolation

COMPILER = "c++"


class IncludeIsolation(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        root = pathlib.Path(self.folder.name)
        self.alpha, self.beta = (self.service(root, name) for name in ("alpha", "beta"))

    @staticmethod
    def service(root, name):
        folder = root / name
        for header in (folder / "include/edm" / name / f"{name}.hpp", folder / "src" / f"{name}_documents.hpp"):
            header.parent.mkdir(parents=True)
            header.write_text("#pragma once\n")
        return {"service": name, "folder": str(folder), "definitions": [],
                "includes": [str(folder / "include"), str(folder / "src")]}

    def check(self):
        return include_isolation.check(COMPILER, self.alpha, [self.beta])

    def test_isolated_services_pass(self):
        self.assertEqual(self.check(), [])

    def test_reaching_the_others_public_headers_is_found(self):
        self.alpha["includes"].append(self.beta["folder"] + "/include")
        self.assertIn("alpha can include edm/beta/beta.hpp of beta", self.check())

    def test_reaching_the_others_private_headers_is_found(self):
        self.alpha["includes"].append(self.beta["folder"] + "/src")
        self.assertIn("alpha can include beta_documents.hpp of beta", self.check())

    def test_private_headers_of_the_same_name_do_not_hide_a_shared_folder(self):
        for service in (self.alpha, self.beta):
            pathlib.Path(service["folder"], "src/api.hpp").write_text("#pragma once\n")
        self.assertEqual(self.check(), [])
        self.alpha["includes"].append(self.beta["folder"] + "/src")
        self.assertTrue(any("among its include directories" in line for line in self.check()))

    def test_a_header_that_is_found_but_does_not_compile_is_no_isolation(self):
        pathlib.Path(self.beta["folder"], "include/edm/beta/beta.hpp").write_text("#error seen\n")
        self.alpha["includes"].append(self.beta["folder"] + "/include")
        self.assertTrue(any(line.startswith("alpha finds edm/beta/beta.hpp") for line in self.check()))

    def test_flags_that_compile_nothing_are_found(self):
        self.alpha["includes"].clear()
        self.assertTrue(any(line.startswith("control: alpha cannot compile") for line in self.check()))

    def test_a_service_without_headers_is_found(self):
        pathlib.Path(self.alpha["folder"], "include/edm/alpha/alpha.hpp").unlink()
        self.assertTrue(any("nothing was checked" in line for line in self.check()))


class Dependencies(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.module("platform/core", "edm_library(NAME core LIBS fmt::fmt)")
        self.module("platform/describe", "edm_library(NAME describe DEPENDS core)")
        self.module("platform/service", "edm_library(NAME service DEPENDS core describe)")
        self.module("services/recipes", "edm_service(NAME recipes)")

    def module(self, folder, text):
        path = pathlib.Path(self.folder.name, folder, "CMakeLists.txt")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def check(self):
        return dependencies.check(self.folder.name)

    def test_the_allowed_order_passes(self):
        self.assertEqual(self.check(), [])

    def test_an_upward_dependency_is_found(self):
        self.module("platform/core", "edm_library(NAME core DEPENDS describe LIBS fmt::fmt)")
        self.assertIn("core (platform) must not use describe", self.check())
        self.assertIn("circle: core -> describe -> core", self.check())

    def test_a_dependency_through_libs_is_found(self):
        self.module("platform/core", "edm_library(NAME core LIBS fmt::fmt edm_service)")
        self.assertIn("core (platform) must not use service", self.check())

    def test_a_dependency_linked_afterwards_is_found(self):
        self.module("services/recipes", "edm_service(NAME recipes)\ntarget_link_libraries(edm_service_recipes PUBLIC edm_web)")
        self.assertIn("service_recipes (services) must not use web", self.check())

    def test_a_service_that_links_a_service_is_found(self):
        self.module("services/recipes", "edm_service(NAME recipes EXTRA edm_service_purchasing)")
        self.assertIn("service_recipes (services) must not use service_purchasing", self.check())

    def test_an_engine_may_not_decide(self):
        self.module("engines/store_sqlite", "edm_library(NAME store_sqlite DEPENDS store delivery)")
        self.assertIn("store_sqlite (engines) must not use delivery", self.check())

    def test_an_exception_that_nobody_needs_is_found(self):
        self.module("contracts", "edm_library(NAME contracts DEPENDS describe)")
        self.assertIn("contracts no longer uses service: remove the exception", self.check())
        self.module("contracts", "edm_library(NAME contracts DEPENDS describe service)")
        self.assertEqual(self.check(), [])

    def test_an_unknown_platform_module_is_found(self):
        self.module("platform/extras", "edm_library(NAME extras DEPENDS core)")
        self.assertTrue(any(line.startswith("extras:") for line in self.check()))

    def test_programs_are_no_modules(self):
        self.module("platform/describe", "edm_library(NAME describe DEPENDS core)\nadd_executable(decode_fuzz x.cpp)\n"
                    "target_link_libraries(decode_fuzz PRIVATE edm_describe edm_service)")
        self.assertEqual(self.check(), [])

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertTrue(dependencies.check(empty))


if __name__ == "__main__":
    COMPILER = sys.argv.pop(1)
    unittest.main()
