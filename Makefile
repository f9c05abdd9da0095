# Everything runs in .venv, which `make setup` makes. `make demo` and `make test` need nothing else.
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
BROWSER ?= any
INPUTS ?= 10000000
PORT ?= 8501
SPEED ?= 1

.PHONY: demo start test test-running test-computing lint mutate bench fuzz setup browser picture clean

demo: $(VENV)/user
	$(RUN) -m monitor demo --port $(PORT) --speed $(SPEED)

start: $(VENV)/user
	$(RUN) -m monitor start --port $(PORT)

# What runs in real time takes two workers, which wait half of their time; what only computes, and
# the linters, fill these gaps, at the lowest priority, so that they make nobody late.
ALARMS := tests/alarms $(wildcard tests/test_chair*.py)
COMPUTES := $(ALARMS) tests/devices tests/session tests/store tests/review

test: $(VENV)/dev browser
	$(MAKE) --no-print-directory -j2 test-running test-computing

test-running: $(VENV)/dev
	BROWSER=$(BROWSER) $(RUN) -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder \
	  $(addprefix --ignore=,$(COMPUTES))

test-computing: lint
	nice -n 19 $(RUN) -m pytest -q -p no:cacheprovider --cov=monitor.alarms --cov-branch --cov-fail-under=100 $(ALARMS)
	nice -n 19 $(RUN) -m pytest -q -p no:cacheprovider $(filter-out $(ALARMS),$(COMPUTES))

lint: $(VENV)/dev
	$(RUN) -m ruff check .
	$(RUN) -m ruff format --check .
	$(RUN) -m mypy
	$(VENV)/bin/lint-imports

# Which small changes of the alarms' code no test notices: some ten minutes, for now and then.
mutate: $(VENV)/mutate
	nice -n 10 $(RUN) -m mutmut run
	$(RUN) -m mutmut results

bench: $(VENV)/dev browser
	$(RUN) -m bench

# Changed bytes for every driver, some ten minutes, and the alarm engine against the reference engine,
# one more; docs/integrity.md and docs/alarms.md have the last results.
fuzz: $(VENV)/dev
	$(RUN) -m tests.devices.fuzz --inputs $(INPUTS)
	$(RUN) -m tests.alarms.fuzz --steps 1000000

setup: $(VENV)/dev

# The browser of the tests: the one installed, else Playwright's, else the distribution's package.
browser: $(VENV)/dev
	BROWSER=$(BROWSER) $(RUN) -m tests.browser

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Chairside needs Python 3.11 or newer; name one with make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/user: requirements.txt | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/dev: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	$(RUN) -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/user

$(VENV)/mutate: $(VENV)/dev
	$(RUN) -m pip install --quiet --disable-pip-version-check 'mutmut>=3.8,<4'
	@touch $@

# The picture in the README, as the tests took it.
picture: $(VENV)/dev browser
	$(RUN) -m pytest -q tests/screens/test_demo.py -k 1920x1080
	cp test-results/screens/live-1920x1080.png docs/live-screen.png

clean:
	rm -rf $(VENV)
