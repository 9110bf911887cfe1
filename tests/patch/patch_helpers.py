"""How the tests of the patch engine call it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bootstrap.patch import Patched, Refused, Shape, patch

Lists = Mapping[str, tuple[str, ...]]


def run(
    kind: str,
    ours: str,
    base: str | None,
    want: str | None,
    lists: Lists | None = None,
    earlier: Patched | None = None,
    *,
    whole: bool = False,
) -> Patched | Refused:
    """`patch` on strings; what is ours is taken from an `earlier` result.

    `kind` is a format, with `@start` behind it where missing lines go first.
    """
    form, _, at = kind.partition("@")
    return patch(
        ours.encode(),
        base.encode() if base is not None else None,
        want.encode() if want is not None else None,
        Shape(form, lists or {}, at or "end"),
        earlier.inserted if earlier else (),
        whole,
    )


def patched(answer: Patched | Refused, kept: int = 0) -> Patched:
    """The answer, which has to be a patch that leaves that many leaves as they are."""
    assert isinstance(answer, Patched), answer
    assert len(answer.kept) == kept, answer.kept
    return answer


def first(kind: str, ours: str, want: str, lists: Lists | None = None, kept: int = 0) -> Patched:
    """The first apply; it must only insert, be the last one needed, and have a way back."""
    answer = patched(run(kind, ours, None, want, lists), kept)
    after = answer.after.decode()
    rest = after.removeprefix("\ufeff")
    for stretch in reversed(answer.inserted):
        assert rest[stretch.offset : stretch.end] == stretch.text
        rest = rest[: stretch.offset] + rest[stretch.end :]
    assert rest == ours.removeprefix("\ufeff")
    assert run(kind, after, None, want, lists, answer) == answer
    assert patched(run(kind, after, want, want, lists, answer)).after == answer.after
    # what the template said then may not be at hand
    for base in (want, None):
        back = patched(run(kind, after, base, None, lists, answer))
        assert (back.after.decode(), back.inserted) == (ours, ())
    return answer


def applied(kind: str, ours: str, want: str, lists: Lists | None = None, kept: int = 0) -> str:
    """What the first apply makes of `ours`."""
    return first(kind, ours, want, lists, kept).after.decode()


def refused(kind: str, ours: str, want: str, lists: Lists | None = None) -> Refused:
    """The refusal of the first apply."""
    answer = run(kind, ours, None, want, lists)
    assert isinstance(answer, Refused), answer
    return answer


def removed(
    kind: str,
    ours: str,
    want: str,
    lists: Lists | None = None,
    *,
    since: Callable[[str], str] = lambda text: text,
    kept: int = 0,
) -> str:
    """What is left after apply, the user's own changes `since`, and removal."""
    answer = first(kind, ours, want, lists)
    theirs = since(answer.after.decode())
    assert theirs != answer.after.decode()
    return patched(run(kind, theirs, want, None, lists, answer), kept).after.decode()


def updated(
    kind: str,
    ours: str,
    base: str,
    want: str,
    lists: Lists | None = None,
    *,
    since: Callable[[str], str] = lambda text: text,
    kept: int = 0,
) -> Patched:
    """What an update makes of a file after apply and the user's own changes `since`."""
    answer = first(kind, ours, base, lists)
    theirs = since(answer.after.decode())
    after = patched(run(kind, theirs, base, want, lists, answer), kept)
    again = run(kind, after.after.decode(), want, want, lists, after)
    assert patched(again).after == after.after
    return after
