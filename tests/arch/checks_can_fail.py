"""The checks of this folder must be able to fail: each is run over a small tree with a planted violation."""

import pathlib
import sys
import tempfile
import unittest

import dependencies
import include_isolation
import shape

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


class Shape(unittest.TestCase):
    FILES = {
        "README.md": "# gift-cards\n",
        "CMakeLists.txt": "edm_service(NAME gift-cards)\n",
        "include/edm/gift_cards/gift_cards.hpp": "std::unique_ptr<service> make_gift_cards(const resources& from);\n",
        "src/api.hpp": "#pragma once\n",
        "src/documents.hpp": "#pragma once\n",
        "src/errors.hpp": "#pragma once\n",
        "src/gift_cards.cpp": "void gift_cards::declare(registry& r)\n{\n"
                              "    r.on<contracts::recipe_published>(\"gift-cards.keep\").changes(x).by(keep);\n}\n",
        "tests/subscriptions_test.cpp": "TEST(A, B) { check_subscription({.subscription = \"gift-cards.keep\"}); }\n",
    }

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        for name, content in self.FILES.items():
            self.write("services/gift-cards/" + name, content)
        self.write("app/main.cpp", "int main() {}\n" * 120)
        self.write("app/src/services.cpp", "all.push_back(make_gift_cards(r));\n")

    def write(self, name, content):
        path = pathlib.Path(self.folder.name, name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)

    def check(self):
        return shape.check(self.folder.name)

    def test_the_common_shape_passes(self):
        self.assertEqual(self.check(), [])

    def test_every_missing_part_is_found(self):
        for name in self.FILES:
            path = pathlib.Path(self.folder.name, "services/gift-cards", name)
            path.unlink()
            self.assertTrue(any("gift-cards" in line or "no service" in line for line in self.check()), name)
            self.write("services/gift-cards/" + name, self.FILES[name])
        self.assertEqual(self.check(), [])

    def test_a_folder_of_another_kind_is_found(self):
        self.write("services/gift-cards/lib/x.cpp", "")
        self.assertIn("gift-cards: lib is no part of a service's shape", self.check())
        self.write("services/half/README.md", "")
        self.assertIn("services/half has no CMakeLists.txt", self.check())

    def test_more_public_headers_or_functions_are_found(self):
        self.write("services/gift-cards/include/edm/gift_cards/card.hpp", "")
        self.assertTrue(any("one public header" in line for line in self.check()))
        self.write("services/gift-cards/include/edm/gift_cards/gift_cards.hpp",
                   self.FILES["include/edm/gift_cards/gift_cards.hpp"] + "int balance(int card);\n")
        self.assertTrue(any("not make_gift_cards alone" in line for line in self.check()))

    def test_a_second_declaration_is_found(self):
        self.write("services/gift-cards/src/more.cpp", "void more::declare(registry& r)\n{\n}\n")
        self.assertTrue(any("declare() belongs into" in line for line in self.check()))

    def test_a_subscription_without_the_generic_test_is_found(self):
        self.write("services/gift-cards/tests/subscriptions_test.cpp",
                   "TEST(A, B) {}\n// check_subscription( \"gift-cards.keep\"\n")
        self.assertIn("gift-cards: no test runs check_subscription() over gift-cards.keep", self.check())

    def test_a_subscription_of_a_foreign_name_is_found(self):
        self.write("services/gift-cards/src/more.cpp", "r.project<x::y>(\n    \"recipes.keep\", d, f);\n")
        self.assertTrue(any("recipes.keep is not named gift-cards." in line for line in self.check()))

    def test_a_service_that_nobody_makes_is_found(self):
        self.write("app/src/services.cpp", "// all.push_back(make_gift_cards(r));\n")
        self.assertIn("gift-cards: app/src/services.cpp does not make it", self.check())

    def test_a_long_main_is_found(self):
        self.write("app/main.cpp", "int main() {}\n" * 121)
        self.assertTrue(any("121 lines" in line for line in self.check()))

    def test_an_empty_tree_is_no_success(self):
        with tempfile.TemporaryDirectory() as empty:
            self.assertTrue(shape.check(empty))


if __name__ == "__main__":
    COMPILER = sys.argv.pop(1)
    unittest.main()
