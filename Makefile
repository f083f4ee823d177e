# Python 3.11 or later with pip is all that these targets ask of the machine;
# `make test-tools` installs what else it needs.
PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
LOCKED := .venv/locked.stamp
READY := .venv/ready.stamp
NODE_TOOLS := node_modules/.package-lock.json
PEERS := benchmarks/peers/node_modules/.package-lock.json

# what tests/tools starts that neither pip nor npm brings: command=Debian package
SYSTEM_TOOLS := npm=npm chromium=chromium redis-server=redis-server
# likewise what the benchmarks of speed start
PEER_TOOLS := npm=npm wrk=wrk nginx=nginx-light java=default-jre-headless redis-server=redis-server

.DEFAULT_GOAL := help
.PHONY: help serve test test-tools check format lint typecheck bench-steer bench-detection bench bench-start bench-memory bench-scale soak wheel lock system-tools clean

help: ## Print the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 \2/p' $(MAKEFILE_LIST) | \
	  while read -r target text; do printf '  make %-12s %s\n' "$$target" "$$text"; done

serve: $(READY) ## Serve the mock (ARGS="--port 3200" passes options on)
	@exec $(BIN)/mock-server serve $(ARGS)

test: lint typecheck ## Judge the style and the types, then run every test but tests/tools
	@$(BIN)/python -m pytest tests --ignore=tests/tools $(ARGS)

test-tools: $(READY) system-tools $(NODE_TOOLS) $(PEERS) ## Run other makers' tools on openapi.yaml
	@$(BIN)/python -m pytest tests/tools $(ARGS)

test-tools: SYSTEM_TOOLS += $(PEER_TOOLS)

check: $(READY) ## Judge openapi.yaml and the fixtures
	@$(BIN)/mock-server check $(ARGS)

format: $(READY) ## Lay the Python files out, and mend what ruff can mend
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

lint: $(READY) ## Judge the style
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

typecheck: $(READY) ## Judge the types
	@$(BIN)/mypy --no-error-summary

bench-steer: $(READY) ## Drive rebuilds in 100 sessions by the clock alone (ARGS="--sessions 20")
	@$(BIN)/python -m benchmarks.control_api $(ARGS)

bench-detection: $(READY) ## Judge servers with planted bugs and correct ones (ARGS="--sample 20")
	@$(BIN)/python -m benchmarks.detection $(ARGS)

bench: $(READY) system-tools $(PEERS) ## Measure the speed beside its peers (ARGS="--rounds 2")
	@$(BIN)/python -m benchmarks.speed $(ARGS)

bench-start: $(READY) system-tools $(PEERS) ## Measure how soon it answers
	@$(BIN)/python -m benchmarks.start $(ARGS)

bench-memory: $(READY) system-tools $(PEERS) ## Measure the memory it takes
	@$(BIN)/python -m benchmarks.memory $(ARGS)

bench bench-start bench-memory: SYSTEM_TOOLS = $(PEER_TOOLS)

bench-scale: $(READY) ## Measure what many fixtures, sessions and exchanges cost
	@$(BIN)/python -m benchmarks.scale $(ARGS)

soak: $(READY) ## Load it for 30 minutes with all that happens (ARGS="--minutes 1")
	@$(BIN)/python -m benchmarks.soak $(ARGS)

wheel: $(READY) ## Build dist/*.whl
	@$(BIN)/hatchling build -t wheel

lock: $(READY) ## Pin the dependencies anew (ARGS="--upgrade" takes newer ones)
	@CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --extra dev --allow-unsafe \
	  --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host --output-file requirements.lock $(ARGS) pyproject.toml

clean: ## Remove all that these targets make
	@rm -rf .venv node_modules benchmarks/peers/node_modules dist test-results \
	  .mypy_cache .pytest_cache .ruff_cache .hypothesis .schemathesis \
	  $(addprefix examples/builds-page/,dist src/contract test-results)

# --without-pip: Debian's python3 has no ensurepip, and `pip --python` needs none
$(LOCKED): requirements.lock
	@$(PYTHON) -c '' 2>/dev/null || { echo 'No Python at PYTHON=$(PYTHON): install Python 3.11 or later' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed, \
	$(PYTHON) is %d.%d: name another one, as in make PYTHON=python3.12" % sys.version_info[:2])'
	@echo 'Setting .venv up (once)'
	@$(PYTHON) -m venv --clear --without-pip .venv
	@$(PYTHON) -m pip --python $(BIN)/python install -qq --disable-pip-version-check \
	  --require-hashes --requirement requirements.lock
	@touch $@

$(READY): $(LOCKED) pyproject.toml
	@$(BIN)/pip install -qq --no-deps --no-build-isolation --editable .
	@touch $@

$(NODE_TOOLS): package.json package-lock.json
	@CYPRESS_INSTALL_BINARY=0 npm ci --loglevel=error >/dev/null
	@touch $@

$(PEERS): benchmarks/peers/package.json benchmarks/peers/package-lock.json
	@cd benchmarks/peers && npm ci --loglevel=error >/dev/null
	@touch $@

system-tools:
	@PATH="$$PATH:/usr/sbin"; for tool in $(SYSTEM_TOOLS); do \
	  command -v "$${tool%%=*}" >/dev/null || absent="$$absent $${tool##*=}"; \
	done; \
	if [ -z "$$absent" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "This needs these Debian packages (or the like):$$absent" >&2; exit 1; \
	fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && apt-get install -qq -y --no-install-recommends $$absent >/dev/null
