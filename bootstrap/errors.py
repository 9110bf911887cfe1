"""The one exception for what a user can act on; anything else is a bug and shows a traceback."""

from __future__ import annotations


class UserError(Exception):
    """A refusal, in the words of the user.

    `cause` says what is wrong, `remedy` what to do about it; both are one line, no final stop.
    """

    def __init__(self, cause: str, remedy: str = "") -> None:
        super().__init__(f"{cause}: {remedy}" if remedy else cause)
        self.cause = cause
        self.remedy = remedy
