# make demo: see it work.  make test: every test, linter and type check.  make quick: all of them that need no engine.
# make fmt: format.  make lint: format, lint, types, workflows, links.  make site: the documentation site.
# Another Python, beside the first: make test VENV=.venv-3.14 PYTHON=python3.14

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RESULTS := $(VENV)/results
WORKFLOWS := $(wildcard .github/workflows/*.yml)
EXAMPLES := $(wildcard examples/*/.github/workflows/*.yml)
NODE_MODULES := scripts/lint/node_modules/.package-lock.json
.PHONY: demo test quick lint fmt site
.SILENT:

demo: $(VENV)/installed
	$(BIN)/python scripts/demo.py

test: quick
	$(BIN)/pytest -m e2e --numprocesses 3 --dist loadscope --junitxml $(RESULTS)/e2e.xml
	$(BIN)/python scripts/tally.py $(RESULTS)/fast.xml $(RESULTS)/e2e.xml

quick: lint
	rm -rf $(RESULTS) && mkdir $(RESULTS)
	$(BIN)/pytest -m "not e2e" --numprocesses auto --junitxml $(RESULTS)/fast.xml --cov --cov-report json:$(RESULTS)/coverage.json --cov-report term
	$(BIN)/python scripts/coverage_gate.py $(RESULTS)/coverage.json

lint: $(VENV)/installed $(NODE_MODULES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(WORKFLOWS) $(EXAMPLES)
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-config .github/ISSUE_TEMPLATE/config.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-issue-forms .github/ISSUE_TEMPLATE/failure.yml .github/ISSUE_TEMPLATE/idea.yml
	$(BIN)/python scripts/blocks $(VENV)/blocks
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(VENV)/blocks/*.yml
	$(BIN)/node scripts/lint/workflows.mjs action.yml $(WORKFLOWS) $(EXAMPLES) $(VENV)/blocks/*.yml tests/e2e/workflow/*.yml
	$(BIN)/zizmor --offline --quiet --no-progress --min-severity low .github/workflows action.yml
	$(BIN)/python scripts/site build >/dev/null
	$(BIN)/hadolint Dockerfile $(wildcard examples/*/Dockerfile examples/*/*/Dockerfile examples/*/*/*/Dockerfile)

site: $(VENV)/installed
	$(BIN)/python scripts/site build

fmt: $(VENV)/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

APT := export DEBIAN_FRONTEND=noninteractive; apt-get update && apt-get install --yes --no-install-recommends
PIP := $(BIN)/pip --disable-pip-version-check install --quiet --no-deps

$(VENV)/installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.13 …")'
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || test "$$(id -u)" = 0 || { echo "python3-venv is needed, and only root can install it: sudo apt-get install python3-venv"; exit 1; }
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || scripts/said "Installing python3-venv" sh -c '$(APT) python3-venv'
	test -x $(BIN)/pip || scripts/said "Making a Python environment in $(VENV)" $(PYTHON) -m venv --clear $(VENV)
	scripts/said "Installing what tests and tools need into it, once (half a minute or more)" $(PIP) --require-hashes --requirement requirements-dev.lock
	$(PIP) --no-build-isolation --editable .
	touch $@

# Node and npm are the ones of requirements-dev.lock: no Debian has to have them.
$(NODE_MODULES): scripts/lint/package-lock.json | $(VENV)/installed
	PATH="$(abspath $(BIN)):$$PATH" scripts/said "Installing the linters of workflows" $(BIN)/npm ci --prefix scripts/lint --no-audit --no-fund --loglevel error
	touch $@
