PYTHON := .venv/bin/python

.PHONY: help run test check lint format types layers budgets bench soak package smoke screenshots set-up clean

help:
	@echo "make run          set up all that is needed and open the window on the demo broker"
	@echo "make test         set up and run the tests"
	@echo "make check        ruff, mypy, import-linter and the size budgets"
	@echo "make bench        measure against the peers and limits, ratios as JSON in build/benchmarks.json"
	@echo "make soak         the slow tests"
	@echo "make screenshots  pictures of the window in light and dark in build/screenshots"
	@echo "make package      wheel, source archive, portable archive and .deb in build/packages"
	@echo "make smoke        install, use and remove what make package has made; the .deb only as root"

run:
	@packaging/set_up.sh run
	@packaging/run.sh

set-up:
	@packaging/set_up.sh dev

# Most of the time tests wait, for brokers and for windows; those of one file share what they start.
test: set-up
	$(PYTHON) -m pytest -n 2 --dist loadfile

check: lint format types layers budgets

lint: set-up
	.venv/bin/ruff check .

format: set-up
	.venv/bin/ruff format --check .

types: set-up
	.venv/bin/mypy

layers: set-up
	.venv/bin/lint-imports

budgets: set-up
	$(PYTHON) -m pytest -q tests/test_architecture.py

bench: set-up
	$(PYTHON) -m tests.benchmarks

soak: set-up
	$(PYTHON) -m pytest -m soak --timeout 3600

screenshots: set-up
	$(PYTHON) -m tests.screenshots

package:
	@packaging/set_up.sh package
	$(PYTHON) packaging/build.py

smoke:
	@packaging/set_up.sh smoke
	$(PYTHON) packaging/smoke_test.py build/packages/topicscope*

clean:
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
