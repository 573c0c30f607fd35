# Every target sets itself up; see `make help`.
PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

.PHONY: help setup browser up test quick lint demo drill advisories bench lock clean

help: ## Show what can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1|/' | awk -F'|' '{printf "make %-8s %s\n", $$1, $$2}'

setup: $(READY) ## Make the virtual environment with pinned and hashed requirements

$(READY): requirements.txt pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11, 4) and "Python 3.11.4 or newer is needed")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	touch $@

browser: ## Have Chromium and Chinese fonts for the tests of the pages (installs them where it may)
	@for each in chromium chromium-browser google-chrome; do command -v $$each >/dev/null && exit 0; done; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -q && DEBIAN_FRONTEND=noninteractive apt-get install -y -q chromium fonts-noto-cjk; \
	else echo "The tests need Chromium: sudo apt-get install chromium fonts-noto-cjk"; exit 1; fi

up: setup ## Run the whole system on this machine (Ctrl-C stops it; ARGS="--port 9000" and the like)
	$(BIN)/qixian up $(ARGS)

test: lint browser ## Lint, check types and run every test
	$(BIN)/python -m pytest -n auto --dist loadfile

quick: setup ## Run the tests that need no months on a server, and no browser
	$(BIN)/python -m pytest -n auto --dist loadfile -m "not slow"

lint: setup ## Check style, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

demo: setup ## Play letters through their months in virtual time
	$(BIN)/qixian demo

advisories: setup ## Look for known vulnerabilities in the pinned requirements (asks the index's advisory service)
	$(BIN)/python -m tests.support.advisories --strict

bench: setup ## Measure against peers in the same run
	$(BIN)/python -m bench

drill: setup ## Break things while a year runs; nothing is lost or doubled (ARGS="worker --seed 7", "--list")
	$(BIN)/python -m tests.drills $(ARGS)

lock: ## Pin the requirements again, with hashes and without addresses (needs uv)
	uv pip compile pyproject.toml --extra test --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links --upgrade -q -o requirements.txt
	printf 'setuptools>=77\n' | uv pip compile - --universal --python-version 3.11 --generate-hashes \
		--no-header --no-annotate --no-emit-index-url --no-emit-find-links -q >> requirements.txt

clean: ## Remove the virtual environment and caches, but no data
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
