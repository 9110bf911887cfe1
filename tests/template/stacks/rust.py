"""Rust: axum."""

from tempfile import TemporaryDirectory

from tests.template.stacks import Mistake, Stack

# All services of a run share what is compiled, so that the dependencies are compiled once.
TARGET = TemporaryDirectory(prefix="cargo-target-")

STACK = Stack(
    needs=("cargo", "clippy", "--version"),
    mistakes={
        "lint": Mistake(
            "tests/lint.rs",
            '#[test]\nfn nothing_has_no_length() {\n    assert!("".len() == 0);\n}\n',
            "clippy::len_zero",
        ),
        "format": Mistake("tests/format.rs", "#[test]\nfn x( ) {}\n", "tests/format.rs"),
        "typecheck": Mistake("tests/types.rs", 'const _: u8 = "one";\n', "mismatched types"),
        "test": Mistake(
            "tests/x.rs", "#[test]\nfn x() {\n    assert_eq!(size_of::<u8>(), 2);\n}\n", "1 failed"
        ),
    },
    lock="Cargo.lock",
    locked=("cargo", "metadata", "--locked", "--format-version=1"),
    stopping="stopping",
    name_the_port=("Dockerfile", "src/settings.rs"),
    built={"service": f"{TARGET.name}/release/service"},
    # What the build makes is started here, not measured.
    environment={"CARGO_TARGET_DIR": TARGET.name, "CARGO_PROFILE_RELEASE_OPT_LEVEL": "0"},
)
