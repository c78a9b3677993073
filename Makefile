# Stowage: one command per thing a person wants to do. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# Cold starts without bytecode are slow; the variable would keep Python from writing it.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= python3
VENV := .venv
PY := $(VENV)/bin/python
MANAGE := $(PY) manage.py
UV := $(shell command -v uv 2>/dev/null)
SOURCES := config importer graphs templates_app assistant manage.py
ARGS ?=
# One more than two cores: some tests wait for processes, leases and answers most of their time.
WORKERS ?= 3
CHROMIUM ?= $(firstword $(wildcard /usr/bin/chromium /usr/bin/chromium-browser /usr/bin/google-chrome))

ifdef UV
  CREATE = $(UV) venv --quiet --allow-existing --python $(PYTHON) $(VENV)
  INSTALL = $(UV) pip install --quiet --python $(PY) --compile-bytecode --require-hashes -r
else
  CREATE = $(PYTHON) -m venv $(VENV)
  INSTALL = $(PY) -m pip install -qq --disable-pip-version-check --require-hashes -r
endif

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
	  || { echo "Stowage needs Python 3.11 or newer, and $(PYTHON) is not. Name one: make setup PYTHON=python3.12"; exit 1; }
	@$(CREATE)

# A stamp holds the checksum of the lock it was made from, so a changed lock is installed again
# and an unchanged one is not, whatever the files' dates say.
define install_lock
	@sum=$$(sha256sum < $(1)); \
	if [ "$$(cat $(VENV)/.installed-$(notdir $(1)) 2>/dev/null)" != "$$sum" ]; then \
	  echo "Installing $(1) into $(VENV) ..."; \
	  $(INSTALL) $(1); \
	  echo "$$sum" > $(VENV)/.installed-$(notdir $(1)); \
	fi
endef

.PHONY: setup
setup: $(PY) ## Make .venv with everything needed to run
	$(call install_lock,requirements/runtime.lock)
	@$(PY) -m compileall -q $(wildcard $(SOURCES))

.PHONY: demo
demo: setup ## See it work: a sample workbook becomes records in a sandbox Odoo
	@$(MANAGE) demo $(ARGS)

.PHONY: serve
serve: setup ## Run everything in the foreground until Ctrl-C
	@exec $(MANAGE) serve

.PHONY: up
up: setup ## Run everything in the background; ready when it returns
	@$(MANAGE) up

.PHONY: down
down: ## Stop what `make up` or `make serve` started
	@if [ -e $(VENV)/.installed-runtime.lock ]; then $(MANAGE) down; fi

.PHONY: dev
dev: setup ## Add what tests and checks need to .venv
	$(call install_lock,requirements/dev.lock)

.PHONY: test
test: dev ## Run all tests; ARGS="tests/config -x" narrows them
	@$(PY) -m pytest -n $(WORKERS) --dist worksteal -m "not browser" $(ARGS)
	@$(MAKE) --no-print-directory test-browser

.PHONY: test-browser
test-browser: dev ## Run the tests that need Chromium
	@if [ -z "$(CHROMIUM)" ]; then \
	  echo "Browser tests skipped: no Chromium found (apt-get install chromium, or set CHROMIUM)."; \
	else \
	  $(MAKE) --no-print-directory browser && CHROMIUM="$(CHROMIUM)" $(PY) -m pytest -n 2 --dist worksteal -m browser $(ARGS) \
	  || { code=$$?; [ $$code -eq 5 ] && echo "No browser tests there." || exit $$code; }; \
	fi

.PHONY: browser
browser: dev
	$(call install_lock,requirements/browser.lock)

.PHONY: check
check: lint types migrations ## Everything a change must pass besides the tests

.PHONY: lint
lint: dev ## Lint and check the format
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

.PHONY: types
types: dev ## Check the types
	@$(PY) -m mypy

.PHONY: migrations
migrations: dev ## Check that no migration is missing
	@$(PY) -W ignore::RuntimeWarning manage.py makemigrations --check --dry-run

.PHONY: openapi
openapi: dev ## Write docs/openapi.yaml anew, after a change of the API
	@$(MANAGE) spectacular --fail-on-warn --validate --file docs/openapi.yaml

.PHONY: format
format: dev ## Put the code into its form
	@$(PY) -m ruff check --fix .
	@$(PY) -m ruff format .

.PHONY: clean
clean: down ## Stop everything and remove .venv and caches (data in var/ stays)
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache
	@find $(wildcard $(SOURCES)) tests -name __pycache__ -prune -exec rm -rf {} +

.PHONY: lock
lock: ## Resolve pyproject.toml again into requirements/*.lock (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv (pip install uv)"; exit 1; }
	uv pip compile pyproject.toml $(LOCK_OPTIONS) -o requirements/runtime.lock
	uv pip compile pyproject.toml --group dev $(LOCK_OPTIONS) -c requirements/runtime.lock -o requirements/dev.lock
	uv pip compile --group browser $(LOCK_OPTIONS) -c requirements/dev.lock -o requirements/browser.lock

LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
