//! What it takes to read everything: requests, money and time.

use std::time::Duration;

use crate::output::human;

/// Millionths of a dollar for 10,000 GETs of S3 Standard: $0.0004 per 1,000, in us-east-1; other regions differ a little.
/// <https://aws.amazon.com/s3/pricing/>, "Requests & data retrievals".
const TEN_THOUSAND_GETS: u64 = 4_000;
/// Millionths of a dollar for a GB that leaves AWS for the internet: $0.09, the first and highest step.
/// <https://aws.amazon.com/s3/pricing/>, "Data transfer".
const GIGABYTE_OUT: u64 = 90_000;
/// Bytes a second that a machine near the bucket reads without effort.
const RATE: u64 = 100_000_000;

/// `63,625 GETs, $0.03`, how long it takes, and what transfer costs.
pub(super) fn to_read(objects: u64, bytes: u64) -> [String; 3] {
    let requests = objects.saturating_mul(TEN_THOUSAND_GETS) / 10_000;
    let transfer = u128::from(bytes) * u128::from(GIGABYTE_OUT) / 1_000_000_000;
    let transfer = u64::try_from(transfer).unwrap_or(u64::MAX);
    [
        format!("{}, {}", human::plural(objects, "GET"), dollars(requests)),
        format!("{} at 100 MB/s", at_full_rate(bytes)),
        format!("{} transfer if outside AWS", dollars(transfer)),
    ]
}

fn at_full_rate(bytes: u64) -> String {
    match bytes / RATE {
        0 => "under 1 s".to_owned(),
        seconds @ 1..60 => format!("~{seconds} s"),
        seconds => format!("~{}", human::elapsed(Duration::from_secs(seconds))),
    }
}

/// Millionths of a dollar as people say them.
fn dollars(millionths: u64) -> String {
    let cents = millionths / 10_000 + u64::from(millionths % 10_000 >= 5_000);
    match cents {
        0 => "under $0.01".to_owned(),
        _ => format!("${}.{:02}", human::count(cents / 100), cents % 100),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn requests_time_and_transfer() {
        let says = |objects, bytes| to_read(objects, bytes).join(" · ");
        assert_eq!(
            says(63_625, 9_900_000_000),
            "63,625 GETs, $0.03 · ~1 min 39 s at 100 MB/s · $0.89 transfer if outside AWS"
        );
        assert_eq!(says(1, 5_000), "1 GET, under $0.01 · under 1 s at 100 MB/s · under $0.01 transfer if outside AWS");
        assert!(says(5_000_000_000, 20_000_000_000_000).contains("$2,000.00 · ~55 h 33 min at"));
    }
}
