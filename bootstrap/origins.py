"""Which template a run uses: what the user named, what the repository recorded, or our own.

What only the repository names is confirmed by a person once, and remembered by this clone.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from bootstrap import source
from bootstrap.errors import UserError
from bootstrap.repo import Repo, git
from bootstrap.source import Source


class Origins:
    """The templates within reach of one run, each fetched into `scratch` at most once."""

    def __init__(
        self, repo: Repo, scratch: Path, named: str | None, confirm: Callable[[str], bool]
    ) -> None:
        self.repo, self.scratch, self.named, self.confirm = repo, scratch, named, confirm
        self.own = source.built_in()
        self._found: dict[tuple[str, str | None], Source] = {}

    def first(self, ref: str | None) -> Source:
        """The template for a repository that has none yet."""
        if self.named is not None:
            return self._at(self.named, ref)
        return self.own if ref in {None, self.own.ref} else self._remote(self.own.address, ref)

    def recorded(self, address: str, ref: str) -> Source:
        """The template that a repository recorded."""
        if self._is_own(address) and ref == self.own.ref:
            return self.own
        try:
            return self._at(self.named, ref) if self.named else self._remote(address, ref)
        except UserError as error:
            raise UserError(
                f"the recorded version {ref} can't be had: {error.cause}",
                error.remedy or "name the template with --template",
            ) from None

    def newer(self, address: str, ref: str | None) -> Source:
        """The template that a repository is to follow: at `ref`, or else its newest release."""
        if self.named is not None:
            return self._at(self.named, ref)
        if self._is_own(address) and ref in {None, self.own.ref}:
            return self.own
        return self._remote(address, ref)

    def _is_own(self, address: str) -> bool:
        return source.same(address, self.own.address)

    def _at(self, address: str, ref: str | None) -> Source:
        if (address, ref) not in self._found:
            self._found[address, ref] = source.at(address, ref, self.scratch, named=True)
        return self._found[address, ref]

    def _remote(self, address: str, ref: str | None) -> Source:
        if (address, ref) not in self._found:
            self._found[address, ref] = self._fetched(address, ref)
        return self._found[address, ref]

    def _fetched(self, address: str, ref: str | None) -> Source:
        clone = source.HERE.parent
        if self._is_own(address) and ref is not None and (clone / ".git").exists():
            return source.of_clone(clone, self.own.address, ref, self.scratch)
        if not self._is_own(address) and not source.same(address, source.canonical()):
            self._confirm(address)
        return source.at(address, ref, self.scratch, named=False)

    def _confirm(self, address: str) -> None:
        if not source.allowed(address):
            raise UserError(
                f"the recorded template source {address!r} is not an https or ssh address",
                "name the template with --template",
            )
        if address in self._confirmed():
            return
        if not self.confirm(address):
            raise UserError(
                f"the repository names the template {address}, which nobody confirmed here",
                f"trust it with --template {address}",
            )
        self._memory.parent.mkdir(parents=True, exist_ok=True)
        with self._memory.open("a") as file:
            file.write(f"{address}\n")

    def _confirmed(self) -> list[str]:
        return self._memory.read_text().splitlines() if self._memory.is_file() else []

    @property
    def _memory(self) -> Path:
        """In the git folder, so that no commit can bring it along."""
        path = git(self.repo.root, "rev-parse", "--git-path", "twelvefold/sources")
        return self.repo.root / path.decode().removesuffix("\n")
