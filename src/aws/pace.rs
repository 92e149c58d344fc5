//! Requests at a pace: AWS counts them per account and region, whoever makes them.
//!
//! ELBv2 allows 40 requests that only read at once and 10 a second, 20 that write and 3 a second, shared with the
//! controllers that make load balancers (ELB documentation, "Request throttling").

use std::time::Duration;

use tokio::sync::Mutex;
use tokio::time::{Instant, sleep_until};

/// A bucket of tokens: so many requests at once, and so many a second.
#[derive(Debug)]
pub struct Pace {
    burst: f64,
    per_second: f64,
    /// Tokens left at a time. The lock is held while waiting, so that who comes first goes first.
    left: Mutex<(f64, Instant)>,
}

impl Pace {
    /// At least one request at once, and more than none a second.
    pub fn new(burst: u32, per_second: f64) -> Self {
        let burst = f64::from(burst.max(1));
        Self { burst, per_second: per_second.max(0.001), left: Mutex::new((burst, Instant::now())) }
    }

    /// Returns when the next request may be made.
    pub async fn wait(&self) {
        let mut left = self.left.lock().await;
        let (tokens, then) = *left;
        let now = Instant::now();
        let tokens = (tokens + (now - then).as_secs_f64() * self.per_second).min(self.burst);
        if tokens >= 1. {
            *left = (tokens - 1., now);
            return;
        }
        let until = now + Duration::from_secs_f64((1. - tokens) / self.per_second);
        sleep_until(until).await;
        *left = (0., until);
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
}
