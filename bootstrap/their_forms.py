"""Issue forms, templates and owners that a repository has already, so that none comes twice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from bootstrap.facts import Facts
from bootstrap.facts.load import load_yaml, mapping, strings
from bootstrap.facts.owners import EVERYTHING, IN_FOLDER, IS_TEMPLATE, ON_GITHUB, is_section, rules
from bootstrap.repo import Repo, git

LINKS = "links"
"""In the answer `forms`: the page where a form is chosen links other ways."""

TOPICS: Mapping[str, re.Pattern[str]] = {
    topic: re.compile(rf"\b({words})", re.IGNORECASE)
    for topic, words in {
        "change": r"change|task|chore|to-?do|stor(y|ies)\b|work[ _-]?item|ticket|maintenance",
        "bug": r"bug|defect|crash|error|problem|regression|incident|broken|fault|fix|failure",
        "idea": r"idea|feature|enhancement|suggest|improve|proposal|propose|request|rfc\b|wish",
        "question": r"question|support|help\b(?! wanted)|discuss|how[ _-]?to|q ?(&|and) ?a\b|usage"
        r"|ask\b|forum|communit|discord|slack|stack ?overflow|chat\b",
    }.items()
}
"""Form of ours → the words of a name, title or label by which theirs is about the same."""

SHOWN = re.compile(
    r"how (to|can|do|did|was|were|has|have|you|will)\b[^.\n]{0,60}\b(see|seen|test(ed)?|tr(y|ied)"
    r"|verif\w+|review(ed)?|check(ed)?|reproduce)\b|\b(screen ?(shots?|casts?|recordings?)"
    r"|preview|demo|test (plan|steps)|test(ing)? (instructions|notes|done)|steps to (test|verify"
    r"|reproduce|review)|manual test|before ?(/|and|&) ?after|where to look|q\.?a\.? (steps|notes))"
    r"|^(#+|\*\*)[^\n]{0,30}\b(test(s|ing|ed)?|verif\w+|validat\w+)\b",
    re.IGNORECASE | re.MULTILINE,
)
"""What asks in a pull request template how a change can be seen."""


def lacking(repo: Repo, facts: Facts) -> list[str]:
    """The forms of ours that the repository has none like, in the words of the answer `forms`.

    None come where theirs all lie outside of the folder that GitHub prefers: they would go unread.
    """
    theirs = _templates(facts)
    if theirs and not any(map(IN_FOLDER.fullmatch, theirs)):
        return []
    covered = {topic for path in theirs for topic in _topics(repo, path)}
    links = mapping(load_yaml(_config(repo, facts))).get("contact_links")
    for link in links if isinstance(links, list) else ():
        said = " ".join(map(str, mapping(link).values()))
        covered |= {topic for topic, words in TOPICS.items() if words.search(said)} - {"change"}
    found = [topic for topic in TOPICS if topic not in covered]
    new_page = repository(repo) and len(theirs) == len(facts.issue_forms)
    return [*found, *([LINKS] if new_page else [])]


def _templates(facts: Facts) -> list[str]:
    return [path for path in facts.issue_forms if not _CONFIG.search(path)]


_OTHER_FORGE = re.compile(r"\.(gitlab|gitea|forgejo)/")
_CONFIG = re.compile(r"/config\.ya?ml$", re.IGNORECASE)


def _config(repo: Repo, facts: Facts) -> str:
    path = next(filter(_CONFIG.search, facts.issue_forms), "")
    return repo.text(path) or "" if path else ""


def _topics(repo: Repo, path: str) -> set[str]:
    """What a template of theirs is about; where that is not clear it may be any report."""
    name = path.rpartition("/")[2].rpartition(".")[0]
    head = _head(repo.text(path) or "", path)
    said = [str(head.get(key, "")) for key in ("name", "title")]
    labels = [part for label in strings(head.get("labels")) for part in label.split(",")]
    text = re.sub(r"[_-]", " ", " | ".join([name, *said, *labels]))
    found = {topic for topic, words in TOPICS.items() if words.search(text)}
    unclear = {"bug", "idea", "question"} if text.isascii() else set(TOPICS)
    return found or unclear


def _head(text: str, path: str) -> Mapping[str, Any]:
    """The keys of a form, or of the front matter of a Markdown template."""
    if path.lower().endswith(".md"):
        matter = re.match(r"---[ \t]*\r?\n(.*?)\r?\n---", text, re.DOTALL)
        text = matter[1] if matter else ""
    return mapping(load_yaml(text))


def pr_template(repo: Repo, facts: Facts) -> str:
    """Whether ours comes whole, as a block in theirs, or not at all: the answer `pr_template`."""
    if not facts.pr_templates:
        return "whole"
    filled = _filled_in(facts)
    asks = [path for path in facts.pr_templates if SHOWN.search(repo.text(path) or "")]
    return "block" if len(filled) == 1 and not asks else "theirs"


def _filled_in(facts: Facts) -> list[str]:
    return [path for path in facts.pr_templates if IS_TEMPLATE.match(path)]


def all_owned(repo: Repo) -> str:
    """Where their CODEOWNERS decides about every path, as `file:line`; empty if it does not."""
    path = next((path for path in ON_GITHUB if path in repo.files), "")
    text = repo.text(path) or "" if path else ""
    for number, line in enumerate(text.splitlines(), 1):
        if is_section(line):  # GitLab's: each has a last line that matches
            return f"{path}:{number}"
    found = [rule.line for rule in rules(text) if rule.pattern in EVERYTHING]
    return f"{path}:{found[0]}" if found else ""


_REMOTE = re.compile(
    r"(?:(?:https|ssh)://(?:[^/@\s]+@)?|git@)(?:ssh\.)?github\.com(?::\d+)?[:/]"
    r"([A-Za-z0-9-]+/[A-Za-z0-9_.-]+?)(?:\.git)?/?"
)


def repository(repo: Repo) -> str:
    """OWNER/NAME of the repository on GitHub by its remotes, `upstream` before `origin`."""
    for remote in ("upstream", "origin"):
        said = git(repo.root, "config", "--get", f"remote.{remote}.url", ok=(0, 1))
        if found := _REMOTE.fullmatch(said.decode(errors="replace").strip()):
            return found[1]
    return ""


def notes(repo: Repo, facts: Facts) -> Iterator[str]:
    """What is left out beside theirs, and where the repository shows why."""
    theirs = _templates(facts)
    if theirs and (left := [topic for topic in TOPICS if topic not in lacking(repo, facts)]):
        yield f"{_some(theirs)}: kept, so our form for {_some(left)} is left out"
    asks = [path for path in facts.pr_templates if SHOWN.search(repo.text(path) or "")]
    if asks:
        yield f"{_some(asks)}: kept as it is, since it asks how a change can be seen"


def advice(repo: Repo, facts: Facts) -> Iterator[str]:
    """What the user has to do with templates that can't be patched."""
    asks = [path for path in facts.pr_templates if SHOWN.search(repo.text(path) or "")]
    if facts.pr_templates and pr_template(repo, facts) == "theirs" and not asks:
        yield f"ask in {_some(facts.pr_templates)} how the change can be seen"
    theirs = [path for path in _templates(facts) if not _OTHER_FORGE.match(path)]
    if theirs and not any(map(IN_FOLDER.fullmatch, theirs)):
        what = "ours would take its place, so none came"
        yield f"move {_some(theirs)} into .github/ISSUE_TEMPLATE/ to have forms beside it: {what}"


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:3]) + (" …" if len(names) > 3 else "")
