"""Python: FastAPI on uv."""

from tests.template.stacks import Mistake, Stack

STACK = Stack(
    needs=("uv", "--version"),
    mistakes={
        "lint": Mistake("tests/test_lint.py", "import os\n", "F401"),
        "format": Mistake("tests/test_format.py", "x = {'a':1}\n", "test_format.py"),
        "typecheck": Mistake("tests/test_types.py", 'x: int = "one"\n', "Incompatible types"),
        "test": Mistake(
            "tests/test_x.py", "def test_x() -> None:\n    assert len([]) == 2\n", "1 failed"
        ),
    },
    lock="uv.lock",
    locked=("uv", "sync", "--locked"),
    stopping="Waiting for connections to close",
    name_the_port=("Dockerfile", "src/*/settings.py"),
)
