# make demo: see it work.  make test: everything CI runs.  make fmt: format.  make lint: format, lint, types, workflows.
# Another Python, beside the first: make test VENV=.venv-3.14 PYTHON=python3.14

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
RESULTS := $(VENV)/results
WORKFLOWS := $(wildcard .github/workflows/*.yml)
NODE_MODULES := scripts/lint/node_modules/.package-lock.json
.PHONY: demo test lint fmt
.SILENT:

demo: $(VENV)/installed
	$(BIN)/python scripts/demo.py

test: lint
	rm -rf $(RESULTS) && mkdir $(RESULTS)
	$(BIN)/pytest -m "not e2e" --numprocesses auto --junitxml $(RESULTS)/fast.xml --cov --cov-report json:$(RESULTS)/coverage.json --cov-report term
	$(BIN)/python scripts/coverage_gate.py $(RESULTS)/coverage.json
	$(BIN)/pytest -m e2e --numprocesses 3 --dist loadscope --junitxml $(RESULTS)/e2e.xml
	$(BIN)/python scripts/tally.py $(RESULTS)/fast.xml $(RESULTS)/e2e.xml

lint: $(VENV)/installed $(NODE_MODULES)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-actions action.yml
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(WORKFLOWS)
	$(BIN)/python scripts/blocks $(VENV)/blocks
	$(BIN)/check-jsonschema --quiet --builtin-schema vendor.github-workflows $(VENV)/blocks/*.yml
	node scripts/lint/workflows.mjs action.yml $(WORKFLOWS) $(VENV)/blocks/*.yml tests/e2e/workflow/*.yml
	$(BIN)/zizmor --offline --quiet --no-progress --min-severity low .github/workflows action.yml
	$(BIN)/hadolint Dockerfile examples/*/Dockerfile

fmt: $(VENV)/installed
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

$(VENV)/installed: requirements-dev.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.13 …")'
	$(PYTHON) -c 'import ensurepip' 2>/dev/null || { echo "installing python3-venv"; export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq --no-install-recommends python3-venv >/dev/null 2>&1; }
	test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes --no-deps --requirement requirements-dev.lock
	$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	touch $@

$(NODE_MODULES): scripts/lint/package-lock.json
	command -v npm >/dev/null || { echo "installing node and npm"; export DEBIAN_FRONTEND=noninteractive; apt-get update -qq && apt-get install -y -qq --no-install-recommends nodejs npm >/dev/null 2>&1; }
	npm ci --prefix scripts/lint --silent
	touch $@
