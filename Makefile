# `make demo` and `make test` do all set-up on a fresh Debian or Ubuntu machine that has Swift.

PACKAGES := libopenblas-dev libssl-dev zlib1g-dev libbz2-dev libblosc-dev libzstd-dev libcurl4-openssl-dev libyaml-dev
RELEASE := .build/release
DEMO := demo
PREFIX ?= /usr/local
ASAN := .build/asan
FUZZ_SECONDS ?= 300

.PHONY: help build test demo install lint format golden-table fuzz clean

help:
	@echo 'make demo          set up, build, and segment a simulated tomogram into $(DEMO)/'
	@echo 'make test          set up, build, and run the tests'
	@echo 'make build         set up and build .build/release/cryosam and convert-weights'
	@echo 'make install       install the programs, their libraries, manual pages and completions in PREFIX ($(PREFIX))'
	@echo 'make lint          check the format of all Swift sources, the walls of the rooms and their picture'
	@echo 'make format        format all Swift sources'
	@echo 'make golden-table  write docs/golden-errors.md: errors against the original code'
	@echo 'make fuzz          fuzz every parser under the address sanitizer'
	@echo 'make clean         remove what was built'

build: .build/set-up
	swift build -c release

test: .build/set-up
	swift test -c release

demo: build
	@sh tools/demo.sh $(RELEASE) Weights $(DEMO)

install: build
	@sh tools/install.sh $(RELEASE) $(PREFIX)

lint: .build/set-up
	swift format lint --strict --recursive --parallel Package.swift Sources Tests
	python3 tools/draw_rooms.py --check

format:
	swift format --in-place --recursive --parallel Package.swift Sources Tests

golden-table: .build/set-up
	sh tools/golden_table.sh docs/golden-errors.md

fuzz: .build/set-up
	CRYOSAM_FUZZ=1 swift build -c debug --sanitize=address --product fuzz-parsers --scratch-path $(ASAN)
	sh tools/fuzz.sh $(ASAN)/debug/fuzz-parsers $(FUZZ_SECONDS)

clean:
	rm -rf .build $(DEMO)

# Checks for Swift, and installs the Debian packages that are missing.
.build/set-up: Makefile tools/set_up.sh
	@sh tools/set_up.sh $(PACKAGES)
	@mkdir -p .build && touch $@
