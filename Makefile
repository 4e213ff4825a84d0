# trustkit: every target sets up what it needs. `make` lists them.
# Choose an interpreter with PYTHON=/path/to/python3.12, how many test processes run with JOBS=4, and how long each parser is
# fuzzed with SECONDS=60.

.DEFAULT_GOAL := help
SHELL := /bin/sh
MAKEFLAGS += --no-print-directory

PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v $$p >/dev/null 2>&1 && $$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1 \
	&& { echo $$p; break; }; done)
JOBS ?= 2
SECONDS ?= 600
BIN := .venv/bin
QUICK := not slow and not interop and not browser
# Tests start hundreds of processes: what Python compiled for one serves the next, also where the surroundings forbid it to keep that.
COMPILED := PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX="$(CURDIR)/.venv/bytecode"

.PHONY: help setup demo test test-slow check bench browser conformance interop wheel client-types fuzz lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' Makefile

setup: ## make the virtual environment with all packages and fonts (other targets do it for you)
	@test -n "$(PYTHON)" || { echo "setup: Python 3.11 or newer is needed; install it, or name it: make PYTHON=/path/to/python3" >&2; exit 1; }
	@$(PYTHON) -m tools.setup

demo: setup ## the main job end to end: authority, licence, verification, forgery, revocation, audit trail, a platform that is told
	@$(BIN)/python -m trustkit.app.demo

test: setup ## the tests, without the slow ones
	@$(COMPILED) $(BIN)/pytest -q -n $(JOBS) --dist worksteal -m "$(QUICK)"

test-slow: setup ## the tests that take more than a few seconds each
	@$(COMPILED) $(BIN)/pytest -q -n $(JOBS) --dist worksteal -m "slow and not interop and not browser"

check: setup ## formatting, lints, strict types, import contracts, architecture
	@$(COMPILED) $(BIN)/python -m tools.check

bench: setup ## every figure we claim, one a line: name, ours, peer or limit, ratio
	@$(BIN)/python -m tools.bench

conformance: setup ## other parties' test vectors; writes docs/conformance.md
	@$(BIN)/python -m tools.conformance

interop: setup ## other implementations read what we write (BouncyCastle, qpdf, poppler)
	@$(BIN)/python -m tools.interop
	@$(COMPILED) $(BIN)/pytest -q -n $(JOBS) --dist loadfile -m interop tests/interop --ignore-glob='*/test_keycloak*.py'
	@$(COMPILED) $(BIN)/pytest -q -m interop tests/interop/test_keycloak*.py

browser: setup ## the pages in Debian's Chromium: accessibility, passkeys with a virtual authenticator
	@$(BIN)/python -m tools.browser
	@$(COMPILED) $(BIN)/pytest -q -m browser tests/browser

wheel: setup ## build the wheels of suite and client and try them in clean environments, away from the source
	@$(BIN)/python -m tools.wheel

client-types: setup ## make the types of the JavaScript client anew, of the OpenAPI and of its source
	@$(BIN)/python -m tools.client_types

fuzz: setup ## every parser under coverage-guided fuzzing for SECONDS=600, JOBS=2 at once, then many more examples of the fuzz tests
	@status=0; \
	$(BIN)/python -m tools.fuzz --seconds $(SECONDS) --jobs $(JOBS) || status=1; \
	HYPOTHESIS_PROFILE=long $(BIN)/pytest -q -n $(JOBS) tests/fuzz || status=1; \
	exit $$status

lock: ## resolve the dependencies anew and write requirements/*.txt (before set-up, which wants them all)
	@$(PYTHON) -m tools.lock

clean: ## remove the environment, caches and build output; a home (.trustkit, .demo) is never touched
	@rm -rf .venv build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .grimp_cache
	@find . -name __pycache__ -type d -not -path './.git/*' -prune -exec rm -rf {} +
