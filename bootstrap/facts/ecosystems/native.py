"""C and C++: CMake, Meson, Bazel."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bootstrap.facts.model import Evidence
from bootstrap.facts.parts import Ecosystem, Offer, Unit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bootstrap.facts.scan import Scan

# Build file in the root → package manager, and what builds and tests everything.
SYSTEMS = (
    (("MODULE.bazel", "WORKSPACE"), "bazel", "bazel build //...", "bazel test //..."),
    (("CMakeLists.txt",), "", "cmake --build build", "ctest --test-dir build"),
    (("meson.build",), "", "meson compile -C build", "meson test -C build"),
)  # fmt: skip


def units(scan: Scan) -> Iterator[Unit]:
    """One unit at the root, of the first build system that has its file there."""
    for names, manager, build, test in SYSTEMS:
        name = next((name for name in names if scan.has(name)), "")
        if name:
            offers = [Offer("build", build, Evidence(name))]
            if manager or scan.at(name, r"enable_testing|add_test|CTest|\btest\(").line:
                offers.append(Offer("test", test, Evidence(name)))
            managers = (manager,) if manager else ()
            yield Unit("native", ".", Evidence(name), managers, tuple(offers))
            return


ECOSYSTEM = Ecosystem(
    name="native",
    languages={
        ".c": "c",
        ".h": "cpp",
        ".cc": "cpp",
        ".cpp": "cpp",
        ".cxx": "cpp",
        ".hpp": "cpp",
    },
    units=units,
    tools={
        "bazel build": "build",
        "bazel test": "test",
        "bazel run": "start",
        "bazelisk build": "build",
        "bazelisk test": "test",
        "cmake --build": "build",
        "ctest": "test",
        "meson compile": "build",
        "meson test": "test",
        "ninja": "build",
        "clang-format": "format",
        "clang-tidy": "lint",
        "cppcheck": "lint",
    },
)
