"""What a repository says about itself, each statement with its evidence."""

from __future__ import annotations

from bootstrap.facts.document import document
from bootstrap.facts.model import Command, Evidence, Fact, Facts
from bootstrap.facts.read import read

__all__ = ["Command", "Evidence", "Fact", "Facts", "document", "read"]
