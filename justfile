# Recipes for work on albstats; `just` lists them. `.ci/run` is what decides whether a change may land.

# Formatting, lints, tests, documentation
ci:
    .ci/run

# The README's test command
test:
    cargo test

# Rewrite schemas/, the help texts and the golden cases from what the program says now; read the diff
update:
    ALBSTATS_UPDATE=1 cargo test --test it

# Inner loops: decoding by projection, inflating, percentiles
bench:
    cargo bench -p alblog
    cargo bench --bench percentile
    cargo bench --bench functions

# The same question through albstats, DuckDB and Polars (installs the peers from PyPI)
peers:
    benches/peers/run

# Every number against a slow, independent computation
check:
    benches/peers/check

# Exports read by DuckDB, Spark and Trino, logs read from MinIO and moto (installs them; PEER...)
conformance *peers:
    tests/conformance/run {{peers}}

# What `report overview` finds of incidents with a known truth (tests/incidents/): a table, and thresholds
# made by a program that is there already, if it is named: just incidents ./albstats
incidents program="":
    {{ if program == "" { "cargo test --release" } else { "ALBSTATS_PROGRAM=" + absolute_path(program) + " cargo test" } }} --test it incidents::nights -- --ignored --nocapture

# Killing `albstats ingest` at random moments, so many times: nothing may be lost, nothing count twice
kills times="500":
    ALBSTATS_KILLS={{times}} cargo test --test it ingest::kills

# Fuzzing, ten minutes a target unless said otherwise (needs cargo-fuzz; docs/testing.md)
fuzz target="decode" seconds="600":
    mkdir -p fuzz/corpus/{{target}}
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{target}} fuzz/corpus/{{target}} fuzz/seeds/{{target}} -- -max_total_time={{seconds}} -max_len=4096

# The pages of `albstats serve` in a browser (installs Chromium, playwright-core and axe-core)
web *tests:
    tests/web/run {{tests}}

# The program against a real Kubernetes API server (built from its sources the first time: ten minutes)
kube *tests:
    tests/kube/run {{tests}}

# Licences and sources of dependencies (needs cargo-deny)
deny:
    cargo deny check licenses bans sources

# A real Kubernetes API server and what talks to it, built from their sources (needs Go; ten minutes the first time)
kube-tools:
    tests/kube/tools/build

# The Helm chart against that API server and a program: just kube-chart ./albstats
kube-chart program: kube-tools
    tests/kube/chart/run {{program}}

# The OCI image made of a program twice, looked at, pushed and run (needs root, umoci, runc, skopeo): just image-check ./albstats
image-check program:
    tests/image/run {{program}}

# The units of deploy/systemd against systemd and a program (needs systemd-analyze): just systemd-check ./albstats
systemd-check program:
    tests/systemd/run {{program}}
