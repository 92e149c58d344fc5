//! Requests to Athena: starting a statement, waiting for its end, reading its pages; and what the catalog says.
//!
//! Throttled requests are repeated by the SDK. A statement that was started is stopped when nobody waits for it.

use std::time::Duration;

use anyhow::{Context, Result, anyhow, bail};
use aws_sdk_athena::Client;
use aws_sdk_athena::config::retry::RetryConfig;
use aws_sdk_athena::error::ProvideErrorMetadata;
use aws_sdk_athena::operation::get_query_results::GetQueryResultsOutput;
use aws_sdk_athena::types::{
    ManagedQueryResultsConfiguration, QueryExecution, QueryExecutionContext, QueryExecutionState, QueryExecutionStatus,
    ResultConfiguration, ResultReuseByAgeConfiguration, ResultReuseConfiguration, TableMetadata, WorkGroup,
};

use super::message::{explain, failed};
use crate::base::aws::{self, Credentials, Identity};
use crate::base::message::Message;
use crate::base::s3_address::S3Address;

/// How long to wait before asking again whether a statement has ended: at first, and at most.
const FIRST_WAIT: Duration = Duration::from_millis(100);
const LONGEST_WAIT: Duration = Duration::from_secs(2);
const ATTEMPTS: u32 = 8;
/// The catalog of Glue, in which Athena's tables are unless somebody says otherwise.
const CATALOG: &str = "AwsDataCatalog";
/// The workgroup that every account has.
const DEFAULT_WORKGROUP: &str = "primary";

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// The database whose tables need not be qualified.
    pub database: String,
    /// The workgroup; none is `primary`.
    pub workgroup: Option<String>,
    /// Where Athena puts results; none is up to the workgroup.
    pub output_location: Option<S3Address>,
}

/// Athena, in one region and as one identity.
#[derive(Debug)]
pub struct Athena {
    client: Client,
    pub region: String,
    /// As whom it is asked; S3 is, too.
    pub identity: Identity,
    pub options: Options,
    /// What should be said to the user about the workgroup.
    pub notices: Vec<String>,
}

impl Athena {
    /// Gets credentials and looks at the workgroup.
    ///
    /// # Errors
    /// When there are no credentials or no region, or results have nowhere to go.
    pub async fn connect(identity: &Identity, options: Options) -> Result<Self> {
        let config = aws::load(identity).await?;
        let Some(region) = config.region().map(ToString::to_string) else {
            bail!(Message::new("no AWS region").hint("AWS_REGION=eu-west-1, the region of the export's bucket"));
        };
        Credentials::get(&config, identity).await?;
        let retry = RetryConfig::standard().with_max_attempts(ATTEMPTS).with_max_backoff(Duration::from_secs(5));
        let service = aws_sdk_athena::config::Builder::from(&config).retry_config(retry).build();
        let client = Client::from_conf(service);
        let identity = identity.clone();
        let mut athena = Self { client, region, identity, options, notices: Vec::new() };
        athena.look_at_workgroup().await?;
        Ok(athena)
    }

    fn workgroup(&self) -> &str {
        self.options.workgroup.as_deref().unwrap_or(DEFAULT_WORKGROUP)
    }

    /// A workgroup may decide where results go. Who may not look at it can still use it.
    async fn look_at_workgroup(&mut self) -> Result<()> {
        let asked = self.client.get_work_group().work_group(self.workgroup()).send().await;
        let asked = match asked {
            Ok(asked) => asked,
            Err(error) if error.code().is_some_and(|code| code.starts_with("AccessDenied")) => return Ok(()),
            Err(error) => return Err(explain("GetWorkGroup", &self.region, &error)),
        };
        let Some(configuration) = asked.work_group().and_then(WorkGroup::configuration) else { return Ok(()) };
        let own = configuration.result_configuration().and_then(ResultConfiguration::output_location);
        let managed =
            configuration.managed_query_results_configuration().is_some_and(ManagedQueryResultsConfiguration::enabled);
        let enforced = configuration.enforce_work_group_configuration().unwrap_or(false);
        if let Some(location) = self.options.output_location.take_if(|_| enforced || managed) {
            let (group, own) = (self.workgroup().to_owned(), own.unwrap_or("storage that Athena manages"));
            if own.trim_end_matches('/') != location.to_string() {
                self.notices.push(format!("results go to {own}, not to {location}: workgroup {group} says so"));
            }
        }
        if own.is_none() && !managed && self.options.output_location.is_none() {
            bail!(
                Message::new(format_args!("workgroup {} has no place for results", self.workgroup()))
                    .hint("--output-location s3://bucket/prefix, or --workgroup")
            );
        }
        Ok(())
    }

    /// Starts a statement; answers its id.
    ///
    /// # Errors
    /// When Athena refuses it.
    pub(super) async fn start(
        &self,
        sql: &str,
        parameters: &[String],
        in_database: bool,
        reuse: Option<Duration>,
    ) -> Result<String> {
        let mut context = QueryExecutionContext::builder().catalog(CATALOG);
        if in_database {
            context = context.database(&self.options.database);
        }
        let location = self.options.output_location.as_ref();
        let results = location.map(|place| ResultConfiguration::builder().output_location(format!("{place}/")).build());
        let reuse = reuse.map(|age| {
            let minutes = i32::try_from(age.as_secs().div_ceil(60)).unwrap_or(i32::MAX);
            let by_age = ResultReuseByAgeConfiguration::builder().enabled(true).max_age_in_minutes(minutes).build();
            ResultReuseConfiguration::builder().result_reuse_by_age_configuration(by_age).build()
        });
        let started = self
            .client
            .start_query_execution()
            .query_string(sql)
            .set_execution_parameters((!parameters.is_empty()).then(|| parameters.to_vec()))
            .query_execution_context(context.build())
            .set_result_configuration(results)
            .set_result_reuse_configuration(reuse)
            .work_group(self.workgroup())
            .send()
            .await
            .map_err(|error| explain("StartQueryExecution", &self.region, &error))?;
        started.query_execution_id().map(ToOwned::to_owned).context("Athena started the statement without an id")
    }

    /// Waits until a statement has ended well; asks less and less often.
    ///
    /// # Errors
    /// When it fails or is cancelled: Athena's own reason.
    pub(super) async fn wait(&self, id: &str) -> Result<QueryExecution> {
        let mut pause = FIRST_WAIT;
        loop {
            let asked = self.client.get_query_execution().query_execution_id(id).send().await;
            let asked = asked.map_err(|error| explain("GetQueryExecution", &self.region, &error))?;
            let execution = asked.query_execution.context("Athena does not know the statement it started")?;
            let status = execution.status();
            let reason = status.and_then(QueryExecutionStatus::state_change_reason).unwrap_or("it does not say why");
            match status.and_then(QueryExecutionStatus::state) {
                Some(QueryExecutionState::Succeeded) => return Ok(execution),
                Some(QueryExecutionState::Failed) => return Err(failed(reason)),
                Some(QueryExecutionState::Cancelled) => return Err(anyhow!("the statement was cancelled: {reason}")),
                _ => tokio::time::sleep(pause).await,
            }
            pause = (pause * 2).min(LONGEST_WAIT);
        }
    }

    /// Stops a statement.
    ///
    /// # Errors
    /// When Athena cannot be told.
    pub(super) async fn stop(&self, id: &str) -> Result<()> {
        let stopped = self.client.stop_query_execution().query_execution_id(id).send().await;
        stopped.map(|_| ()).map_err(|error| explain("StopQueryExecution", &self.region, &error))
    }

    /// A page of a statement's result.
    ///
    /// # Errors
    /// When it cannot be read.
    pub(super) async fn page(&self, id: &str, token: Option<String>) -> Result<GetQueryResultsOutput> {
        let asked = self.client.get_query_results().query_execution_id(id).max_results(1000).set_next_token(token);
        asked.send().await.map_err(|error| explain("GetQueryResults", &self.region, &error))
    }

    /// Whether the database is there.
    ///
    /// # Errors
    /// When the catalog cannot be asked.
    pub(super) async fn has_database(&self) -> Result<bool> {
        let name = &self.options.database;
        let asked = self.client.get_database().catalog_name(CATALOG).database_name(name).send().await;
        match asked {
            Ok(_) => Ok(true),
            Err(error) if is_not_found(&error) => Ok(false),
            Err(error) => Err(explain("GetDatabase", &self.region, &error)),
        }
    }

    /// What the catalog says about a table or view; `None` if there is none of this name.
    ///
    /// # Errors
    /// When the catalog cannot be asked.
    pub(super) async fn table(&self, name: &str) -> Result<Option<TableMetadata>> {
        let database = &self.options.database;
        let asked = self.client.get_table_metadata().catalog_name(CATALOG).database_name(database).table_name(name);
        match asked.send().await {
            Ok(found) => Ok(found.table_metadata),
            Err(error) if is_not_found(&error) => Ok(None),
            Err(error) => Err(explain("GetTableMetadata", &self.region, &error)),
        }
    }
}

/// Athena passes on what Glue says, in its words.
fn is_not_found(error: &impl ProvideErrorMetadata) -> bool {
    let text = error.message().unwrap_or_default();
    error.code() == Some("MetadataException")
        && (text.contains("EntityNotFound") || text.to_lowercase().contains("not found"))
}
