//! Brings a database's tables in step with an export: looks, plans, and does what was planned.

use anyhow::{Context, Result, bail};

use super::client::Athena;
use super::ddl::Export;
use super::discover::discover;
use super::plan::{CatalogChange, Existing, table_change, view_change};
use super::views::VIEWS;
use crate::base::message::Message;
use crate::base::s3_address::S3Address;
use crate::base::tables::Table;
use crate::read::storage::s3::Bucket;

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    pub export: Export,
    /// What has to be changed, in order; nothing if everything is as it should be.
    pub changes: Vec<CatalogChange>,
}

/// Compares what is there with what should be; changes nothing.
///
/// # Errors
/// When there is no export, when it lies in another region, or when the catalog cannot be asked.
pub async fn plan(athena: &Athena, location: &S3Address, views: bool) -> Result<Plan> {
    let bucket = Bucket::open(&location.bucket, &athena.identity).await?;
    if bucket.region != athena.region {
        bail!(
            Message::new(format_args!(
                "{location} is in {}, but Athena is asked in {}: statements would pay for the transfer, or fail",
                bucket.region, athena.region
            ))
            .hint(format_args!("AWS_REGION={}", bucket.region))
        );
    }
    let export = discover(&bucket, location).await?;
    let mut changes = Vec::new();
    let is_there = athena.has_database().await?;
    if !is_there {
        changes.push(CatalogChange::create_database(&athena.options.database));
    }
    for table in Table::ALL {
        let existing = if is_there { existing(athena, table.name()).await? } else { None };
        changes.extend(table_change(&export, table, existing.as_ref())?);
    }
    for view in VIEWS.iter().filter(|_| views) {
        let existing = if is_there { existing(athena, view.name).await? } else { None };
        changes.extend(view_change(view, existing.as_ref())?);
    }
    Ok(Plan { export, changes })
}

async fn existing(athena: &Athena, name: &str) -> Result<Option<Existing>> {
    Ok(athena.table(name).await?.as_ref().map(Existing::from))
}

/// Does one change, and waits for its end.
///
/// # Errors
/// When Athena refuses a statement. What was done before stays; the next run goes on from there.
pub async fn apply(athena: &Athena, change: &CatalogChange) -> Result<()> {
    for statement in &change.statements {
        // The database may not be there yet when it is created.
        let in_database = !statement.starts_with("CREATE DATABASE");
        let run = async {
            let id = athena.start(statement, &[], in_database, None).await?;
            athena.wait(&id).await
        };
        run.await.with_context(|| format!("{}: {}", change.name, statement.lines().next().unwrap_or_default()))?;
    }
    Ok(())
}
