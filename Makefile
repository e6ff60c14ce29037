# What people type. On a fresh Debian 12 with the Swift toolchain, `make run` and `make test` need nothing before them.

SWIFT ?= swift

# To build. The test packages are what some tests call: the sqlite3 shell, a tracer of system calls, a
# maker of certificates, real peers in Python.
PACKAGES = git ca-certificates pkg-config libsqlite3-dev libcurl4-openssl-dev
TEST_PACKAGES = sqlite3 strace openssl python3-venv

.PHONY: help run test build check fmt bench compare check-image deps deps-test sanitize

help:
	@sed -n 's/^#: //p' Makefile

#: make run          try it: the service with a directory of its own and made-up deliveries
run: deps
	$(SWIFT) run ledger try

#: make test         every test
test: deps-test
	$(SWIFT) test --disable-xctest --skip AcceptanceTests --skip HookRefusalTests
	# Alone: they cut connections within tenths of a second, and a machine that is busy with others loses the answer.
	$(SWIFT) test --skip-build --disable-xctest --filter HookRefusalTests
	# By themselves: they keep threads waiting for whole programs, and others have deadlines to keep.
	$(SWIFT) test --skip-build --disable-xctest --filter AcceptanceTests

#: make build        debug build of everything
build: deps
	$(SWIFT) build --build-tests

#: make check        format, banned calls, and the build with warnings as errors (Package.swift makes them errors)
check: deps
	$(SWIFT) format lint --strict -r -p Sources Tests Package.swift
	scripts/check-tidy
	$(SWIFT) build --build-tests

#: make sanitize     the HTTP transport and its tests with the thread sanitizer; see docs/testing.md
sanitize: deps-test
	scripts/sanitize

#: make fmt          formats the sources
fmt:
	$(SWIFT) format -i -r -p Sources Tests Package.swift

#: make bench        speed, as ratios, in a release build
bench: deps-test
	$(SWIFT) run -c release ledger-bench
	$(SWIFT) run -c release ledger-bench idle

#: make compare      requests that other ways of pushing need for the same backlog (docs/comparison.md)
compare: deps
	$(SWIFT) run -c release ledger-bench compare

#: make check-image  what the image's program needs against what the image holds (builds a release; needs no engine)
check-image: deps
	$(SWIFT) build -c release --static-swift-stdlib --product ledger
	scripts/check-image-libraries "$$($(SWIFT) build -c release --show-bin-path)/ledger"

deps:
	@scripts/install-packages $(PACKAGES)

deps-test:
	@scripts/install-packages $(PACKAGES) $(TEST_PACKAGES)
	@Tests/Peers/setup.sh
