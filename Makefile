# These targets need Python 3.11 or later with pip. `make test-tools` also installs Debian packages.
PYTHON ?= python3
ARGS ?=

BIN := .venv/bin
LOCKED := .venv/locked.stamp
READY := .venv/ready.stamp
# The frameworks of tests/tools/frameworks need other versions of libraries than the project.
FRAMEWORKS := .venv-frameworks/ready.stamp
FRAMEWORKS_LOCK := tests/tools/frameworks/requirements.lock
# The mutation tool has dependencies that nothing else needs.
MUTATION := .venv-mutation/ready.stamp
MUTATION_LOCK := benchmarks/mutation/requirements.lock
NODE_TOOLS := node_modules/.package-lock.json
PEERS := benchmarks/peers/node_modules/.package-lock.json
VITE_PROJECT := tests/tools/vite_project/node_modules/.package-lock.json

# One process per core. Each starts with a contiguous part of the tests, so that most tests of a file
# share one process and its fixtures; a process that is done takes over tests of another.
ON_ALL_CORES := -n auto --dist worksteal

# Programs that tests/tools starts and that pip and npm do not install: command=Debian package
SYSTEM_TOOLS := npm=npm chromium=chromium firefox-esr=firefox-esr redis-server=redis-server
# The same for the speed benchmarks
PEER_TOOLS := npm=npm wrk=wrk nginx=nginx-light java=default-jre-headless redis-server=redis-server

.DEFAULT_GOAL := help
.PHONY: help serve test test-all test-tools check format lint typecheck pictures bench-control bench-detection bench bench-cpu bench-start bench-memory bench-documents bench-examples bench-hostile bench-proxy bench-scale soak fuzz mutation wheel lock system-tools clean

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/\1 \2/p' $(MAKEFILE_LIST) | \
	  while read -r target text; do printf '  make %-16s %s\n' "$$target" "$$text"; done

serve: $(READY) ## Serve the mock (ARGS="--port 3200" passes options on)
	@exec $(BIN)/mock-server serve $(ARGS)

test: lint typecheck ## Check style and types, then run the tests, without tests/tools and slow ones
	@$(BIN)/python -m pytest tests --ignore=tests/tools -m "not slow" $(ON_ALL_CORES) $(ARGS)

test-all: lint typecheck ## The same with the slow tests
	@$(BIN)/python -m pytest tests --ignore=tests/tools $(ON_ALL_CORES) $(ARGS)

test-tools: $(READY) system-tools $(NODE_TOOLS) $(PEERS) $(VITE_PROJECT) $(FRAMEWORKS) ## Run the tests that use third-party tools (tests/tools)
	@$(BIN)/python -m pytest tests/tools $(ON_ALL_CORES) $(ARGS)

test-tools: SYSTEM_TOOLS += $(PEER_TOOLS)

check: $(READY) ## Check openapi.yaml and the fixtures
	@$(BIN)/mock-server check $(ARGS)

format: $(READY) ## Format the Python files and apply the automatic fixes of ruff
	@$(BIN)/ruff check --quiet --fix-only .
	@$(BIN)/ruff format --quiet .

lint: $(READY) ## Check the style
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --quiet --check .

typecheck: $(READY) ## Check the types
	@$(BIN)/mypy --no-error-summary

pictures: $(READY) system-tools ## Make pictures of all pages in dist/pictures (ARGS="--only console")
	@$(BIN)/python -m tests.helpers.pictures $(ARGS)

pictures: SYSTEM_TOOLS = chromium=chromium

bench-control: $(READY) ## Run rebuilds in 100 sessions with the session clock (ARGS="--sessions 20")
	@$(BIN)/python -m benchmarks.control_api $(ARGS)

bench-detection: $(READY) ## Run contract-tests on servers with known bugs and on correct ones (ARGS="--sample 20")
	@$(BIN)/python -m benchmarks.detection $(ARGS)

bench: $(READY) system-tools $(PEERS) ## Compare the speed with other mock servers (ARGS="--rounds 2")
	@$(BIN)/python -m benchmarks.speed $(ARGS)

bench-cpu: $(READY) ## Measure the CPU of a request without sockets, and what each cache saves
	@$(BIN)/python -m benchmarks.cpu $(ARGS)

bench-start: $(READY) system-tools $(PEERS) ## Measure the start-up time
	@$(BIN)/python -m benchmarks.start $(ARGS)

bench-memory: $(READY) system-tools $(PEERS) ## Measure the memory
	@$(BIN)/python -m benchmarks.memory $(ARGS)

bench-proxy: $(READY) system-tools $(PEERS) ## Measure what the proxy costs, beside a plain one and Prism's
	@$(BIN)/python -m benchmarks.proxies $(ARGS)

bench-examples: $(READY) system-tools $(PEERS) ## Compare the speed on the other examples with Prism
	@$(BIN)/python -m benchmarks.examples $(ARGS)

bench bench-start bench-memory bench-proxy bench-examples: SYSTEM_TOOLS = $(PEER_TOOLS)

bench-documents: $(READY) system-tools $(PEERS) ## Serve public OpenAPI documents, also with Prism and Scalar (ARGS="folder")
	@$(BIN)/python -m benchmarks.documents $(ARGS)

bench-documents: SYSTEM_TOOLS = npm=npm

bench-hostile: $(READY) ## Measure how long others wait while one client sends hostile requests
	@$(BIN)/python -m benchmarks.hostile $(ARGS)

bench-scale: $(READY) ## Measure the cost of many fixtures, sessions and exchanges
	@$(BIN)/python -m benchmarks.scale $(ARGS)

soak: $(READY) ## Run a mixed load for 30 minutes (ARGS="--minutes 1")
	@$(BIN)/python -m benchmarks.soak $(ARGS)

fuzz: EXAMPLES ?= 20000
fuzz: $(READY) ## Run the fuzz tests for long, each time with other examples (EXAMPLES=100000)
	@FUZZ_EXAMPLES=$(EXAMPLES) $(BIN)/python -m pytest tests/mock_server/fuzzing \
	  tests/mock_server/sequences $(ON_ALL_CORES) $(ARGS)

mutation: $(READY) $(MUTATION) ## Check that tests notice changes of the core (ARGS="--sample 20")
	@$(BIN)/python -m benchmarks.mutation $(ARGS)

wheel: $(READY) ## Build dist/*.whl
	@$(BIN)/hatchling build -t wheel

COMPILE = CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/pip-compile --quiet --allow-unsafe \
	  --strip-extras --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host $(ARGS)

lock: $(READY) ## Update the pinned dependencies (ARGS="--upgrade" for newer versions)
	@$(COMPILE) --extra dev --output-file requirements.lock pyproject.toml
	@$(COMPILE) --output-file $(FRAMEWORKS_LOCK) $(FRAMEWORKS_LOCK:.lock=.in)
	@$(COMPILE) --output-file $(MUTATION_LOCK) $(MUTATION_LOCK:.lock=.in)

clean: ## Remove all files that these targets create
	@rm -rf .venv .venv-frameworks .venv-mutation node_modules benchmarks/peers/node_modules \
	  tests/tools/vite_project/node_modules dist test-results .mypy_cache .pytest_cache \
	  .ruff_cache .hypothesis .schemathesis \
	  $(addprefix examples/builds-page/,dist src/contract tests/mock test-results) \
	  examples/browser/contract

# --without-pip: Debian's python3 has no ensurepip, and `pip --python` does not need it
$(LOCKED): requirements.lock
	@$(PYTHON) -c '' 2>/dev/null || { echo 'No Python at PYTHON=$(PYTHON): install Python 3.11 or later' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is required; \
	$(PYTHON) is %d.%d. Use another one: make PYTHON=python3.12" % sys.version_info[:2])'
	@echo 'Setting up .venv (once)'
	@$(PYTHON) -m venv --clear --without-pip .venv
	@$(PYTHON) -m pip --python $(BIN)/python install -qq --disable-pip-version-check \
	  --require-hashes --requirement requirements.lock
	@touch $@

$(READY): $(LOCKED) pyproject.toml
	@$(BIN)/pip install -qq --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q mock_server contract_tests
	@touch $@

$(FRAMEWORKS): $(FRAMEWORKS_LOCK)
	@$(PYTHON) -m venv --clear --without-pip .venv-frameworks
	@$(PYTHON) -m pip --python .venv-frameworks/bin/python install -qq --disable-pip-version-check \
	  --require-hashes --requirement $<
	@touch $@

$(MUTATION): $(MUTATION_LOCK)
	@$(PYTHON) -m venv --clear --without-pip .venv-mutation
	@$(PYTHON) -m pip --python .venv-mutation/bin/python install -qq --disable-pip-version-check \
	  --require-hashes --requirement $<
	@touch $@

$(NODE_TOOLS): package.json package-lock.json
	@CYPRESS_INSTALL_BINARY=0 npm ci --loglevel=error >/dev/null
	@touch $@

$(PEERS): benchmarks/peers/package.json benchmarks/peers/package-lock.json
$(VITE_PROJECT): tests/tools/vite_project/package.json tests/tools/vite_project/package-lock.json
$(PEERS) $(VITE_PROJECT):
	@cd $(@D)/.. && npm ci --loglevel=error >/dev/null
	@touch $@

system-tools:
	@PATH="$$PATH:/usr/sbin"; for tool in $(SYSTEM_TOOLS); do \
	  command -v "$${tool%%=*}" >/dev/null || absent="$$absent $${tool##*=}"; \
	done; \
	if [ -z "$$absent" ]; then exit 0; fi; \
	if [ "$$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then \
	  echo "Install these Debian packages (or their equivalents):$$absent" >&2; exit 1; \
	fi; \
	export DEBIAN_FRONTEND=noninteractive; \
	apt-get update -qq && apt-get install -qq -y --no-install-recommends $$absent >/dev/null
