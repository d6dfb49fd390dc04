# Leafray's commands. On a bare machine (Python 3.11, make, git): `make run` or `make test`.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

# The first start compiles thousands of modules; without stored bytecode every start does.
unexport PYTHONDONTWRITEBYTECODE
unexport PYTHONPATH
# Passed on as it is: brackets and blanks in file names must not reach a shell.
export IMAGES

SYSTEM_PYTHON := $(firstword $(shell command -v python3.11) $(shell command -v python3))
PYTHON := .venv/bin/python
BIN := .venv/bin

.PHONY: help setup python run stop test lint gui gui-bundle bench requirements load notebooks \
	demo-video sbom window-packages test-nodes

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

setup: python ## Make .venv with everything pinned in requirements/ (quick when it is there)
	@"$(SYSTEM_PYTHON)" -m requirements.install

python:
	@if [ -z "$(SYSTEM_PYTHON)" ]; then \
		echo "Leafray needs Python 3.11 and found no Python. Install it and run make again." >&2; \
		exit 1; \
	fi

run: setup ## Start the services; open the window, or diagnose IMAGES="a.jpg folder"
	@$(PYTHON) -m cluster up
ifneq ($(strip $(IMAGES)),)
	@$(PYTHON) -m serve_app predict --from-env IMAGES
else
	@if [ "$${NO_GUI:-0}" != 0 ] || { [ "$$(uname)" = Linux ] \
		&& [ -z "$${DISPLAY:-}$${WAYLAND_DISPLAY:-}" ]; }; then \
		$(PYTHON) -m serve_app predict --self-check; \
	else \
		$(PYTHON) -m gui; \
	fi
endif

stop: ## Stop everything that make run has started
	@if [ -x $(PYTHON) ]; then $(PYTHON) -m cluster down; else echo "Nothing was ever started."; fi

gui: python ## Open the window alone, with its own packages only; SERVER=url: a server elsewhere
	@"$(SYSTEM_PYTHON)" -m requirements.install gui
	@$(PYTHON) -m gui $(if $(SERVER),--server "$(SERVER)")

gui-bundle: setup ## Make var/bundle/leafray: the window for machines without Python
	@$(BIN)/pyinstaller --noconfirm --log-level WARN \
		--distpath var/bundle --workpath var/bundle-work gui/leafray.spec
	@echo "var/bundle/leafray is ready ($$(du -sh var/bundle/leafray | cut -f1)); copy the folder and start leafray in it."

lint: setup ## Style, types and import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# Two processes, because Ray's tests wait as much as they work; the rings keep their order.
PYTEST_ARGS ?= -n 2 --dist loadscope --no-loadscope-reorder --durations 25

test: lint window-packages ## Lint, then every ring of tests
	$(PYTHON) -m pytest $(PYTEST_ARGS)

window-packages: setup
	@$(PYTHON) -m requirements.system_packages window

test-nodes: setup ## The ring of several nodes: real processes, killed in the middle of everything
	@$(PYTHON) -m requirements.system_packages nodes
	$(PYTHON) -m pytest tests/nodes $(PYTEST_ARGS)

bench: setup window-packages ## Compare service and training with their peers here, measure the window
	@$(PYTHON) -m loadtest bench
	@photos="$${LEAFRAY_DATA:-../shared/data}/train"; \
	if [ -d "$$photos" ]; then set -- --data "$$photos"; else set --; fi; \
	$(PYTHON) -m train_jobs bench "$$@" --output train_jobs/results/bench.json
	@$(PYTHON) -m gui.bench

requirements: setup ## Resolve pyproject.toml into requirements/*.txt again
	@$(PYTHON) -m requirements.lock

sbom: setup ## List what each image is made of (CycloneDX) in var/sbom
	@$(BIN)/uv venv --quiet --allow-existing --python $(PYTHON) var/sbom/.venv
	@$(BIN)/uv pip install --quiet --python var/sbom/.venv/bin/python --require-hashes \
		-r requirements/sbom.txt
	@for image in serve train cli tracking; do \
		var/sbom/.venv/bin/cyclonedx-py requirements --pyproject pyproject.toml --output-reproducible --of JSON \
			--output-file "var/sbom/$$image.cdx.json" "requirements/$$image.txt" 2>/dev/null; \
		echo "var/sbom/$$image.cdx.json"; \
	done

load: setup ## Load the service by a shape: SHAPE=smoke, step, ramp, spike, soak or break-point
	@$(PYTHON) -m loadtest load --shape "$(or $(SHAPE),step)"

notebooks: setup ## Run the notebooks and keep their outputs (LEAFRAY_DATA: photographs)
	@$(PYTHON) -m notebooks.execute

demo-video: setup ## Film the window's story as gui/demo.mp4 (LEAFRAY_DATA: photographs)
	@photos="$${LEAFRAY_DATA:-../shared/data}"; \
	if [ -d "$$photos" ]; then set -- --data "$$photos"; else set --; fi; \
	$(PYTHON) -m gui.recording "$$@"
