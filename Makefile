# `make` or `make help` lists the targets. Everything runs in .venv, which the first target creates.

BIN := .venv/bin
READY := .venv/.ready
DEMO_CLIP := sample_videos/half-kneeling_knee-lean.mp4
COMPILE := $(BIN)/uv pip compile pyproject.toml --quiet --universal --python-version 3.11 \
	--fork-strategy fewest --generate-hashes --no-emit-index-url \
	--custom-compile-command "make lock"

.DEFAULT_GOAL := help
.PHONY: help setup demo test lint docs format lock accuracy people bench torture wheel-check clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: $(READY) ## Create .venv with the hash-pinned packages, and install the system libraries

$(READY): requirements-dev.txt pyproject.toml tools/setup.sh
	tools/setup.sh environment
	touch $@

demo: $(READY) ## Analyse a sample clip into demo/
	$(BIN)/formcheck analyze $(DEMO_CLIP) --out demo/
	@printf '%s\n' '' 'What to do next:' \
		'  open demo/report.html                         what formcheck saw, and what to correct' \
		'  $(BIN)/formcheck analyze YOUR_CLIP.mp4     film yourself from the side, three metres away' \
		'  $(BIN)/formcheck serve --lan               use the app, with a phone as camera and screen'

test: lint docs ## Run every check: lint, the documentation, then the tests
	tools/setup.sh test-programs
	$(BIN)/python -m pytest -m "not paced" --numprocesses auto --dist loadfile
	$(BIN)/python -m pytest -m paced $$(grep -rl --include='*.py' 'mark\.paced' tests)

lint: $(READY) ## Check style, types and which module imports which
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy --strict
	$(BIN)/lint-imports

docs: $(READY) ## Build the documentation site in site/; warnings are errors
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

format: $(READY) ## Format the code and fix what ruff can fix
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(READY) ## Pin the dependencies again (newest: make lock UPGRADE=--upgrade)
	$(COMPILE) $(UPGRADE) --output-file requirements.txt
	$(COMPILE) $(UPGRADE) --all-extras --group dev --constraint requirements.txt \
		--output-file requirements-dev.txt

accuracy: $(READY) ## Measure the accuracy on the sample videos
	$(BIN)/python -m benchmarks.accuracy

people: $(READY) ## Measure the accuracy on other people; needs their poses (docs/accuracy.md)
	$(BIN)/python -m benchmarks.people

bench: $(READY) ## Measure the speed, as ratios within one run; takes about forty minutes
	@code=0; for part in speed where pelvis batch live; do \
		echo "$(BIN)/python -m benchmarks.$$part"; \
		$(BIN)/python -m benchmarks.$$part || code=1; \
	done; exit $$code

torture: $(READY) ## Abuse it: damaged files, full disks, kills; takes about twenty minutes
	tools/setup.sh test-programs
	$(BIN)/python -m pytest torture

wheel-check: $(READY) ## Install the wheel alone and analyse a clip from another folder
	tools/wheel_check.sh $(DEMO_CLIP)

clean: ## Remove everything that was built, except .venv
	rm -rf build demo dist site .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -name __pycache__ -not -path './.venv/*' -prune -exec rm -rf {} +
