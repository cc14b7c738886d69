# Leat's jobs. `make demo` and `make test` need nothing but Swift: they install the missing system libraries first.

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo test compare compare-loaders simulate fuzz sanitize build lint format deps test-deps

SOURCES := Package.swift Sources Tests Datasets Examples

help: ## Lists the jobs
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/make \1|\2/p' Makefile | while IFS='|' read -r job text; \
	    do printf '%-22s%s\n' "$$job" "$$text"; done

demo: deps ## Trains a small convolutional network on handwritten digits
	@swift run -c release CNN-Digits

# Tests compile the library with other flags than `make build`; a folder of their own keeps both from being redone.
test: test-deps lint ## Checks the style, builds in release and runs all tests
	swift test -c release --scratch-path .build-test
	@if command -v python3 >/dev/null; then python3 -m unittest discover -s Benchmarks/compare; fi

compare: build ## Measures Leat beside Keras and PyTorch, in environments made by Benchmarks/compare/setup.sh peers
	python3 Benchmarks/compare/compare.py --environment peers

compare-loaders: build ## Measures Leat's loaders beside others, in the same environments
	python3 Benchmarks/compare/compare_loaders.py --environment peers

# A schedule that failed again, step by step: LEAT_SEED=… swift test … --filter PipelineSimulationTests
simulate: test-deps ## Runs the pipeline's simulator through a million schedules
	LEAT_SIMULATIONS=1000000 swift test -c release --scratch-path .build-test --filter PipelineSimulationTests

fuzz: test-deps ## Tries some ten million malformed frames, indexes and shards
	LEAT_FUZZ=6000000 swift test -c release --scratch-path .build-test --filter FrameFuzzTests
	LEAT_FUZZ=2500000 swift test -c release --scratch-path .build-test --filter ShardFuzzTests

# Without the search for leaks, which takes lazy globals for some. The thread sanitizer needs locks that it can see
# (LEAT_THREAD_SANITIZER), and leaves alone the signals that tests send to workers. Left out there are the tests of how
# much memory is taken, since the sanitizer takes its own, one that starts more processes than its time allows, and one
# that works out orders for a quarter of an hour there, alone. Other tests of shards work long as well, and one at a time
# so as not to take the time of those that have a limit.
TSAN := swift test --sanitize=thread -Xswiftc -DLEAT_THREAD_SANITIZER --scratch-path .build-tsan
sanitize: test-deps ## Runs the tests of pipeline and shards under the address and the thread sanitizer
	ASAN_OPTIONS=detect_leaks=0 swift test --sanitize=address --scratch-path .build-asan --filter LeatPipelineTests
	TSAN_OPTIONS=handle_segv=0 $(TSAN) --filter LeatPipelineTests --skip 'goes on with the record'
	$(TSAN) --no-parallel --filter LeatShardsTests --skip StreamingMemoryTests --skip 'Windows of any width'

build: deps ## Builds everything in release
	swift build -c release

lint: ## Checks the style
	swift format lint --strict --parallel --recursive $(SOURCES)

format: ## Brings the sources into the style
	swift format format --in-place --parallel --recursive $(SOURCES)

deps: ## Installs the system libraries that are missing
	@.ci/deps

test-deps:
	@.ci/deps --test
