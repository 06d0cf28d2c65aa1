# Two commands are enough: `make up` and `make test`. Everything else is for those who change the code.

PYTHON ?= python3
BIN := .venv/bin
export PIP_DISABLE_PIP_VERSION_CHECK = 1
PO_FILES := $(wildcard */locale/*/LC_MESSAGES/django.po)

.DEFAULT_GOAL := help
.PHONY: help up test check bench setup packages format translations clean

help: ## list the commands
	@grep -hE '^[a-z][a-z-]*:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'
	@echo "  variables of make up: PORT (8000), DATA_DIR (.data), SEED (demo or empty), DATABASE_URL, REDIS_URL"

up: setup ## start everything in the foreground; demo data on the first start; Ctrl-C stops it
	@STEELYARD_UNDER_MAKE=1 exec $(BIN)/python manage.py up

test: setup ## all tests, those in a real browser too
	@tools/chromium.sh
	@exec $(BIN)/python -m pytest

check: setup ## formatter, linter, types, import order, missing migrations, deploy check
	@tools/check.sh

bench: setup ## the benchmarks, as a table and in DATA_DIR/bench.json
	@exec $(BIN)/python -m bench

format: setup ## rewrite the Python files in the one accepted form
	@$(BIN)/ruff check --fix-only --quiet . ; $(BIN)/ruff format .

translations: setup ## collect new messages into every app's .po file
	@$(BIN)/python tools/translations.py extract

clean: ## remove what set-up made (not the data)
	rm -rf .venv node_modules build .cache

# -- set-up: each step leaves a stamp, so that it runs again only when what it depends on has changed ------------------

setup: packages build/.translations

packages: # Python and front-end packages at the same time
	@$(MAKE) --silent --jobs=2 .venv/.stamp build/vendor/.stamp

.venv/.stamp: requirements.txt
	@tools/venv.sh "$(PYTHON)"
	@touch $@

# Without npm on the machine it comes from a Python wheel, so it waits for the virtual environment.
NPM_NEEDS := $(if $(shell command -v npm 2>/dev/null),,.venv/.stamp)

node_modules/.stamp: package.json package-lock.json .npmrc $(NPM_NEEDS)
	@echo "Installing the front-end packages."
	@tools/node.sh ci --ignore-scripts --no-audit --no-fund --loglevel=error
	@touch $@

build/vendor/.stamp: node_modules/.stamp tools/vendor.py tools/icons.txt
	@$(PYTHON) tools/vendor.py
	@touch $@

build/.translations: .venv/.stamp $(PO_FILES)
	@mkdir -p build
	@$(BIN)/python tools/translations.py compile
	@touch $@
