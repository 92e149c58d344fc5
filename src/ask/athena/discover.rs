//! What an export covers, from its folders: accounts, regions and the first day. A few LIST requests, no object is read.

use std::collections::BTreeSet;

use anyhow::{Result, bail};

use object_store::path::Path;

use super::ddl::{Export, FIRST_DAY};
use crate::base::message::Message;
use crate::base::s3_address::S3Address;
use crate::base::tables::Table;
use crate::read::storage::s3::Bucket;

/// Looks at the folders below a location. Every table gets all accounts and regions: where one has no folder, there are
/// no rows.
///
/// # Errors
/// When it cannot be listed, or is no export.
pub(super) async fn discover(bucket: &Bucket, location: &S3Address) -> Result<Export> {
    let (mut accounts, mut regions, mut days) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    for table in Table::ALL {
        let prefix = location.folder(table.name());
        for account in folders(bucket, &prefix, "account=", usize::MAX).await? {
            let prefix = format!("{prefix}account={account}/");
            for region in folders(bucket, &prefix, "region=", usize::MAX).await? {
                // S3 lists in order: the first is the earliest.
                let days_of = folders(bucket, &format!("{prefix}region={region}/"), "day=", 1).await?;
                days.extend(days_of.into_iter().filter(|day| is_day(day)));
                regions.insert(region);
            }
            accounts.insert(account);
        }
    }
    if accounts.is_empty() || regions.is_empty() {
        bail!(
            Message::new(format_args!("no export at {location}: it has no folder <table>/account=…/region=…"))
                .hint(format_args!("albstats export --to {location}"))
        );
    }
    Ok(Export {
        location: location.clone(),
        accounts: accounts.into_iter().collect(),
        regions: regions.into_iter().collect(),
        first_day: days.pop_first().unwrap_or_else(|| FIRST_DAY.to_owned()),
    })
}

/// Values of the folders `key=value` directly below a prefix, at most so many.
async fn folders(bucket: &Bucket, prefix: &str, key: &str, most: usize) -> Result<Vec<String>> {
    let mut values = Vec::new();
    let mut page = None;
    loop {
        let listed = bucket.page(prefix, true, page).await?;
        let names = listed.result.common_prefixes.iter().filter_map(Path::filename);
        // A value with a comma would be two to Athena.
        let value = |name: &str| name.strip_prefix(key).filter(|it| !it.contains(',')).map(ToOwned::to_owned);
        values.extend(names.filter_map(value));
        page = listed.page_token;
        if page.is_none() || values.len() >= most {
            values.truncate(most);
            return Ok(values);
        }
    }
}

/// Whether text is `yyyy-MM-dd`.
pub fn is_day(text: &str) -> bool {
    text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok()
}
