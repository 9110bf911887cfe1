"""Each check says yes to a repository that keeps the promise, and no to one that only looks so."""

from __future__ import annotations

import pytest

from bootstrap.record import sha_of

SHA = "0123456789abcdef0123456789abcdef01234567"
SERVER = {"Dockerfile": "FROM scratch\nEXPOSE 8000\n"}
LONG = "This page says in some sentences what is expected of a change, and it says why. " * 3
FORM = "name: Idea\ndescription: An idea\nbody:\n  - type: textarea\n"


def workflow(on: str, *steps: str, top: str = "", job: str = "build") -> str:
    body = "".join(f"      - {step}\n" for step in steps)
    return f"on: {on}\n{top}jobs:\n  {job}:\n    runs-on: x\n    steps:\n{body}"


W = ".github/workflows/"
PRE_COMMIT = ".pre-commit-config.yaml"
AGENT = f"uses: anthropics/claude-code-action@{SHA}"
PROTOTYPE = "run: exit 1\n        if: github.event.label.name == 'prototype'"
FLAGS = (
    '{"flags": {"warm": {"state": "ENABLED", "variants": {"on": true, "off": false},'
    ' "defaultVariant": "off"}}}'
)
RECORD = (
    "format: 1\nfiles:\n  v1:\n    docs/standards/code.md:\n      kind: starter\n"
    f"      sha256: {sha_of(LONG.encode())}\n"
)
HUSKY = {".husky/pre-commit": "npx eslint .\n"}

# sentence: (check, passed, evidence that must be among the result's, files)
CASES = {
    # 01
    "a workflow that deploys each pull request is a preview": (
        *("PreviewOfEachChange", True, f"{W}preview.yml:1"),
        SERVER | {f"{W}preview.yml": workflow("pull_request", "run: ./deploy $PR")},
    ),
    "a provider that is switched on is a preview": (
        *("PreviewOfEachChange", True, "render.yaml:1"),
        SERVER | {"render.yaml": "previews:\n  generation: automatic\n"},
    ),
    "a deployment of the main branch is no preview": (
        *("PreviewOfEachChange", False, "no workflow or provider deploys pull requests"),
        SERVER | {f"{W}preview.yml": workflow("push", "run: ./deploy")},
    ),
    "a provider's file without previews is no preview": (
        *("PreviewOfEachChange", False, "no workflow or provider deploys pull requests"),
        SERVER | {"render.yaml": "services: []\n"},
    ),
    "what neither runs nor is published needs no preview": (
        *(
            "PreviewOfEachChange",
            None,
            "nothing to preview: no start command, port, container or site",
        ),
        {"lib.py": "x = 1\n"},
    ),
    "a preview that goes on close is removed": (
        *("PreviewIsRemoved", True, f"{W}preview.yml"),
        SERVER
        | {
            f"{W}preview.yml": workflow(
                "{pull_request: {types: [opened, closed]}}", "run: ./deploy"
            )
        },
    ),
    "a preview that stays after the close is not removed": (
        *("PreviewIsRemoved", False, f"{W}preview.yml never runs when a pull request is closed"),
        SERVER | {f"{W}preview.yml": workflow("pull_request", "run: ./deploy")},
    ),
    "a filter of paths leaves out the close too": (
        *("PreviewIsRemoved", False, f"{W}preview.yml filters `closed` by paths"),
        SERVER
        | {
            f"{W}preview.yml": workflow(
                "{pull_request: {types: [opened, closed], paths: [src/**]}}", "run: ./deploy"
            )
        },
    ),
    "a close in a workflow beside it without a filter is enough": (
        *("PreviewIsRemoved", True, f"{W}preview-down.yml"),
        SERVER
        | {
            f"{W}preview.yml": workflow("{pull_request: {paths: [src/**]}}", "run: ./deploy"),
            f"{W}preview-down.yml": workflow(
                "{pull_request_target: {types: [closed]}}", "run: ./down"
            ),
        },
    ),
    "a schedule takes away what the close missed": (
        *("MissedPreviewsAreReaped", True, f"{W}preview-sweep.yml"),
        SERVER
        | {
            f"{W}preview.yml": workflow("pull_request", "run: ./deploy"),
            f"{W}preview-sweep.yml": workflow("{schedule: [{cron: 0 1 * * *}]}", "run: ./sweep"),
        },
    ),
    "a close that may be missed leaves a copy forever": (
        *("MissedPreviewsAreReaped", False, f"{W}preview.yml has no schedule beside it"),
        SERVER | {f"{W}preview.yml": workflow("pull_request", "run: ./deploy")},
    ),
    "what a provider makes the provider removes": (
        *("MissedPreviewsAreReaped", None, "the provider does that"),
        SERVER | {"render.yaml": "previews:\n  generation: automatic\n"},
    ),
    "an environment that is named after the pull request is its own": (
        *("EnvironmentOfEachPreview", True, f"{W}preview.yml"),
        SERVER
        | {
            f"{W}preview.yml": workflow("pull_request", "run: ./deploy").replace(
                "runs-on: x", "runs-on: x\n    environment: {name: 'pr-${{ github.event.number }}'}"
            )
        },
    ),
    "an environment that all share is no one's": (
        *("EnvironmentOfEachPreview", False, f"{W}preview.yml deploys all to `preview`"),
        SERVER
        | {
            f"{W}preview.yml": workflow("pull_request", "run: ./deploy").replace(
                "runs-on: x", "runs-on: x\n    environment: preview"
            )
        },
    ),
    "a script that makes the deployment says the environment": (
        *("EnvironmentOfEachPreview", True, "ci/deploy:2"),
        SERVER
        | {
            f"{W}preview.yml": workflow("pull_request", "run: ci/deploy"),
            "ci/deploy": "#!/bin/sh\ngh api deployments -f environment=pr-${PR_NUMBER}\n",
        },
    ),
    "a preview without a deployment has no environment": (
        *("EnvironmentOfEachPreview", False, f"{W}preview.yml records no deployment"),
        SERVER | {f"{W}preview.yml": workflow("pull_request", "run: ./deploy")},
    ),
    "a preview that checks the head out beside secrets takes a stranger's code": (
        *("PreviewsTakeNoStrangersCode", False, f"{W}preview.yml:6 checks out the pull request"),
        SERVER
        | {
            f"{W}preview.yml": workflow(
                "pull_request_target",
                "{uses: actions/checkout@v4, with: {ref: '${{ github.event.pull_request.head.sha }}'}}",
                "run: ./deploy",
            )
        },
    ),
    "a preview that deploys an artifact takes none": (
        *("PreviewsTakeNoStrangersCode", True, f"{W}preview.yml"),
        SERVER
        | {
            f"{W}preview.yml": workflow(
                "{workflow_run: {workflows: [Build]}}", "uses: actions/checkout@v4", "run: ./deploy"
            )
        },
    ),
    "a repository that says why it has nothing to preview is believed": (
        *("PreviewOfEachChange", None, ".process/preview.toml:1: a library"),
        {"Dockerfile": "", ".process/preview.toml": 'kind = "none"\nwhy = "a library"\n'},
    ),
    "its own workflows of previews preview nothing then": (
        *("PreviewIsRemoved", None, "no preview"),
        {
            "Dockerfile": "",
            ".process/preview.toml": 'kind = "none"\nwhy = "a library"\n',
            f"{W}preview.yml": workflow(
                "{pull_request: {types: [opened, closed]}}", "run: ./deploy"
            ),
        },
    ),
    # 02
    "a hook manager checks before the push": (
        *("ChecksBeforePush", True, PRE_COMMIT),
        {PRE_COMMIT: "repos: []\n"},
    ),
    "without a hook manager nothing is checked before the push": (
        *("ChecksBeforePush", False, "no hook manager is configured"),
        {"a.py": ""},
    ),
    "CI that runs the tests checks each change": (
        *("ChecksInCI", True, f"{W}ci.yml:6 runs pytest"),
        {f"{W}ci.yml": workflow("pull_request", "run: pytest"), "a.py": ""},
    ),
    "CI that only publishes checks nothing": (
        *("ChecksInCI", False, "CI runs no checks"),
        {f"{W}ci.yml": workflow("push", "run: ./publish")},
    ),
    "a workflow that calls the entry is a door to it": (
        *("EveryDoorIsTheEntry", True, ".process/validate"),
        {
            ".process/validate": "",
            f"{W}process-validate.yml": workflow("push", "run: .process/validate"),
        },
    ),
    "settings that call a script that is gone are no door": (
        *("EveryDoorIsTheEntry", False),
        ".claude/settings.json:1: there is no .process/setup",
        {
            ".process/validate": "",
            ".claude/settings.json": '{"hooks": {"a": "$CLAUDE_PROJECT_DIR/.process/setup"}}',
        },
    ),
    "CI that calls the runner of the hooks shares their pipeline": (
        *("OnePipeline", True, f"{W}ci.yml:6"),
        {
            PRE_COMMIT: "repos: []\n",
            f"{W}ci.yml": workflow("pull_request", "run: uvx prek run --all-files"),
        },
    ),
    "CI that reaches the runner through a Makefile shares the pipeline": (
        *("OnePipeline", True, "Makefile:2"),
        {
            PRE_COMMIT: "repos: []\n",
            "Makefile": "lint:\n\tpre-commit run --all-files\n",
            f"{W}ci.yml": workflow("pull_request", "run: make lint"),
        },
    ),
    "CI with commands of its own beside pre-commit does not share the pipeline": (
        *("OnePipeline", False, f"{PRE_COMMIT} is run by no CI workflow"),
        {
            PRE_COMMIT: "repos: []\n",
            f"{W}ci.yml": workflow("pull_request", "run: ruff check ."),
        },
    ),
    "a set-up that only names the entry does not run it": (
        *("OnePipeline", False, f"{PRE_COMMIT} is run by no CI workflow"),
        {
            PRE_COMMIT: "repos: []\n",
            ".process/setup": "echo 'let your hooks call .process/validate'\n",
            f"{W}copilot-setup-steps.yml": workflow("workflow_dispatch", "run: .process/setup"),
        },
    ),
    "CI that runs the tools of the hooks shares the pipeline": (
        *("OnePipeline", True, ".husky/pre-commit"),
        HUSKY
        | {
            "package.json": '{"scripts": {"lint": "eslint ."}}',
            f"{W}ci.yml": workflow("pull_request", "run: npm run lint"),
        },
    ),
    "CI that runs other tools than the hooks does not share the pipeline": (
        *("OnePipeline", False, ".husky/pre-commit runs eslint, CI does not"),
        HUSKY | {f"{W}ci.yml": workflow("pull_request", "run: npx jest")},
    ),
    "CI that calls another script than the hooks does not share the pipeline": (
        *("OnePipeline", False, ".husky/pre-commit runs eslint, CI does not"),
        {
            ".husky/pre-commit": "npx lint-staged\n",
            "package.json": '{"scripts": {"test": "jest"}, "lint-staged": {"*": "eslint"}}',
            f"{W}ci.yml": workflow("pull_request", "run: npm test"),
        },
    ),
    "actions by commit are pinned": (
        *("ActionsArePinned", True, "1 uses, all pinned"),
        {f"{W}ci.yml": workflow("push", f"uses: a/b@{SHA} # v1", "uses: ./.github/actions/x")},
    ),
    "an action by tag inside a local action is not pinned": (
        *("ActionsArePinned", False, ".github/actions/x/action.yml:3 a/b@v1 is not pinned"),
        {".github/actions/x/action.yml": "runs:\n  steps:\n    - uses: a/b@v1\n"},
    ),
    "a workflow for forks that stays on the base is safe": (
        *("WorkflowsDistrustStrangers", True, "1 workflows"),
        {f"{W}ci.yml": workflow("pull_request_target", f"uses: actions/checkout@{SHA}")},
    ),
    "pull_request_target with a checkout of the head is not safe": (
        *("WorkflowsDistrustStrangers", False),
        f"{W}ci.yml:6 checks out a stranger's code beside secrets",
        {
            f"{W}ci.yml": workflow(
                "pull_request_target",
                "uses: actions/checkout@v6\n"
                "        with: {ref: '${{ github.event.pull_request.head.sha }}'}",
            )
        },
    ),
    "a title that is pasted into a shell is not safe": (
        *(
            "WorkflowsDistrustStrangers",
            False,
            f"{W}ci.yml:6 pastes a stranger's text into a shell",
        ),
        {f"{W}ci.yml": workflow("issues", "run: echo ${{ github.event.issue.title }}")},
    ),
    # 03
    "an issue form is plain language": (
        *("FormsInPlainLanguage", True, ".github/ISSUE_TEMPLATE/idea.yml"),
        {".github/ISSUE_TEMPLATE/idea.yml": FORM},
    ),
    "an issue form that GitHub does not show is none": (
        *("FormsInPlainLanguage", False),
        ".github/ISSUE_TEMPLATE/idea.yml lacks a name, a description or something to fill in",
        {".github/ISSUE_TEMPLATE/idea.yml": FORM.replace("description: An idea\n", "")},
    ),
    "an issue template in Markdown is no form": (
        *("FormsInPlainLanguage", False),
        ".github/ISSUE_TEMPLATE/bug.md is a text to edit, not a form",
        {
            ".github/ISSUE_TEMPLATE/bug.md": "Steps:\n",
            ".github/ISSUE_TEMPLATE/config.yml": "blank_issues_enabled: false\n",
        },
    ),
    "a pull request template in any place counts": (
        *("PullRequestTemplate", True, "docs/pull_request_template.md"),
        {"docs/pull_request_template.md": "What changes?\n"},
    ),
    "an empty pull request template does not count": (
        *("PullRequestTemplate", False, "no pull request template"),
        {".github/pull_request_template.md": "\n"},
    ),
    "a template that wants a picture asks how to see the change": (
        *("TemplateAsksToShow", True, ".github/pull_request_template.md:3"),
        {".github/pull_request_template.md": "# What\n\n# Screenshots\n"},
    ),
    "a list of duties does not ask how to see the change": (
        *("TemplateAsksToShow", False, "docs/pull_request_template.md does not ask how to see it"),
        {"docs/pull_request_template.md": "- [ ] I have read the rules and added tests\n"},
    ),
    "without a template nothing asks": (
        *("TemplateAsksToShow", None, "no pull request template"),
        {"a": ""},
    ),
    "a page about proposals is a guide": (
        *("GuideToPropose", True, ".process/docs/propose-a-change.md"),
        {".process/docs/propose-a-change.md": LONG},
    ),
    "a page that tells how to contribute is a guide": (
        *("GuideToPropose", True, "CONTRIBUTING.md"),
        {"CONTRIBUTING.md": LONG},
    ),
    "a heading alone is no guide": (
        *("GuideToPropose", False, "no CONTRIBUTING page"),
        {"CONTRIBUTING.md": "# Contributing\n"},
    ),
    "a codespace in the README needs no terminal": (
        *("NoTerminalNeeded", True, "README.md:2"),
        {"README.md": "# A\n[Open](https://codespaces.new/a/b)\n"},
    ),
    "a README that only clones needs a terminal": (
        *("NoTerminalNeeded", False, "README and CONTRIBUTING link no way without a terminal"),
        {"README.md": "git clone\n"},
    ),
    # 04
    "setup steps under the right job set a cloud up": (
        *("CloudsAreSetUp", True, f"{W}copilot-setup-steps.yml"),
        {
            f"{W}copilot-setup-steps.yml": workflow(
                "workflow_dispatch", "run: ./setup", job="copilot-setup-steps"
            )
        },
    ),
    "setup steps under another job set nothing up": (
        *("CloudsAreSetUp", False),
        (
            f"{W}copilot-setup-steps.yml has no job of the name copilot-setup-steps, "
            "so nothing runs it"
        ),
        {f"{W}copilot-setup-steps.yml": workflow("workflow_dispatch", "run: ./setup")},
    ),
    "a workflow with an agent's action starts an agent": (
        *("AgentCanBeStarted", True, f"{W}agent.yml:6"),
        {f"{W}agent.yml": workflow("issues", AGENT)},
    ),
    "a workflow named after an agent starts none": (
        *("AgentCanBeStarted", False, "no workflow starts an agent"),
        {f"{W}agent.yml": workflow("issues", "run: echo claude")},
    ),
    "an agent with its action's own checks is for trusted people": (
        *("OnlyTrustedStart", True, f"{W}agent.yml"),
        {f"{W}agent.yml": workflow("issues", AGENT)},
    ),
    "an agent that admits everybody is not for trusted people": (
        *("OnlyTrustedStart", False, f"{W}agent.yml:8 lets anyone in"),
        {
            f"{W}agent.yml": workflow(
                "issues", f"{AGENT}\n        with:\n          allowed_non_write_users: '*'"
            )
        },
    ),
    "a token with named permissions is narrow": (
        *("TokenIsNarrow", True, f"{W}agent.yml"),
        {f"{W}agent.yml": workflow("issues", AGENT, top="permissions: {}\n")},
    ),
    "a token without named permissions is wide": (
        *("TokenIsNarrow", False, f"{W}agent.yml leaves the token's permissions open"),
        {f"{W}agent.yml": workflow("issues", AGENT)},
    ),
    # 05
    "a page of standards counts": (
        *("StandardsAreWritten", True, "docs/standards/code.md"),
        {"docs/standards/code.md": LONG},
    ),
    "a page that is as the template brought it is nobody's standard": (
        *("StandardsAreWritten", False, "docs/standards/code.md is as the template brought it"),
        {"docs/standards/code.md": LONG, ".process/record/05.yml": RECORD},
    ),
    "a page of the template that was changed is a standard": (
        *("StandardsAreWritten", True, "docs/standards/code.md"),
        {"docs/standards/code.md": LONG + "Ours.", ".process/record/05.yml": RECORD},
    ),
    "pages of the product are no standards": (
        *("StandardsAreWritten", False, "no page of standards"),
        {"docs/content/conventions.md": LONG},
    ),
    "the template's own hooks check no style": (
        *("MachinesCheckStyle", False, "no linter or formatter is set up"),
        {
            PRE_COMMIT: "repos:\n  - repo: local\n    hooks:\n"
            "      - {id: process-merge-markers, language: pygrep, entry: x}\n"
        },
    ),
    "an empty page of standards does not": (
        *("StandardsAreWritten", False, "no page of standards"),
        {"docs/standards/code.md": "TODO\n"},
    ),
    "a decision with its reasons is a record": (
        *("DecisionsAreRecorded", True, "docs/decisions/0001-a.md"),
        {"docs/decisions/0001-a.md": LONG},
    ),
    "a folder for decisions is no record": (
        *("DecisionsAreRecorded", False, "no decision records"),
        {"docs/decisions/.gitkeep": ""},
    ),
    "a linter that CI runs checks style": (
        *("MachinesCheckStyle", True, f"{W}ci.yml:6 runs ruff check ."),
        {f"{W}ci.yml": workflow("pull_request", "run: ruff check ."), "a.py": ""},
    ),
    "prose about style checks nothing": (
        *("MachinesCheckStyle", False, "no linter or formatter is set up"),
        {"STYLE.md": LONG, "a.py": ""},
    ),
    # 06
    "AGENTS.md is the one text": ("OneText", True, "AGENTS.md", {"AGENTS.md": LONG}),
    "a CLAUDE.md alone is not the one text": (
        *("OneText", False, "only CLAUDE.md, which other agents do not read"),
        {"CLAUDE.md": LONG},
    ),
    "a CLAUDE.md that imports AGENTS.md is no second text": (
        *("NoSecondText", True, "AGENTS.md"),
        {"AGENTS.md": LONG, "CLAUDE.md": "@AGENTS.md\n"},
    ),
    "a CLAUDE.md that links to AGENTS.md is no second text": (
        *("NoSecondText", True, "AGENTS.md"),
        {"AGENTS.md": LONG, "CLAUDE.md": "-> AGENTS.md"},
    ),
    "a CLAUDE.md without the import is a second text": (
        *("NoSecondText", False, "CLAUDE.md:1 does not bring in AGENTS.md"),
        {"AGENTS.md": LONG, "CLAUDE.md": "Read AGENTS.md, not `@AGENTS.md`.\n"},
    ),
    "a nested AGENTS.md without its CLAUDE.md reaches no Claude": (
        *("NoSecondText", False, "sub/AGENTS.md reaches no Claude: no CLAUDE.md beside it"),
        {"AGENTS.md": LONG, "CLAUDE.md": "@AGENTS.md\n", "sub/AGENTS.md": "x\n"},
    ),
    "names that exist, or that a command makes, are true": (
        *("NamedThingsExist", True, "AGENTS.md"),
        {
            "AGENTS.md": "Run `make test` or `npm run lint`; see `src/a.py`, `./run`, `dist/a.js`;"
            " the type is `application/json`, the branch `feat/x`.\n```\n$ make test\n```\n",
            "Makefile": "test:\n\ttrue\n",
            "package.json": '{"scripts": {"lint": "true"}}',
            "src/a.py": "",
            "run": "",
            ".gitignore": "dist/\n",
        },
    ),
    "a script, a target and a path that do not exist are untrue": (
        *("NamedThingsExist", False, "AGENTS.md:1: there is no script lint"),
        {"AGENTS.md": "Run `npm run lint`, `make test`, then see `src/b.py`.\n", "Makefile": ""},
    ),
    "what a sentence calls an example need not exist": (
        *("NamedThingsExist", True, "AGENTS.md"),
        {"AGENTS.md": "Run the scripts, e.g. `npm run nope`; `make nope` if present.\n"},
    ),
    "a stub with the head of its skill matches": (
        *("StubsMatch", True, ".claude/skills"),
        {
            ".agents/skills/a/SKILL.md": "---\nname: a\n---\nLong\n",
            ".claude/skills/a/SKILL.md": "---\nname: a\n---\nSee there\n",
        },
    ),
    "a stub with another head does not match": (
        *("StubsMatch", False),
        ".claude/skills/a/SKILL.md:1: the head differs from .agents/skills/a/SKILL.md",
        {
            ".agents/skills/a/SKILL.md": "---\nname: a\n---\n",
            ".claude/skills/a/SKILL.md": "---\nname: b\n---\n",
        },
    ),
    # 07
    "an agent on comments answers them": (
        *("AnswersComments", True, f"{W}a.yml:6"),
        {f"{W}a.yml": workflow("issue_comment", AGENT)},
    ),
    "a bot on comments is no agent": (
        *("AnswersComments", False, "no agent answers comments"),
        {f"{W}a.yml": workflow("issue_comment", "uses: actions/stale@v9")},
    ),
    "repository_dispatch with an agent is a door for chat": (
        *("DoorForChat", True, f"{W}a.yml"),
        {f"{W}a.yml": workflow("[repository_dispatch]", AGENT)},
    ),
    "repository_dispatch for a release is no door for chat": (
        *("DoorForChat", False, "nothing outside of GitHub can hand in a task"),
        {f"{W}a.yml": workflow("[repository_dispatch]", "run: ./release")},
    ),
    "a command that first looks at the author's role is gated": (
        *("CallersMayWrite", True, f"{W}a.yml"),
        {
            f"{W}a.yml": workflow(
                "issue_comment",
                "run: claude -p x\n        if: github.event.comment.author_association == 'OWNER'",
            )
        },
    ),
    "a command that starts for every comment is not gated": (
        *("CallersMayWrite", False, f"{W}a.yml:6 starts for anyone"),
        {f"{W}a.yml": workflow("issue_comment", "run: claude -p x")},
    ),
    # 08
    "a version file pins the tools": (
        *("ToolsArePinned", True, ".tool-versions"),
        {".tool-versions": "node 24.1.0\n"},
    ),
    "the latest version is no pin": (
        *("ToolsArePinned", False, "mise.toml:2 asks for the latest version"),
        {"mise.toml": '[tools]\nnode = "latest"\n'},
    ),
    "a lock file locks": (
        *("DependenciesAreLocked", True, "uv.lock"),
        {"pyproject.toml": '[project]\nname = "a"\n', "uv.lock": ""},
    ),
    "a manifest without lock file is open": (
        *("DependenciesAreLocked", False, "package.json has no lock file"),
        {"package.json": "{}"},
    ),
    "a mise.toml for the hooks alone pins no tools": (
        *("ToolsArePinned", False, "no file pins the tools"),
        {"mise.toml": '[tools]\nprek = "0.5.1"\n'},
    ),
    "the pin of a runtime counts beside the one for the hooks": (
        *("ToolsArePinned", True, ".nvmrc"),
        {"mise.toml": '[tools]\n"pipx:prek" = "0.5.1"\n', ".nvmrc": "22\n"},
    ),
    "a published library leaves the versions to its users": (
        *("DependenciesAreLocked", None),
        "package.json is a library: its users choose the versions",
        {"package.json": '{"name": "a", "version": "1.0.0"}'},
    ),
    "a service has to lock even with a version": (
        *("DependenciesAreLocked", False, "package.json has no lock file"),
        {"package.json": '{"version": "1.0.0", "scripts": {"dev": "vite"}}'},
    ),
    "the lock file nearest to the root is the evidence": (
        *("DependenciesAreLocked", True, "yarn.lock"),
        {"package.json": "{}", "benchmarks/a/yarn.lock": "", "yarn.lock": ""},
    ),
    "a repository without dependencies has nothing to lock": (
        *("DependenciesAreLocked", None, "no manifest declares dependencies"),
        {"run.sh": ""},
    ),
    "a dev container is one": (
        *("DevContainer", True, ".devcontainer/devcontainer.json"),
        {".devcontainer/devcontainer.json": "{}"},
    ),
    "a Dockerfile is no dev container": ("DevContainer", False, "no dev container", SERVER),
    "a dev container that calls the setup of CI shares it": (
        *("OneSetup", True, f"{W}ci.yml:6"),
        {
            ".devcontainer/devcontainer.json": '{"postCreateCommand": "bash ./scripts/setup"} // x',
            f"{W}ci.yml": workflow("push", "run: scripts/setup && make"),
        },
    ),
    "a dev container with a setup of its own does not share it": (
        *("OneSetup", False, ".devcontainer/devcontainer.json runs npm ci, CI does not"),
        {
            ".devcontainer/devcontainer.json": '{"postCreateCommand": {"a": ["npm", "ci"]}}',
            f"{W}ci.yml": workflow("push", "run: yarn install"),
        },
    ),
    # 09
    "a workflow that knows the label marks prototypes": (
        *("PrototypesAreMarked", True, f"{W}p.yml:7"),
        {
            f"{W}p.yml": workflow(
                "pull_request", "run: exit 1\n        if: github.event.label.name == 'prototype'"
            )
        },
    ),
    "a remark about prototypes marks nothing": (
        *("PrototypesAreMarked", False, "no workflow knows a label for prototypes"),
        {f"{W}p.yml": workflow("push", "run: true # this label is for a prototype")},
    ),
    "a workflow that reverts on demand walks back": (
        *("WalkBack", True, f"{W}revert.yml:6"),
        {f"{W}revert.yml": workflow("workflow_dispatch", "run: git revert -m 1 $SHA")},
    ),
    "a workflow that reverts by schedule is not on demand": (
        *("WalkBack", False, "no workflow reverts or rolls back on demand"),
        {f"{W}revert.yml": workflow("schedule", "run: git revert HEAD")},
    ),
    "a check that sees the label come and go follows it": (
        *("TheCheckFollowsTheLabel", True, f"{W}p.yml"),
        {f"{W}p.yml": workflow("{pull_request: {types: [labeled, unlabeled]}}", PROTOTYPE)},
    ),
    "a check that does not see the label go holds what is no prototype": (
        *("TheCheckFollowsTheLabel", False),
        f"{W}p.yml does not run when a pull request is unlabeled",
        {f"{W}p.yml": workflow("{pull_request: {types: [opened, labeled]}}", PROTOTYPE)},
    ),
    "a check that runs for some files only holds all others": (
        *("TheCheckFollowsTheLabel", False, f"{W}p.yml runs for some paths only"),
        {
            f"{W}p.yml": workflow(
                "{pull_request: {types: [labeled, unlabeled], paths-ignore: [docs]}}", PROTOTYPE
            )
        },
    ),
    "a comment that reverts for those who may write is safe": (
        *("WalkBackIsForWriters", True, f"{W}revert.yml"),
        {
            f"{W}revert.yml": workflow("issue_comment", "run: .process/revert"),
            ".process/revert": "if not api.write_access(login): ...",
        },
    ),
    "a comment that reverts for anyone is not": (
        *("WalkBackIsForWriters", False, f"{W}revert.yml reverts for anyone who comments"),
        {f"{W}revert.yml": workflow("issue_comment", "run: git revert -m 1 $SHA")},
    ),
    "flags in flagd's format that are read are feature flags": (
        *("FeatureFlags", True, "flags.json"),
        SERVER | {"flags.json": FLAGS, "go.mod": "require github.com/open-feature/go-sdk v1\n"},
    ),
    "flags that nothing reads are none": (
        *("FeatureFlags", False, "flags.json is read by nothing: no manifest names OpenFeature"),
        SERVER | {"flags.json": FLAGS},
    ),
    "flags of countries are no feature flags": (
        *("FeatureFlags", False, "no feature flags"),
        SERVER | {"assets/flags.json": '{"flags": {"fr": "🇫🇷"}}'},
    ),
    "flags with a state, variants and a default are in order": (
        *("FlagsAreInOrder", True, "a/flags.json"),
        {"a/flags.json": FLAGS},
    ),
    "a flag whose default is none of its variants is not in order": (
        *("FlagsAreInOrder", False, "flags.json: warm has no variant low"),
        {"flags.json": FLAGS.replace('"off"}', '"low"}')},
    ),
    "a dependency on OpenFeature is a feature flag": (
        *("FeatureFlags", True, "package.json:1"),
        SERVER | {"package.json": '{"dependencies": {"@openfeature/server-sdk": "1"}}'},
    ),
    "a server without flags has none": ("FeatureFlags", False, "no feature flags", SERVER),
    "what does not run needs no flags": (
        *("FeatureFlags", None, "nothing runs from here that a flag could switch"),
        {"lib.py": ""},
    ),
    # 10
    "a data contract is a catalog": (
        *("Catalog", True, "datacontract.yaml"),
        {"datacontract.yaml": LONG},
    ),
    "tables without a page about them are no catalog": (
        *("Catalog", False, "no catalog of data"),
        {"db/migrations/1.sql": "create table a (b int);\n"},
    ),
    "what stores nothing needs no catalog": (
        *("Catalog", None),
        "nothing stores data: no database driver, migration, schema or query",
        {"lib.py": ""},
    ),
    "an MCP server for the database is a door": (
        *("DoorForQueries", True, ".mcp.json:1"),
        {".mcp.json": '{"mcpServers": {"db": {"command": "dbhub"}}}'},
    ),
    "an MCP server for something else is no door": (
        *("DoorForQueries", False, "no command or MCP server for data"),
        {".mcp.json": '{"mcpServers": {"browser": {}}}', "a.sql": "select 1;\n"},
    ),
    "a variable in the address is no secret": (
        *("NoSecretsInTheDoor", True, ".mcp.json"),
        {".mcp.json": '{"mcpServers": {"db": {"url": "postgres://me:${PASSWORD}@host/db"}}}'},
    ),
    "a password in the address is a secret": (
        *("NoSecretsInTheDoor", False, ".mcp.json:1 holds a password"),
        {".mcp.json": '{"mcpServers": {"db": {"url": "postgres://me:hunter2@host/db"}}}'},
    ),
    # 11
    "an owner of a path is named": (
        *("OwnersAreNamed", True, ".github/CODEOWNERS:2"),
        {".github/CODEOWNERS": "# all\n* @ann\n"},
    ),
    "a CODEOWNERS without owners names nobody": (
        *("OwnersAreNamed", False, "CODEOWNERS names nobody"),
        {"CODEOWNERS": "# * @ann\n*\n"},
    ),
    "three owners are a pod": (
        *("PodsAreSmall", True, "CODEOWNERS"),
        {"CODEOWNERS": "* @ann @bob @acme/data\n"},
    ),
    "four owners are more than a pod": (
        *("PodsAreSmall", False, "CODEOWNERS:2 names more than 3 owners"),
        {"CODEOWNERS": "* @ann\n/a @ann @bob @cem @dee\n"},
    ),
    "a pod with its expert is named": (
        *("ExpertIsNamed", True, ".process/pod.toml:1"),
        {".process/pod.toml": 'expert = "@ann"\n'},
    ),
    "a pod without expert is not": (
        *("ExpertIsNamed", False, ".process/pod.toml names no expert"),
        {".process/pod.toml": 'expert = ""\n'},
    ),
    "a pod of four is too large": (
        *("PodsAreSmall", False, ".process/pod.toml (/a/) names more than 3 owners"),
        {
            ".process/pod.toml": 'expert = "@ann"\n[[parts]]\npaths = ["/a/"]\nexpert = "@bob"\n'
            'engineers = ["@cem", "@dee", "@eve"]\n'
        },
    ),
    "names and teams can be asked": (
        *("OwnersCanBeAsked", True),
        "names are well formed; whether they may write, only GitHub knows",
        {"CODEOWNERS": "* @ann @acme/data.team a@b.org @eve_corp # all\n/b\n"},
    ),
    "a name without its sign can't be asked": (
        *("OwnersCanBeAsked", False, "CODEOWNERS:2 bob is no name on GitHub"),
        {"CODEOWNERS": "* @ann\n/a bob\n"},
    ),
    "an address in a pod can't be compared with who approves": (
        *("OwnersCanBeAsked", False, ".process/pod.toml ann@acme.org is no name on GitHub"),
        {".process/pod.toml": 'expert = "ann@acme.org"\n'},
    ),
    "a pod that can't be read asks nobody": (
        *("OwnersCanBeAsked", False, ".process/pod.toml is no TOML"),
        {".process/pod.toml": "expert = @ann\n"},
    ),
    "wide rules above narrow ones all count": (
        *("EveryRuleCounts", True, "CODEOWNERS"),
        {"CODEOWNERS": "* @a\n*.js @b\n/src/ @c\n/src/*.ts @d\ndocs/ @f\ndocs/* @e\n"},
    ),
    "a pattern that GitHub skips does not count": (
        *("EveryRuleCounts", False, "CODEOWNERS:2 is skipped: no `!` takes paths out"),
        {"CODEOWNERS": "* @a\n!/x @b\n"},
    ),
    "a range does not count": (
        *("EveryRuleCounts", False, "CODEOWNERS:1 is skipped: `[ ]` is no range here"),
        {"CODEOWNERS": "*.[ch] @a\n"},
    ),
    "a rule below which everything follows does not count": (
        *("EveryRuleCounts", False),
        "CODEOWNERS:1 never counts: line 2 matches all of it and comes later",
        {"CODEOWNERS": "/src/ @a\n* @b\n"},
    ),
    "sections of GitLab's are judged by nobody here": (
        *("EveryRuleCounts", None, "no CODEOWNERS of GitHub's"),
        {"CODEOWNERS": "[Docs] @a\n!/x\n", ".gitlab-ci.yml": "a: {}\n"},
    ),
    "who is in the pod is asked": (
        *("PodIsAsked", True, "CODEOWNERS"),
        {
            "CODEOWNERS": "* @Ann @bob\n/a/ @cem\n",
            ".process/pod.toml": 'expert = "@ann"\nengineers = ["@bob"]\n'
            '[[parts]]\npaths = ["/a"]\nexpert = "@cem"\n',
        },
    ),
    "who is in the pod of a part and in no rule for it is not asked": (
        *("PodIsAsked", False),
        "@cem for /a/ of .process/pod.toml is in no rule of CODEOWNERS",
        {
            "CODEOWNERS": "* @ann @cem\n/b/ @cem\n",
            ".process/pod.toml": 'expert = "@ann"\n[[parts]]\npaths = ["/a/"]\nexpert = "@cem"\n',
        },
    ),
    # 12
    "a label for the size rates a change": (
        *("ChangesAreRated", True, f"{W}size.yml:6"),
        {f"{W}size.yml": workflow("pull_request", "uses: codelytv/pr-size-labeler@v1")},
    ),
    "a label for the path does not rate a change": (
        *("ChangesAreRated", False, f"{W}label.yml:6 labels by path only"),
        {
            f"{W}label.yml": workflow("pull_request_target", "uses: actions/labeler@v6"),
            ".github/labeler.yml": "docs:\n  - docs/**\n",
        },
    ),
    "the gate rates from the default branch": (
        *("RatingIsOutOfReach", True, f"{W}gate.yml:6"),
        {f"{W}gate.yml": workflow("[pull_request_target, workflow_run]", "run: .process/gate")},
    ),
    "a rating that the pull request brings along is none": (
        *("RatingIsOutOfReach", False, f"{W}size.yml:6 runs as the pull request has it"),
        {f"{W}size.yml": workflow("pull_request", "uses: codelytv/pr-size-labeler@v1")},
    ),
    "a rating beside the code of the head is none": (
        *("RatingIsOutOfReach", False, f"{W}size.yml:6 checks the head out"),
        {
            f"{W}size.yml": workflow(
                "pull_request_target",
                f"uses: actions/checkout@{SHA}\n        with:\n"
                "          ref: ${{ github.event.pull_request.head.sha }}",
                "run: .process/gate",
            )
        },
    ),
    "a status decides what merges": (
        *("NoLabelDecides", True, f"{W}gate.yml"),
        {f"{W}gate.yml": workflow("pull_request_target", "run: .process/gate")},
    ),
    "a label decides what merges": (
        *("NoLabelDecides", False, f"{W}merge.yml:6 asks a label"),
        {
            f"{W}merge.yml": workflow(
                "pull_request",
                "if: contains(github.event.pull_request.labels.*.name, 'low')\n"
                "        run: gh pr merge --auto --squash $PR",
            )
        },
    ),
    "auto-merge lets simple changes through": (
        *("SimpleChangesMerge", True, f"{W}merge.yml:6"),
        {f"{W}merge.yml": workflow("pull_request", "run: gh pr merge --auto --squash $PR")},
    ),
    "a bot without auto-merge lets nothing through": (
        *("SimpleChangesMerge", False, "no change merges by itself"),
        {"renovate.json": '{"automerge": false}'},
    ),
}


@pytest.mark.parametrize("sentence", CASES)
def test_check(judge, sentence):
    check, passed, evidence, files = CASES[sentence]
    found = {finding.check: finding for row in judge(files) for finding in row.findings}[check]
    assert found.passed is passed, found.evidence
    assert evidence in found.evidence
    assert bool(found.remedy) is (passed is False)


def test_every_check_has_a_case_that_passes_and_one_that_fails(judge):
    shown = {(check, passed) for check, passed, _, _ in CASES.values()}
    for row in judge({"a": ""}):
        for finding in row.findings:
            assert {(finding.check, True), (finding.check, False)} <= shown
