//! What the functions that reports call for every row cost, as statements over rows in memory.
//!
//! `cargo bench --bench functions`; divan shows items (rows) per second. `count_of_column` is what the engine itself takes.

use std::sync::Arc;

use albstats::inside::{Rounding, register};
use datafusion::arrow::array::{
    ArrayRef, Float64Array, Int32Array, RecordBatch, StringViewBuilder, TimestampMicrosecondArray,
};
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use divan::Bencher;
use divan::counter::ItemsCount;

const ROWS: usize = 1_430_000;
const BATCH_ROWS: usize = 2048;

fn main() {
    divan::main();
}

/// Requests: a URL of some 80 bytes, one in ten of which has an escape; a time, a latency and one of 40 groups.
#[expect(clippy::cast_possible_wrap, clippy::cast_possible_truncation, reason = "far below 2^31")]
fn batch(start: usize) -> RecordBatch {
    let rows = start..ROWS.min(start + BATCH_ROWS);
    let mut urls = StringViewBuilder::new();
    for row in rows.clone() {
        let path = if row % 10 == 0 { "a%20list" } else { "products" };
        let (shop, id) = (row % 7, row * 7919 % 100_000);
        urls.append_value(format!(
            "https://shop{shop}.example.com:443/api/v1/{path}/{id}/reviews?page={shop}&session={row:08x}"
        ));
    }
    let times =
        rows.clone().map(|row| Some(1_763_000_000_000_000 + row as i64 * 1000)).collect::<TimestampMicrosecondArray>();
    let latency = |row: usize| f64::from((row * 7919 % 2000) as u32) / 1000.0;
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("url", Arc::new(urls.finish())),
        ("time", Arc::new(times.with_timezone("UTC"))),
        ("latency", Arc::new(rows.clone().map(|row| Some(latency(row))).collect::<Float64Array>())),
        ("g", Arc::new(rows.map(|row| Some((row * 31 % 40) as i32)).collect::<Int32Array>())),
    ];
    RecordBatch::try_from_iter(columns).expect("columns of one length")
}

fn bench(bencher: Bencher, sql: &str) {
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    register(&context, &Rounding::default());
    let batches: Vec<RecordBatch> = (0..ROWS).step_by(BATCH_ROWS).map(batch).collect();
    let table = MemTable::try_new(batches[0].schema(), vec![batches]).expect("batches of one schema");
    context.register_table("t", Arc::new(table)).expect("a new name");
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    bencher.counter(ItemsCount::new(ROWS)).bench_local(|| {
        runtime.block_on(async { context.sql(sql).await.expect("a plan").collect().await.expect("an answer") })
    });
}

#[divan::bench]
fn count_of_column(bencher: Bencher) {
    bench(bencher, "SELECT count(url) FROM t");
}

#[divan::bench]
fn url_extract_host(bencher: Bencher) {
    bench(bencher, "SELECT count(url_extract_host(url)) FROM t");
}

#[divan::bench]
fn url_extract_path(bencher: Bencher) {
    bench(bencher, "SELECT count(url_extract_path(url)) FROM t");
}

#[divan::bench]
fn url_extract_parameter(bencher: Bencher) {
    bench(bencher, "SELECT count(url_extract_parameter(url, 'session')) FROM t");
}

#[divan::bench]
fn regexp_replace_one_match(bencher: Bencher) {
    bench(bencher, "SELECT count(regexp_replace(url, '/[0-9]+', '/:id')) FROM t");
}

#[divan::bench]
fn regexp_replace_no_match(bencher: Bencher) {
    bench(bencher, "SELECT count(regexp_replace(url, 'nowhere', '')) FROM t");
}

#[divan::bench]
fn time_buckets(bencher: Bencher) {
    bench(bencher, "SELECT count(from_unixtime(floor(to_unixtime(time) / 300) * 300)) FROM t");
}

#[divan::bench]
fn group(bencher: Bencher) {
    bench(bencher, "SELECT g, count(*) FROM t GROUP BY g");
}

#[divan::bench]
fn group_and_find_the_latest(bencher: Bencher) {
    bench(bencher, "SELECT g, count(*), max_by(url, time) FROM t GROUP BY g");
}

#[divan::bench]
fn group_and_find_the_slowest(bencher: Bencher) {
    bench(bencher, "SELECT g, count(*), max_by(url, latency) FROM t GROUP BY g");
}

#[divan::bench]
fn group_and_count_for_three_shares(bencher: Bencher) {
    bench(bencher, "SELECT g, count(*), approx_percentile(latency, ARRAY[0.5, 0.9, 0.99]) FROM t GROUP BY g");
}
