//! How much a statement may read, before it runs: the sizes of the files in the folders it asks about.
//!
//! An upper bound: Athena reads only the columns a statement names, and leaves out what statistics rule out.

use std::collections::HashMap;

use alblog::time::{DAY, Date};
use anyhow::Result;

use super::client::Athena;
use super::statement::Statement;
use crate::ask::selection::Window;
use crate::base::clock;
use crate::base::s3_address::S3Address;
use crate::base::tables::Table;
use crate::read::storage::s3::Bucket;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Estimate {
    /// At most so many bytes.
    AtMost(u64),
    /// Nothing, and why.
    Unknown(String),
}

/// Windows of more days than this are listed as a whole, with fewer requests.
const DAYS_LISTED_APART: i64 = 31;

impl Athena {
    /// Adds up the files of every table that the statement names. A table read twice counts twice, as Athena counts.
    ///
    /// # Errors
    /// When the catalog cannot be asked.
    pub async fn estimate(&self, statement: &Statement, window: &Window) -> Result<Estimate> {
        let mut bytes = 0;
        for name in &statement.tables {
            // A name that the statement defines itself is none of the catalog's.
            let Some(metadata) = self.table(name).await? else { continue };
            let parameters = metadata.parameters().cloned().unwrap_or_default();
            let Some(place) = parameters.get("location").and_then(|location| location.parse::<S3Address>().ok()) else {
                return Ok(Estimate::Unknown(format!("{name} is a view, or its files are not in S3")));
            };
            let bucket = match Bucket::open(&place.bucket, &self.identity).await {
                Ok(bucket) => bucket,
                Err(error) => return Ok(Estimate::Unknown(first_line(&error))),
            };
            let days = days_of(name, window);
            for prefix in prefixes(&place, &parameters, days.as_ref()) {
                match size(&bucket, &prefix, days.as_ref()).await {
                    Ok(size) => bytes += size,
                    Err(error) => return Ok(Estimate::Unknown(first_line(&error))),
                }
            }
        }
        Ok(Estimate::AtMost(bytes))
    }
}

/// First and last day, as numbers of days since 1970.
type Days = (i64, i64);

/// The days that the window leaves of a table; `None` if it restricts none.
fn days_of(name: &str, window: &Window) -> Option<Days> {
    let table = Table::ALL.into_iter().find(|table| table.name() == name)?;
    if window.since.is_none() && window.until.is_none() {
        return None;
    }
    let margin = if table.kind().is_some() { 0 } else { window.margin };
    let first = window.since.unwrap_or(0).div_euclid(DAY);
    let last = match window.until {
        Some(until) => (until + margin - 1).div_euclid(DAY),
        // Clocks differ.
        None => clock::now().div_euclid(DAY) + 1,
    };
    Some((first, last))
}

/// What to list: a folder a day if there are few, else all of the table.
fn prefixes(place: &S3Address, parameters: &HashMap<String, String>, days: Option<&Days>) -> Vec<String> {
    let whole = if place.prefix.is_empty() { String::new() } else { format!("{}/", place.prefix) };
    let values = |name: &str| parameters.get(&format!("projection.{name}.values"));
    let (Some(&(first, last)), Some(accounts), Some(regions)) = (days, values("account"), values("region")) else {
        return vec![whole];
    };
    if last - first >= DAYS_LISTED_APART {
        return vec![whole];
    }
    let mut prefixes = Vec::new();
    for account in accounts.split(',') {
        for region in regions.split(',') {
            let day = |day: i64| format!("{whole}account={account}/region={region}/day={}/", Date::of(day * DAY));
            prefixes.extend((first..=last).map(day));
        }
    }
    prefixes
}

/// Bytes of the objects below a prefix whose folder `day=` is among the days.
async fn size(bucket: &Bucket, prefix: &str, days: Option<&Days>) -> Result<u64> {
    let range = days.map(|&(first, last)| (Date::of(first * DAY).to_string(), Date::of(last * DAY).to_string()));
    let mut bytes = 0;
    let mut page = None;
    loop {
        let listed = bucket.page(prefix, false, page).await?;
        let inside = |key: &str| match (&range, key.split_once("/day=").and_then(|(_, rest)| rest.get(..10))) {
            (Some((first, last)), Some(day)) => (first.as_str()..=last.as_str()).contains(&day),
            _ => true,
        };
        bytes += listed.result.objects.iter().filter(|it| inside(it.location.as_ref())).map(|it| it.size).sum::<u64>();
        page = listed.page_token;
        if page.is_none() {
            return Ok(bytes);
        }
    }
}

fn first_line(error: &anyhow::Error) -> String {
    error.to_string().lines().next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_days_are_listed_one_by_one() {
        let place: S3Address = "s3://lake/v1/requests/".parse().unwrap();
        let own = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
        let projected =
            HashMap::from([("projection.account.values", "1,2"), ("projection.region.values", "r")].map(own));
        assert_eq!(
            prefixes(&place, &projected, Some(&(20_777, 20_778))),
            [
                "v1/requests/account=1/region=r/day=2026-11-20/",
                "v1/requests/account=1/region=r/day=2026-11-21/",
                "v1/requests/account=2/region=r/day=2026-11-20/",
                "v1/requests/account=2/region=r/day=2026-11-21/"
            ]
        );
        assert_eq!(prefixes(&place, &projected, Some(&(20_000, 20_777))), ["v1/requests/"]);
        assert_eq!(prefixes(&place, &HashMap::new(), Some(&(20_777, 20_777))), ["v1/requests/"]);
        assert_eq!(prefixes(&place, &projected, None), ["v1/requests/"]);
    }

    #[test]
    fn a_window_ends_with_its_last_day() {
        let window = Window { since: Some(20_777 * DAY), until: Some(20_778 * DAY), margin: 60 };
        assert_eq!(days_of("requests", &window), Some((20_777, 20_777)));
        assert_eq!(days_of("log_objects", &window), Some((20_777, 20_778)));
        assert_eq!(days_of("another", &window), None);
        assert_eq!(days_of("requests", &Window::default()), None);
    }
}
