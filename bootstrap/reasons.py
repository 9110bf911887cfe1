"""Why each file goes where it goes, in one line for the plan."""

from __future__ import annotations

import re
from dataclasses import replace

from bootstrap import packages
from bootstrap.plan import Change, Plan
from bootstrap.render import Answers
from bootstrap.repo import Repo

# Path in the repository → why it is created there, why it is patched; `{}` as in `_words`.
_REASONS = (
    (r"\.copier-answers\.yml", "`copier update` looks for the answers here", "your answers"),
    (r"\.copier-answers\..*", "another template has .copier-answers.yml", "your answers"),
    (r"\.process/record/.*", "what was put here, for update and remove", "what was put here"),
    (r"\.process/docs/propose-a-change\.md", "your own documents stay yours", ""),
    (r"\.process/docs/.*", "{published}", "{published}"),
    (r"\.process/pipeline\.yaml", "{hooks} the git hooks", "your checks"),
    (r"\.process/github", "what the programs here know of GitHub's API", "yours and ours"),
    (r"\.process/preview\.toml", "what a preview starts: {app}", "what a preview starts"),
    (r"\.process/preview\.k8s/.*", "the manifests of a preview", "your manifests"),
    (r"\.process/preview\.argocd/.*", "tells Argo CD to show each change", "what Argo CD is told"),
    (r"\.process/pod\.toml", "who decides, for people and for checks", "your pod"),
    (r"\.process/settings\.yml", "what `bootstrap github` sets, where files do nothing", ""),
    (r"\.process/.*", "one folder holds what runs, apart from your files", "yours and ours"),
    (r"\.pre-commit-config\.yaml", "nothing rules the git hooks yet", "your one pipeline"),
    (r"(.*/)?pre-(commit|push)", "{hooks} the git hooks", "{hooks} the git hooks"),
    (r"\.?lefthook\.ya?ml", "{hooks} the git hooks", "{hooks} the git hooks"),
    (r".*/copilot-setup-steps\.yml", "GitHub's coding agent runs it", "your workflow"),
    (r"\.cursor/environment\.json", "Cursor's machines in the cloud run it", "your settings"),
    (r".*/process-preview\.yml", "builds each change, without secrets", "your workflow"),
    (r".*/process-preview-deploy\.yml", "shows each change at an address", "your workflow"),
    (r".*/process-preview-reap\.yml", "takes away previews that are over", "your workflow"),
    (r".*/process-complexity(-event)?\.yml", "the gate: what decides runs here", "your workflow"),
    (r".*/process-welcome\.yml", "only a workflow on GitHub can answer", "your workflow"),
    (r"\.github/issue_template/config\.ya?ml", "links the ways that need no form", "your links"),
    (r"\.github/issue_template/.*", "you have no form like it", "your form"),
    (r"(.*/)?pull_request_template.*", "there is none yet", "yours does not ask how to see it"),
    (r"(.*/)?codeowners", "nobody is named yet", "the first lines, so that yours win"),
    (r".*/process-prototype\.yml", "GitHub asks it before a merge", "your workflow"),
    (r".*/process-revert\.yml", "GitHub runs it for `/revert`", "your workflow"),
    (r"\.github/workflows/.*", "your CI has no checks that this would repeat", "your workflow"),
    (r"(.*/)?agents\.md", "where agents look for their text", "your text for agents"),
    (r"(.*/)?claude\.md", "Claude Code reads this and no AGENTS.md", "your text for Claude Code"),
    (r"\.agents/skills/.*", "where agents look for skills", "your skill"),
    (r"\.claude/skills/.*", "where Claude Code looks for skills", "your skill"),
    (r"\.claude/hooks/.*", "what checks at the end of an agent's turn", "your hook"),
    (r"\.claude/.*", "where Claude Code looks for its settings", "your settings"),
    (r"\.gemini/.*", "where Gemini CLI looks for its settings", "your settings"),
    (r"\.codex/.*", "where Codex looks for hooks", "your hooks"),
    (r"\.cursor/.*", "where Cursor looks for hooks", "your hooks"),
    (r"\.github/hooks/.*", "where Copilot looks for hooks", "your hooks"),
    (r"\.devcontainer.*", "there is no dev container yet", "your dev container"),
    (r"(.*/)?\.?mise(\.toml|/config\.toml)", "where mise looks for its pins", "your pins of tools"),
    (r"\.gitignore|\.gitattributes", "git reads it here", "git reads no second one here"),
    (r"\.dockerignore", "", "an image copies the whole folder"),
    (r"\.npmignore", "", "a package takes the whole folder"),
    (r"\.prettierignore", "", "your Prettier has a style of its own"),
    (r"REUSE\.toml", "", "REUSE wants a licence for each file"),
    (r"LICENSES/.*", "REUSE wants the text of each licence", ""),
    (r"docs/propose-a-change\.md", "there are no documents yet", ""),
    (r"docs/(standards|decisions)/.*", "no site publishes docs/", ""),
)  # fmt: skip


def explained(made: Plan, repo: Repo, answers: Answers, site: str = "") -> Plan:
    """The plan with a reason for each file that is created or patched and has none yet.

    `site` is the file that shows that docs/ is published, where the facts know it.
    """
    words = _words(repo, answers, site)
    changes = [
        replace(one, why=_reason(one, words))
        if one.action in {"create", "patch"} and not one.why
        else one
        for one in made.changes
    ]
    return replace(made, changes=tuple(changes))


def _reason(change: Change, words: dict[str, str]) -> str:
    for pattern, create, patch in _REASONS:
        if re.fullmatch(pattern, change.path, re.IGNORECASE):
            return (create if change.action == "create" else patch).format(**words)
    return "part of the starter application" if change.kind == "starter" else ""


def _words(repo: Repo, answers: Answers, site: str) -> dict[str, str]:
    """What the reasons name of this repository."""
    hooks = str(answers.get("hooks", ""))
    ruler = {"custom": "a folder of your own rules", "other": "another tool rules"}
    publisher = site or packages.publisher_of_docs(repo)
    app = answers.get("app")
    return {
        "app": str(app.get("why", "")) if isinstance(app, dict) else "",
        "hooks": ruler.get(hooks, f"{hooks} rules"),
        "published": f"docs/ belongs to {publisher}" if publisher else "docs/ is not free",
    }
