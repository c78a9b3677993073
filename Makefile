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
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' \
	  || { echo "Stowage needs Python 3.11 or newer; name one: make setup PYTHON=python3.12"; exit 1; }
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
	@$(PY) -m compileall -q $(SOURCES) || true

.PHONY: dev
dev: setup ## Add what the tests and checks need to .venv
	$(call install_lock,requirements/dev.lock)

.PHONY: lock
lock: ## Resolve pyproject.toml again into requirements/*.lock (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv (pip install uv)"; exit 1; }
	uv pip compile pyproject.toml $(LOCK_OPTIONS) -o requirements/runtime.lock
	uv pip compile pyproject.toml --group dev $(LOCK_OPTIONS) -c requirements/runtime.lock -o requirements/dev.lock
	uv pip compile --group browser $(LOCK_OPTIONS) -c requirements/dev.lock -o requirements/browser.lock

LOCK_OPTIONS := --quiet --universal --python-version 3.11 --generate-hashes \
  --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock"
