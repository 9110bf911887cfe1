"""Packs the template into a wheel, and writes down which version of it that is."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class SourceHook(BuildHookInterface[Any]):
    """Adds bootstrap/_source.json: address and tag or commit of the clone that is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Run before a wheel or source distribution is built; an editable install looks live."""
        root = Path(self.root)
        if version == "editable":
            return
        if self.target_name == "wheel":
            for part in ("copier.yml", "template", "extensions"):
                build_data["force_include"][str(root / part)] = f"bootstrap/_template/{part}"
        if (root / ".git").exists():
            target = Path(self.directory) / "_source.json"
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(json.dumps(self._source(root), indent=1) + "\n")
            build_data["force_include"][str(target)] = "bootstrap/_source.json"

    def _source(self, root: Path) -> dict[str, str]:
        sys.path.insert(0, str(root))
        from bootstrap.source import describe

        address = self.metadata.core.urls["Source"]
        return describe(root, address, f"v{self.metadata.version}")
