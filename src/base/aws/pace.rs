//! Requests at a pace: AWS counts them per account and region, whoever makes them.
//!
//! ELBv2 allows 40 requests that only read at once and 10 a second, 20 that write and 3 a second, shared with the
//! controllers that make load balancers (ELB documentation, "Request throttling").

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// A pace is never slower than this part of what was asked for.
const SLOWEST: f64 = 1. / 16.;
/// What a request that was not refused gives back of a pace that was slowed down.
const RECOVERY: f64 = 1.1;

/// How many requests to ELBv2 may be made, per account and region.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Budget {
    /// Requests that only read, a second.
    pub describe_per_second: f64,
    /// Requests that write, a second.
    pub modify_per_second: f64,
}

impl Default for Budget {
    /// A fifth of what AWS gives an account for reading, a fifteenth for writing.
    fn default() -> Self {
        Self { describe_per_second: 2., modify_per_second: 0.2 }
    }
}

/// A bucket of tokens: so many requests at once, and so many a second; fewer after somebody was refused.
#[derive(Debug)]
pub struct Pace {
    burst: f64,
    per_second: f64,
    /// The lock is held while waiting, so that who comes first goes first.
    bucket: Mutex<Bucket>,
}

#[derive(Debug)]
struct Bucket {
    /// Requests that may be made at once, at a time.
    left: f64,
    then: Instant,
    /// Requests a second now.
    per_second: f64,
}

impl Pace {
    /// At least one request at once, and more than none a second.
    pub fn new(burst: u32, per_second: f64) -> Self {
        let (burst, per_second) = (f64::from(burst.max(1)), per_second.max(0.001));
        Self { burst, per_second, bucket: Mutex::new(Bucket { left: burst, then: Instant::now(), per_second }) }
    }

    /// Returns when the next request may be made, without making it: what is looked at from then on is not older than it.
    pub async fn ready(&self) {
        let mut bucket = self.bucket.lock().await;
        self.fill(&mut bucket).await;
    }

    /// Returns when the next request may be made.
    pub async fn wait(&self) {
        let mut bucket = self.bucket.lock().await;
        self.fill(&mut bucket).await;
        bucket.left -= 1.;
    }

    async fn fill(&self, bucket: &mut Bucket) {
        let now = Instant::now();
        bucket.left = (bucket.left + (now - bucket.then).as_secs_f64() * bucket.per_second).min(self.burst);
        bucket.then = now;
        if bucket.left < 1. {
            let until = now + Duration::from_secs_f64((1. - bucket.left) / bucket.per_second);
            sleep_until(until).await;
            (bucket.left, bucket.then) = (1., until);
        }
    }

    /// A request was throttled: half as many from now on, and none at once.
    pub async fn slow_down(&self) {
        let mut bucket = self.bucket.lock().await;
        bucket.per_second = (bucket.per_second / 2.).max(self.per_second * SLOWEST);
        bucket.left = 0.;
    }

    /// A request was answered: little by little it goes on as before.
    pub async fn recover(&self) {
        let mut bucket = self.bucket.lock().await;
        bucket.per_second = (bucket.per_second * RECOVERY).min(self.per_second);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_and_then_one_by_one() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let pace = Pace::new(2, 50.);
            let begin = Instant::now();
            pace.wait().await;
            pace.wait().await;
            assert!(begin.elapsed() < Duration::from_millis(20));
            for _ in 0..3 {
                pace.wait().await;
            }
            assert!(begin.elapsed() >= Duration::from_millis(59), "{:?}", begin.elapsed());
        });
    }

    #[test]
    fn being_ready_takes_nothing() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let pace = Pace::new(1, 50.);
            pace.wait().await;
            let begin = Instant::now();
            for _ in 0..5 {
                pace.ready().await;
            }
            pace.wait().await;
            assert!((15..35).contains(&begin.elapsed().as_millis()), "{:?}", begin.elapsed());
        });
    }

    #[test]
    fn who_was_throttled_asks_half_as_often_for_a_while() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        runtime.block_on(async {
            let pace = Pace::new(10, 50.);
            pace.slow_down().await;
            let begin = Instant::now();
            pace.wait().await;
            pace.wait().await;
            assert!(begin.elapsed() >= Duration::from_millis(79), "{:?}", begin.elapsed());
            for _ in 0..10 {
                pace.slow_down().await;
            }
            assert!((pace.bucket.lock().await.per_second - 50. / 16.).abs() < 1e-9);
            for _ in 0..100 {
                pace.recover().await;
            }
            assert!((pace.bucket.lock().await.per_second - 50.).abs() < 1e-9);
        });
    }
}
