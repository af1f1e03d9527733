# Everything a person or a CI runner does here. Needs Python 3.11+, make, git and the package registries.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
PORT ?= 8321
TESTS ?= tests
BIN := .venv/bin
READY := .make/setup

.DEFAULT_GOAL := help
.PHONY: help setup demo test check audit format bench soak vendor browser servers clean

help: ## list the targets
	@grep -E '^[a-z]+:.*## ' Makefile | sed -E 's/:.*## /\t/' | expand -t 12

$(READY): pyproject.toml uv.lock tools/setup.py
	@test -n "$(PYTHON)" || { echo "Hardwon needs Python 3.11 or newer: run make with PYTHON=/path/to/python" >&2; exit 1; }
	@$(PYTHON) tools/setup.py
	@mkdir -p $(@D) && touch $@

setup: $(READY) ## make .venv, fetch the web assets
	@$(BIN)/python tools/vendor.py

demo: setup ## load the sample workspace and serve it on PORT
	@$(BIN)/hardwon demo --port $(PORT)

# Tests start many processes: each would compile all it imports anew where nothing may be written beside it.
test soak: export PYTHONDONTWRITEBYTECODE :=
test soak: export PYTHONPYCACHEPREFIX := $(CURDIR)/.cache/bytecode

test: setup browser servers ## run the tests
	@$(BIN)/python -m pytest -n 2 --dist worksteal $(TESTS)

check: setup ## lint, types, arrows, sizes, docs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-logo
	@$(BIN)/python tools/sizes.py
	@$(BIN)/python tools/doclint.py
	@$(BIN)/python tools/reference.py --check
	@$(BIN)/python tools/audit.py --offline

audit: setup ## write build/sbom.json, check licences, ask for vulnerabilities
	@$(BIN)/python tools/audit.py

format: setup ## format the code
	@$(BIN)/ruff format .

bench: setup ## measure, beside the peers
	@$(BIN)/python -m bench

soak: setup ## cut the power 50,000 times, kill 650 times, let 64 write 100,000 times, two for an hour
	@HARDWON_CUTS=50000 HARDWON_KILLS_SERVER=200 HARDWON_KILLS_STORM=50 HARDWON_KILLS_MIGRATION=0 HARDWON_EXAMPLES=200 \
		HARDWON_KILLS_SENDING=100 HARDWON_KILLS_SQLITE=200 HARDWON_KILLS_POSTGRES=50 HARDWON_WRITES=100000 HARDWON_EDIT_SECONDS=3600 \
		$(BIN)/python -m pytest -s -k "power or killed or told or notes or storm or described or at_once or typed" tests/abuse

vendor: $(READY) ## fetch the pinned npm packages
	@$(BIN)/python tools/vendor.py

# A missing browser skips its tests on a person's machine and fails a CI run.
browser: $(READY) ## find or install Chromium
	@$(BIN)/python tools/chromium.py >/dev/null || test "$$CI" != true

# As with the browser.
servers: $(READY) ## find or install MLflow, Prometheus and Alertmanager
	@$(BIN)/python tools/servers.py >/dev/null || test "$$CI" != true

clean: ## remove all that make built
	rm -rf .venv .make .cache build dist .hypothesis
