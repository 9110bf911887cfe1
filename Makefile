# Needs Python 3.11 or newer with its venv module, and git; each target makes what it needs in .venv.
PYTHON ?= python3
# More options for pytest, as in: make test ARGS="-k doors"
ARGS ?=

BIN := .venv/bin
INSTALLED := .venv/.installed
READERS := .venv/node
CLIENTS := .venv/clients
SCHEMAS := .venv/github
export PATH := $(CURDIR)/$(BIN):$(PATH)

.PHONY: help
help: ## list these targets (the default)
	@sed -n 's/^\([a-z]*\):.* ## \(.*\)/make \1|\2/p' Makefile | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'

.PHONY: demo
demo: $(INSTALLED) ## a new service and a retrofitted repository, start to end, in a temporary folder
	@$(BIN)/python -m tests.demo

.PHONY: test
test: $(INSTALLED) $(SCHEMAS) ## all tests, those of one file in the same process
	@$(BIN)/python -m pytest -n 2 --dist loadfile $(ARGS)

.PHONY: lint
lint: $(INSTALLED) ## the source, the types, the workflows and the scripts
	$(BIN)/ruff check .
	$(BIN)/ruff check --ignore T201 template/.process/context template/.process/complexity
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/shellcheck .ci/run
	$(BIN)/actionlint .github/workflows/*.yml template/.github/workflows/*.yml
	$(BIN)/zizmor --quiet --offline --persona pedantic .github template/.github

.PHONY: survey
survey: survey-files survey-replay survey-repositories ## real files patched, their histories replayed, apply and remove, for all repositories below DIR=folder; the results: docs/measurements.md

# Each of them alone will do; all of them write the same page.
.NOTPARALLEL:
.PHONY: survey-files survey-replay survey-repositories
survey-files: $(READERS)
	$(call survey,.files)
survey-replay: $(READERS)
	$(call survey,.replay)
survey-repositories: $(INSTALLED)
	$(call survey,)

# Installs tools of others and runs them, some of them with code of the repository: no part of `survey`.
.PHONY: survey-checks
survey-checks: $(INSTALLED) ## the checks of public repositories with our files and without; the results: docs/measurements.md
	$(call survey,.tools)

define survey
@test -n "$(DIR)" || { echo "Name a folder with clones: make $@ DIR=folder" >&2; exit 2; }
@$(BIN)/python -m tests.survey$(1) "$(DIR)" --page docs/measurements.md $(ARGS)
endef

.PHONY: bench
bench: $(INSTALLED) ## start-up, plan and apply as ratios; the results: docs/measurements.md
	@$(BIN)/python -m tests.bench --page docs/measurements.md $(ARGS)

.PHONY: clients
clients: $(CLIENTS)/.installed ## the agents' command-line clients, for the tests below tests/e2e

.PHONY: turn
turn: $(INSTALLED) ## what the hook at the end of an agent's turn costs, as a ratio; the result: docs/measurements.md
	@$(BIN)/python -m tests.e2e --page docs/measurements.md $(ARGS)

.PHONY: clean
clean: ## delete .venv and every cache
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find bootstrap tests -name __pycache__ -type d -prune -exec rm -rf {} +

# Only a changed pyproject.toml installs again.
$(INSTALLED): pyproject.toml
	@echo "Installing into .venv"
	@$(PYTHON) -m venv .venv
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade pip
	@$(BIN)/python -m pip install --quiet --editable . --group dev
	@touch $@

# Readers of YAML and JSON that share nothing with the patch engine; without npm, Python's read.
$(READERS): Makefile | $(INSTALLED)
	@rm -rf $@ && mkdir -p $@
	@if command -v npm >/dev/null; then \
	  npm install --silent --no-save --no-package-lock --no-audit --no-fund --prefix $@ \
	    yaml@2.9.1 jsonc-parser@3.3.1 || { rm -rf $@; exit 1; }; fi
	@touch $@

.PHONY: schemas
schemas: $(SCHEMAS) ## GitHub's own descriptions of its API, for the tests that talk to a double of it

# Two files of packages with far more in them. Without npm those tests are skipped.
$(SCHEMAS): Makefile | $(INSTALLED)
	@rm -rf $@ && mkdir -p $@/npm
	@if command -v npm >/dev/null; then \
	  npm install --silent --ignore-scripts --no-save --no-package-lock --no-audit --no-fund \
	    --prefix $@/npm @octokit/openapi@23.0.2 @octokit/graphql-schema@15.26.1 && \
	  mv $@/npm/node_modules/@octokit/openapi/generated/api.github.com.json $@ && \
	  mv $@/npm/node_modules/@octokit/graphql-schema/schema.graphql $@ || { rm -rf $@; exit 1; }; fi
	@rm -rf $@/npm
	@touch $@

# No script of a package runs but the one that puts Claude Code's program into its place.
$(CLIENTS)/.installed: tests/e2e/package.json
	@echo "Installing the agents' clients into $(CLIENTS)"
	@rm -rf $(CLIENTS) && mkdir -p $(CLIENTS) && cp $< $(CLIENTS)
	@cd $(CLIENTS) && npm install --silent --ignore-scripts --no-package-lock --no-audit --no-fund
	@cd $(CLIENTS) && node node_modules/@anthropic-ai/claude-code/install.cjs
	@touch $@
