"""One file's step from `base`, what the template gave, to `want`, what it gives now, on `ours`."""

from __future__ import annotations

from dataclasses import dataclass, replace

from bootstrap import conflict, owned
from bootstrap.patch import Inserted, Refused, Shape, patch
from bootstrap.pieces import Piece
from bootstrap.plan import Change, Options
from bootstrap.record import Entry, sha_of
from bootstrap.render import File
from bootstrap.repo import Repo


@dataclass(frozen=True)
class Item:
    """One template path with everything that decides about it."""

    path: str
    piece: Piece
    at: str
    """Its place in the repository."""
    ref: str
    """The version that `want` comes from."""
    entry: Entry | None
    """What the record says of it."""
    base: File | None
    want: File | None
    ours: bytes | None
    applied: bool
    """Whether it was put here before."""
    whole: bool
    """Whether all that equals base is the template's, since the file was not there before."""
    theirs: bool
    """Whether it was there before us, if there is a file but no entry."""
    repo: Repo

    @property
    def pristine(self) -> bool:
        """Whether the user has not touched the file since."""
        if self.ours is None:
            return False
        if self.entry and self.entry.sha in {sha_of(self.ours), sha_of(_lf(self.ours))}:
            return True
        return self.base is not None and self.whole and self.says(self.base)

    def says(self, file: File) -> bool:
        """Whether the user's file is the same but for line endings, which git may have changed."""
        return self.ours is not None and file.content in {self.ours, _lf(self.ours)}

    @property
    def inserted(self) -> tuple[Inserted, ...]:
        """What of a shared file is ours, as far as is known.

        Where the record got lost it is whatever says the same as the template.
        """
        if self.entry:
            return self.entry.inserted
        if self.theirs or self.want is None:
            return ()
        return (Inserted.all_of(self.want.content.decode()),)

    @property
    def dirty(self) -> bool:
        """Whether it has uncommitted edits; git looks for them only if somebody asks."""
        return self.at in self.repo.dirty

    @property
    def removable(self) -> bool:
        """Whether all of the file may go: we put it there, and nobody touched it since."""
        return self.pristine and (self.entry is None or self.entry.created)


@dataclass(frozen=True)
class Step:
    """What happens to the file, and what to remember of it."""

    change: Change | None
    entry: Entry | None = None
    adopted: bool = False
    """The user's own file stands at a path that the template owns."""
    blocked: str = ""
    """Why the whole run must not go on."""


def _lf(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n")


def step(item: Item, options: Options) -> Step:
    """The step for one file."""
    if item.ours is not None and conflict.marked(item.ours):
        if item.dirty:
            return Step(None, blocked=f"{item.at} has conflict markers")
        return skip(item, "it has conflict markers, and is committed with them")
    kinds = {"owned": _owned, "shared": _shared, "starter": _starter}
    return kinds[item.piece.kind](item, options)


def skip(item: Item, why: str, snippet: str = "") -> Step:
    """Nothing can be done with the file; what was remembered stays so."""
    change = Change(item.at, "skipped", item.piece.kind, why=why, snippet=snippet)
    return Step(change, item.entry)


# --- the three kinds ---


def _owned(item: Item, options: Options) -> Step:
    if item.want is None:
        return _take_away(item)
    if item.ours is None:
        return _create(item, item.want, options)
    if item.says(item.want):
        return _same(item)
    if not item.applied:
        why = f"your own file stands there; `bootstrap adopt {item.path}` gives it to the template"
        return replace(_keep(item, why), entry=None, adopted=True)
    if item.pristine:
        return _write(item, "update", item.want.content)
    if item.base is None or item.base.content == item.want.content:
        return _keep(item, "you edited it")
    return _merge(item, item.ours, item.base.content, item.want.content, options)


def _shared(item: Item, options: Options) -> Step:
    if item.ours is None:
        return _create(item, item.want, options) if item.want else Step(None)
    if item.want is None and item.removable:
        return _write(item, "delete", None)
    restored = options.restore & {item.path, item.at}
    done = patch(
        item.ours,
        item.base.content if item.base and not restored else None,
        item.want.content if item.want else None,
        Shape(item.piece.format, item.piece.lists, item.piece.at),
        item.inserted,
        item.whole,
    )
    if isinstance(done, Refused) and item.want is None and not options.removing:
        return Step(
            Change(item.at, "kept", "shared", why=f"left as it is: {done.reason}"), item.entry
        )
    if isinstance(done, Refused):
        where = f"line {done.line}: " if done.line else ""
        what = "" if item.want else ", so take out by hand what is ours"
        return skip(item, where + done.reason + what, done.snippet)
    gone = item.want is None and item.whole and _all_from(done.after, item.base)
    after = None if gone else done.after
    action = "delete" if gone else "same" if after == item.ours else "patch"
    change = replace(_change(item, action, after), kept=done.kept)
    return Step(change, _entry_of_shared(item, done.after, done.inserted))


def _all_from(after: bytes, base: File | None) -> bool:
    """Whether nothing is left but what the template wrote: its comments, and empty brackets."""
    left = {line.strip() for line in after.splitlines()} - {b"", b"{", b"}", b"{}", b"[]"}
    return left <= {line.strip() for line in (base.content if base else b"").splitlines()}


def _entry_of_shared(item: Item, after: bytes, inserted: tuple[Inserted, ...]) -> Entry | None:
    if item.want is None:
        return None
    if item.entry and after == item.ours:
        return replace(item.entry, ref=item.ref)
    created = item.entry.created if item.entry else not item.theirs and after == item.want.content
    if created:
        return _entry(item, item.want.content)
    return replace(_entry(item, after), sha="", created=False, inserted=inserted)


def _starter(item: Item, options: Options) -> Step:
    if options.updating:
        return Step(None, item.entry)
    if item.want is None and not item.piece.factors:
        return replace(_keep(item, "the application is yours"), entry=None)
    if item.want is None:
        return _take_away(item)
    if item.ours is None:
        return _create(item, item.want, options)
    if item.entry:
        return Step(_change(item, "same", item.ours), item.entry)
    if item.applied or item.ours == item.want.content:
        return _same(item)
    return _keep(item, "you have one already")


# --- what can happen to a file ---


def _create(item: Item, want: File, options: Options) -> Step:
    if item.applied and not options.restore & {item.path, item.at}:
        return _keep(item, f"you deleted it; `bootstrap apply --restore {item.at}` brings it back")
    change = replace(_change(item, "create", want.content), mode=want.mode)
    return Step(change, _entry(item, want.content))


def _merge(item: Item, ours: bytes, base: bytes, want: bytes, options: Options) -> Step:
    merged, clean = owned.merge(_lf(ours), base, want)
    if b"\r\n" in ours:
        merged = merged.replace(b"\n", b"\r\n")
    if merged == ours:
        return _same(item)
    if item.dirty and not options.force:
        return Step(None, blocked=f"{item.at} has uncommitted edits")
    if clean:
        return _write(item, "update", merged)
    why = "your edit and the template's meet: resolve the conflict markers"
    return _write(item, "conflict", merged, why)


def _take_away(item: Item) -> Step:
    if item.ours is None:
        return Step(None)
    if item.removable:
        return _write(item, "delete", None)
    why = "you changed it, so it stays" if not item.pristine else "you had it before"
    return replace(_keep(item, why), entry=None)


def _write(item: Item, action: str, after: bytes | None, why: str = "") -> Step:
    change = replace(_change(item, action, after), why=why)
    if item.want is None:
        return Step(change)
    created = item.entry.created if item.entry else True
    return Step(change, replace(_entry(item, item.want.content), created=created))


def _same(item: Item) -> Step:
    """The file says what the template says; what the user had before us stays the user's."""
    change = _change(item, "same", item.ours)
    if item.want is None:
        return Step(change)
    created = item.entry.created if item.entry else not item.theirs
    return Step(change, replace(_entry(item, item.want.content), created=created))


def _keep(item: Item, why: str) -> Step:
    change = Change(item.at, "kept", item.piece.kind, why=why)
    if item.entry and item.piece.kind != "starter":
        return Step(change, replace(item.entry, ref=item.ref))
    return Step(change, item.entry)


def _change(item: Item, action: str, after: bytes | None) -> Change:
    return Change(item.at, action, item.piece.kind, item.ours, after)


def _entry(item: Item, template: bytes) -> Entry:
    return Entry(item.path, item.piece.kind, item.ref, sha_of(template), item.at)
