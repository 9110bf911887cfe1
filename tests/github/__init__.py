"""A stateful double of GitHub for tests: REST and GraphQL over HTTP, in this process.

    def test_something(github, tmp_path):        # the fixture: a Double that serves
        repo = github.repository("octo/app", clone, {"ada": "write"}, allow_auto_merge=True)
        fork = github.fork(repo, "eve")
        github.push(repo, "ada", "topic", clone)                    # commits of a clone → a branch
        pull = github.open_pull(repo, "ada", "topic", title="A change")
        token = github.actions_token(statuses="write")              # GITHUB_TOKEN of a job
        env = github.environment(repo, token)                       # for the program under test
        github.review(repo, pull, "bob"); github.close_pull(repo, pull); github.later(hours=80)
        assert repo.statuses[-1].state == "success" and pull.merged_sha

State is plain data: `repo.pulls`, `.issues`, `.comments`, `.statuses`, `.deployments`, … (state.py);
a test reads and changes it directly. Merging moves the ref in the bare repository `repo.git`;
rulesets (`repo.rulesets`) block merges, a required check counts only from the app that it names.

Identities: `user_token(login)`, `actions_token(**permissions)` (app 15368), `fork_token()` (reads
only), `app(slug, **permissions)` with `app.private` (a key in PEM, for the JWT) and
`installation_token(app)`. A token's permissions are enforced, as is a user's role.

Every request and answer is checked against GitHub's own OpenAPI description and GraphQL schema.
What breaks it, a route that is not here and a bug of the double go to `github.faults`, and the
fixture fails the test at its end. `github.calls`, `github.made("POST", "/statuses/")` and
`github.refused()` (401, 403) say what was asked; `github.break_down("/pulls/", 502)` lets GitHub
be out of order.

Routes: a file for each area below routes/, found by listing the folder. A handler gets a `Call`
(`.repository`, `.path`, `.query`, `.body`, `.who`, `.double`) and returns data with what the double
knows; required properties that it leaves out are filled in by GitHub's description. It raises
`RefusedError(422, "…")` for GitHub's noes. `query` and `mutation` register fields of GraphQL: resolvers
return dicts whose values may be functions of (info, **arguments).

Workflows run by `actions.py`: see there.
"""

from tests.github.double import ACTIONS_APP, ACTIONS_BOT, Double, git, serving

__all__ = ["ACTIONS_APP", "ACTIONS_BOT", "Double", "git", "serving"]
