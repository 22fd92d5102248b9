# make run    set up, migrate, seed demo data, serve on 127.0.0.1:8080 (options: make run ARGS="--port 9000")
# make test   everything: linters, types, units, journeys, browser
# make check  the quick part of it: linters, types, units
# make day    a day of 5,000 conversations, played in some four minutes: nobody may be stranded at any step of it
# make bench  the budgets: what was measured, the floor, the ratio; fails when one is missed (some ten minutes)
# make bench-bot FAQ_DATA=DIR   how good, how sure and how quick the FAQ bot is, against its bars
# make wheel  what is installed elsewhere, into dist/
# make soak   the fault tests for much longer: kills, restarts and bad lines by the dozen

PYTHON ?= python3
PY := .venv/bin/python
SLOW := journeys browser security realtime faults test_doors.py test_cli.py test_bus.py test_stopping.py  # whole servers, not units
SIDE_BY_SIDE := -n 4 --dist worksteal  # twice as many as two cores: half of a test with real processes is waiting
NODE = $(shell $(PYTHON) -c "import sys; sys.path.insert(0, 'scripts'); import setup; print(setup.find_node())")

.PHONY: run test check day bench bench-bot soak packages ready before lint types front-test wire wheel pictures requirements clean

run:
	@$(PYTHON) scripts/setup.py run
	@exec $(PY) -m chat serve --demo $(ARGS)

test: before
	@echo "-- All tests"
	@$(PY) -m pytest $(SIDE_BY_SIDE) $(ARGS)

check: before
	@echo "-- Unit tests"
	@$(PY) -m pytest $(SIDE_BY_SIDE) --database sqlite $(addprefix --ignore=tests/,$(SLOW)) $(ARGS)

day: ready
	@$(PY) -m tests.bench.day $(ARGS)

bench: ready
	@$(PY) -m tests.bench $(ARGS)

bench-bot: ready
	@$(PY) -m tests.bench.bot --data "$(FAQ_DATA)" $(ARGS)

soak: ready
	@echo "-- Fault tests, the long versions"
	@NIGHTDESK_TEST_SOAK=1 $(PY) -m pytest tests/faults $(ARGS)

packages:
	@$(PYTHON) scripts/setup.py packages

ready: packages
	@$(PYTHON) scripts/setup.py test

# What each works at alone, two at a time. That the bot learns takes longest, and nothing of the others waits for it.
before: packages
	@$(MAKE) --no-print-directory -j2 ready types lint front-test

lint: packages
	@echo "-- Linters"
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .

types: packages
	@echo "-- Types"
	@$(PY) -m mypy
	@$(NODE) node_modules/typescript/bin/tsc --noEmit

front-test: packages
	@echo "-- Front-end tests"
	@$(NODE) node_modules/vitest/vitest.mjs run --reporter=dot

wire:
	@$(PY) -m chat wire

# What is installed elsewhere, into dist/: with the front end in it, so that nobody there needs Node.
wheel: ready
	@rm -rf build dist
	@$(PY) -m pip wheel -q --disable-pip-version-check --no-deps --no-build-isolation -w dist .
	@rm -rf build *.egg-info
	@ls dist

# The README's pictures, as the browser tests took them.
pictures: test
	@mkdir -p docs/images
	@cp screenshots/window.png screenshots/console.png screenshots/night.png screenshots/case.png docs/images/

# Pins every package with the hashes of its files, without naming an index.
requirements:
	@for target in "requirements.txt" "requirements-dev.txt --extra dev"; do set -- $$target; file=$$1; shift; \
	  $(PY) -m uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --no-annotate $$@ pyproject.toml -o $$file; done

clean:
	rm -rf .venv .stamps node_modules chat/static .mypy_cache .ruff_cache .pytest_cache
