# `make` lists what there is. `make test` and `make demo` set up whatever is missing first.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

PYTHON := .venv/bin/python
SOLIDITY := $(wildcard contracts interfaces tests/foundry)
PYTHON_CODE := $(wildcard daimm_cli tools scripts bench tests/python tests/stories tests/ape)
SETUP := .venv/setup.stamp node_modules/setup.stamp .build/links.stamp .build/ape.stamp
# What only tests need; the demo takes an IPFS daemon that is there.
CLIENTS := .build/age.stamp .build/ipfs.stamp .build/geth.stamp
WORKERS ?= 2
LOCKED := --generate-hashes --python-version 3.11 --no-header --quiet
# Tests and the demo get a home of their own: nothing that they do reaches the user's keystores.
AWAY = mkdir -p .build/home && HOME=$(CURDIR)/.build/home

# Ape keeps its data inside the checkout, and finds the same compiler and chain as everything else.
export PATH := $(CURDIR)/.build/bin:$(CURDIR)/.venv/bin:$(CURDIR)/node_modules/.bin:$(PATH)
export PYTHONPATH := $(CURDIR)
export SOLCX_BINARY_PATH := $(CURDIR)/.build/solcx
export APE_DATA_FOLDER := $(CURDIR)/.build/ape
export FOUNDRY_DISABLE_NIGHTLY_WARNING := 1
# onnxruntime's Linux builds report models' names and hashes to their maker otherwise.
export ORT_DISABLE_TELEMETRY := 1

##@ Use
.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} \
	  /^##@/ {printf "\n%s\n", substr($$0, 5)} \
	  /^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: demo
demo: $(SETUP) ## Publish, sell, deliver and open a real model on a local chain
	@$(AWAY) $(PYTHON) scripts/demo.py $(if $(KEEP),--keep)

.PHONY: tour
tour: $(SETUP) ## Tell every feature as one story, with the same model, in a few minutes
	@$(AWAY) $(PYTHON) scripts/tour.py $(if $(KEEP),--keep)

.PHONY: chain
chain: $(SETUP) ## Run a local chain on port 8545 (PORT=... another) until Ctrl-C
	@$(PYTHON) -m tools.chain $(if $(PORT),--port $(PORT))

##@ Develop
.PHONY: setup
setup: $(SETUP) ## Install everything that is pinned into .venv, node_modules and .build

.PHONY: kubo
kubo: ## Build IPFS (Kubo) with Go, unless it is on PATH, for tests and the demo
	@tools/setup.sh ipfs

.PHONY: geth
geth: ## Build geth with Go, unless it is on PATH, for the tests with a second client
	@tools/setup.sh geth

.PHONY: build
build: $(SETUP) ## Compile the contracts
	forge build contracts interfaces

.PHONY: generate
generate: $(SETUP) ## Write the ABIs and the references anew
	@# By force: forge passes over a file of which only comments changed.
	forge build --force contracts interfaces
	$(PYTHON) -m tools.generate

.PHONY: fmt
fmt: $(SETUP) ## Format all code
	forge fmt $(SOLIDITY)
	ruff check --quiet --fix-only $(PYTHON_CODE)
	ruff format $(PYTHON_CODE)

.PHONY: lint
lint: lint-solidity lint-python lint-repository ## Check format, style, types, layers and generated files

.PHONY: lint-solidity
lint-solidity: $(SETUP)
	forge fmt --check $(SOLIDITY)
	$(PYTHON) -m tools.check_warnings
	solhint --disc --noPoster --max-warnings 0 'contracts/**/*.sol' 'interfaces/**/*.sol'
	solhint --disc --noPoster --max-warnings 0 --config tests/foundry/.solhint.json 'tests/foundry/**/*.sol'

.PHONY: lint-python
lint-python: $(SETUP)
	ruff format --check $(PYTHON_CODE)
	ruff check $(PYTHON_CODE)
	mypy $(PYTHON_CODE)
	@lint-imports --no-cache >.build/imports.log || { cat .build/imports.log; exit 1; }
	@! { vulture || :; } | grep -v '^daimm_cli/bindings/'  # generated: whole contracts, whatever is called

.PHONY: lint-repository
lint-repository: build
	$(PYTHON) -m tools.check_layers
	$(PYTHON) -m tools.check_natspec
	$(PYTHON) -m tools.check_invariants
	$(PYTHON) -m tools.generate --check

.PHONY: test
test: lint test-contracts test-ape test-python ## Check everything: lint, Foundry, Ape and Python tests
	@for client in $(CLIENTS:.build/%.stamp=%); do \
	  command -v $$client >/dev/null || echo "Neither $$client nor Go is here: nothing was tested against it"; \
	done
	@command -v bwrap >/dev/null || echo "bubblewrap is not here: nothing of the sandbox was tested"

.PHONY: test-contracts
test-contracts: $(SETUP) ## Only the Foundry tests
	$(AWAY) forge test

.PHONY: test-ape
test-ape: build ## Only what goes through Ape
	$(AWAY) ape test tests/ape

.PHONY: test-python
test-python: build $(CLIENTS) ## Only the Python tests
	$(AWAY) pytest -n $(WORKERS) --dist loadfile --max-worker-restart 0

.PHONY: test-deep
test-deep: build $(CLIENTS) ## Many more fuzz runs, mutants of the contracts, and the slow tests
	$(AWAY) FOUNDRY_PROFILE=deep forge test
	$(PYTHON) -m tools.mutate
	$(AWAY) pytest -n $(WORKERS) --dist loadfile --max-worker-restart 0 -m "slow or not slow"

.PHONY: bench
bench: build ## Measure gas and speed, and write bench/results.json
	$(PYTHON) -m bench

.PHONY: soak
soak: build ## Put a keeper under fire, and write bench/soak.json
	$(PYTHON) -m bench.soak

.PHONY: lock
lock: $(SETUP) ## Resolve the Python packages anew and pin them by hash; those of run time, too
	uv pip compile pyproject.toml --all-extras $(LOCKED) --output-file requirements.lock
	uv pip compile pyproject.toml --constraint requirements.lock $(LOCKED) \
	  --output-file requirements-runtime.lock

.PHONY: clean
clean: ## Remove what was built (not .venv and node_modules)
	rm -rf out cache .build dist contracts/.cache .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find $(PYTHON_CODE) -name __pycache__ -prune -exec rm -rf {} +

.venv/setup.stamp: requirements.lock pyproject.toml tools/setup.sh
	@tools/setup.sh check
	@echo "setup: Python packages into .venv"
	@tools/setup.sh python
	@tools/setup.sh sandbox
	@touch $@

node_modules/setup.stamp: package.json package-lock.json .npmrc tools/setup.sh
	@tools/setup.sh check
	@echo "setup: Solidity tools into node_modules"
	@tools/setup.sh node
	@touch $@

.build/links.stamp: node_modules/setup.stamp tools/setup.sh
	@tools/setup.sh links
	@touch $@

.build/%.stamp: tools/clients/%/go.mod tools/clients/%/go.sum tools/setup.sh
	@tools/setup.sh $*
	@touch $@

# Ape looks at changed sources only, and would go on with what other settings compiled.
.build/ape.stamp: ape-config.yaml tools/solc node_modules/setup.stamp
	@mkdir -p .build && rm -f .build/__local__.json && touch $@
