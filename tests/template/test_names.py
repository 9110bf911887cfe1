"""Names that follow from the project's name."""

from __future__ import annotations

import keyword
import re
import sys
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest


@pytest.mark.parametrize("name", ["Email", "Import", "FastAPI", "42", "Order Service"])
def test_the_package_takes_no_name_that_python_or_a_dependency_has(
    render: Callable[..., Path], name: str
) -> None:
    made = render(project_name=name, stacks=["python"])
    [package] = [path.name for path in (made / "src").iterdir()]
    project = tomllib.loads((made / "pyproject.toml").read_text())["project"]

    assert package.isidentifier()
    assert not keyword.iskeyword(package)
    assert package not in sys.stdlib_module_names
    assert project["name"] not in {re.split("[<>=]", spec)[0] for spec in project["dependencies"]}
