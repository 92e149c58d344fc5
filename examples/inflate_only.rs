//! Inflates gzip files with zlib-rs and does nothing else: the floor that `benches/peers/run` holds queries against.
//!
//! `cargo run --release --example inflate_only -- THREADS FILE...` prints the bytes inflated and the seconds it took.

use std::env;
use std::fs::File;
use std::io::{self, BufReader, Read, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Instant;

use flate2::bufread::MultiGzDecoder;

/// As much as `scan` hands on at a time: within a core's cache.
const CHUNK: usize = 128 << 10;

fn main() -> io::Result<()> {
    let mut arguments = env::args_os().skip(1);
    let threads = arguments.next().and_then(|number| number.to_str()?.parse().ok());
    let threads: usize = threads.ok_or_else(|| io::Error::other("usage: inflate_only THREADS FILE..."))?;
    let files: Vec<PathBuf> = arguments.map(PathBuf::from).collect();
    let next = AtomicUsize::new(0);
    let work = || -> io::Result<u64> {
        let mut text = vec![0; CHUNK];
        let mut bytes = 0;
        while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
            let mut decoder = MultiGzDecoder::new(BufReader::with_capacity(CHUNK, File::open(file)?));
            loop {
                match decoder.read(&mut text)? {
                    0 => break,
                    length => bytes += length as u64,
                }
            }
        }
        Ok(bytes)
    };
    let begin = Instant::now();
    let bytes = thread::scope(|scope| {
        let workers: Vec<_> = (0..threads).map(|_| scope.spawn(work)).collect();
        // A panic goes on in this thread.
        let results =
            workers.into_iter().map(|worker| worker.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        results.sum::<io::Result<u64>>()
    })?;
    writeln!(io::stdout(), "{bytes} bytes in {:.3} s", begin.elapsed().as_secs_f64())
}
