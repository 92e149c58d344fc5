//! IAM policies: the least that reading logs, exporting them, taking them in, serving them, asking Athena and switching logs
//! on need.
//!
//! Responsible for which actions on which resources; the requests that need them are made elsewhere. A permission that
//! is needed nowhere does not stand here.

mod reconcile;

use serde::Serialize;
use serde_json::{Map, Value, json};

use crate::base::s3_address::S3Address;

pub use reconcile::Writable;

/// What is to be allowed, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// `aws`, `aws-cn`, `aws-us-gov`.
    pub partition: String,
    /// The region of Athena and its catalog; `*` for any.
    pub region: String,
    /// The account of Athena and its catalog; `*` for any.
    pub account: String,
    /// The folder that holds `AWSLogs`.
    pub logs: S3Address,
    pub export: S3Address,
    /// The name of the queue that tells of new logs, if there is one.
    pub queue: Option<String>,
    /// Where Athena puts results, if not storage of its own.
    pub results: Option<S3Address>,
    pub database: String,
    pub workgroup: String,
    /// Keys that the objects are encrypted with.
    pub keys: Vec<String>,
}

/// A policy as IAM takes it.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    statement: Vec<Statement>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    sid: &'static str,
    effect: &'static str,
    action: Vec<&'static str>,
    resource: Vec<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    condition: Option<Value>,
}

impl Policy {
    fn of(statement: impl IntoIterator<Item = Statement>) -> Self {
        Self { version: "2012-10-17", statement: statement.into_iter().collect() }
    }

    pub fn to_json(&self) -> String {
        // Strings and lists with text keys always have a JSON form.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }
}

impl Statement {
    fn allow(sid: &'static str, action: &[&'static str], resource: impl IntoIterator<Item = String>) -> Self {
        let resource = resource.into_iter().collect();
        Self { sid, effect: "Allow", action: action.to_vec(), resource, condition: None }
    }

    /// Only for listings of what begins so.
    fn with_prefixes(self, prefixes: &[String]) -> Self {
        if prefixes.is_empty() {
            return self;
        }
        let mut condition = Map::new();
        condition.insert("StringLike".to_owned(), json!({ "s3:prefix": prefixes }));
        Self { condition: Some(Value::Object(condition)), ..self }
    }
}

/// Prefixes of listings in the folder; nothing if it is the whole bucket.
fn listed(folder: &S3Address) -> Vec<String> {
    if folder.prefix.is_empty() { Vec::new() } else { vec![folder.below("*")] }
}

impl Scope {
    fn bucket(&self, folder: &S3Address) -> String {
        format!("arn:{}:s3:::{}", self.partition, folder.bucket)
    }

    fn objects(&self, folder: &S3Address, below: &str) -> String {
        format!("{}/{}", self.bucket(folder), folder.below(below))
    }

    fn arn(&self, service: &str, resource: &str) -> String {
        format!("arn:{}:{service}:{}:{}:{resource}", self.partition, self.region, self.account)
    }

    pub fn read(&self) -> Policy {
        Policy::of(self.reading().into_iter().chain(self.with_keys("UseKeys", &["kms:Decrypt"])))
    }

    /// Reading logs and writing an export.
    pub fn export(&self) -> Policy {
        let keys = self.with_keys("UseKeys", &["kms:Decrypt", "kms:GenerateDataKey"]);
        Policy::of(self.reading().into_iter().chain(self.writing()).chain(keys))
    }

    /// Taking logs in as they come: told by a queue, if there is one, and handed over to an export, if there is one.
    pub fn ingest(&self, with_export: bool) -> Policy {
        let hearing =
            ["sqs:ChangeMessageVisibility", "sqs:DeleteMessage", "sqs:GetQueueAttributes", "sqs:ReceiveMessage"];
        let queue = self.queue.as_ref().map(|name| Statement::allow("HearQueue", &hearing, [self.arn("sqs", name)]));
        let export = with_export.then(|| self.writing()).into_iter().flatten();
        let actions: &[&'static str] =
            if with_export { &["kms:Decrypt", "kms:GenerateDataKey"] } else { &["kms:Decrypt"] };
        Policy::of(self.reading().into_iter().chain(queue).chain(export).chain(self.with_keys("UseKeys", actions)))
    }

    /// Answering questions about logs that are taken in or read where they lie, with every rule of alerts: what `ingest` needs,
    /// and what tells load balancers that write no logs.
    pub fn serve(&self, with_export: bool) -> Policy {
        let Policy { version, statement } = self.ingest(with_export);
        Policy { version, statement: statement.into_iter().chain(Self::verifying()).collect() }
    }

    fn writing(&self) -> [Statement; 2] {
        let writing = ["s3:AbortMultipartUpload", "s3:DeleteObject", "s3:GetObject", "s3:PutObject"];
        [
            Statement::allow("ListExport", &["s3:ListBucket"], [self.bucket(&self.export)])
                .with_prefixes(&listed(&self.export)),
            Statement::allow("WriteExport", &writing, [self.objects(&self.export, "*")]),
        ]
    }

    /// Asking what load balancers and target groups there are, with their tags.
    pub fn inventory() -> Policy {
        let actions = [
            "elasticloadbalancing:DescribeLoadBalancers",
            "elasticloadbalancing:DescribeTags",
            "elasticloadbalancing:DescribeTargetGroups",
        ];
        Policy::of([Statement::allow("SeeWhatThereIs", &actions, ["*".to_owned()])])
    }

    /// Asking Athena about an export, and making its tables.
    pub fn athena(&self) -> Policy {
        let catalog = self.arn("glue", "catalog");
        let database = self.arn("glue", &format!("database/{}", self.database));
        let tables = self.arn("glue", &format!("table/{}/*", self.database));
        let mut statements = vec![
            Statement::allow(
                "RunStatements",
                &[
                    "athena:GetQueryExecution",
                    "athena:GetQueryResults",
                    "athena:GetWorkGroup",
                    "athena:StartQueryExecution",
                    "athena:StopQueryExecution",
                ],
                [self.arn("athena", &format!("workgroup/{}", self.workgroup))],
            ),
            Statement::allow(
                "LookAtTables",
                &["athena:GetDatabase", "athena:GetTableMetadata"],
                [self.arn("athena", "datacatalog/AwsDataCatalog")],
            ),
            Statement::allow(
                "ReadCatalog",
                &["glue:GetDatabase", "glue:GetPartition", "glue:GetPartitions", "glue:GetTable", "glue:GetTables"],
                // Athena looks at the database `default` whatever is asked.
                [catalog.clone(), self.arn("glue", "database/default"), database.clone(), tables.clone()],
            ),
            Statement::allow(
                "SyncTables",
                &["glue:CreateDatabase", "glue:CreateTable", "glue:DeleteTable", "glue:UpdateTable"],
                [catalog, database, tables],
            ),
            Statement::allow("LocateExport", &["s3:GetBucketLocation"], [self.bucket(&self.export)]),
            Statement::allow("ListExport", &["s3:ListBucket"], [self.bucket(&self.export)])
                .with_prefixes(&listed(&self.export)),
            Statement::allow("ReadExport", &["s3:GetObject"], [self.objects(&self.export, "*")]),
        ];
        if let Some(results) = &self.results {
            statements.extend([
                Statement::allow("LocateResults", &["s3:GetBucketLocation"], [self.bucket(results)]),
                Statement::allow(
                    "KeepResults",
                    &["s3:AbortMultipartUpload", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:PutObject"],
                    [self.objects(results, "*")],
                ),
                Statement::allow(
                    "ListResults",
                    &["s3:ListBucket", "s3:ListBucketMultipartUploads"],
                    [self.bucket(results)],
                ),
            ]);
        }
        statements.extend(self.with_keys("UseKeys", &["kms:Decrypt", "kms:GenerateDataKey"]));
        Policy::of(statements)
    }

    /// Logs are searched for from the prefix on, wherever below it they lie.
    fn reading(&self) -> [Statement; 2] {
        [
            Statement::allow("ListLogs", &["s3:ListBucket"], [self.bucket(&self.logs)])
                .with_prefixes(&listed(&self.logs)),
            Statement::allow("ReadLogs", &["s3:GetObject"], [self.objects(&self.logs, "*")]),
        ]
    }

    fn with_keys(&self, sid: &'static str, action: &[&'static str]) -> Option<Statement> {
        (!self.keys.is_empty()).then(|| Statement::allow(sid, action, self.keys.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::aws::Partition;

    pub(super) fn folder(bucket: &str, prefix: &str) -> S3Address {
        S3Address { bucket: bucket.to_owned(), prefix: prefix.to_owned() }
    }

    pub(super) fn scope() -> Scope {
        Scope {
            partition: "aws".to_owned(),
            region: "eu-west-1".to_owned(),
            account: "111111111111".to_owned(),
            logs: folder("logs", "eks"),
            export: folder("lake", "v1"),
            queue: None,
            results: None,
            database: "albstats".to_owned(),
            workgroup: "primary".to_owned(),
            keys: Vec::new(),
        }
    }

    #[test]
    fn reading_is_listing_and_getting_below_the_prefix() {
        insta::assert_snapshot!(scope().read().to_json(), @r#"
        {
          "Version": "2012-10-17",
          "Statement": [
            {
              "Sid": "ListLogs",
              "Effect": "Allow",
              "Action": [
                "s3:ListBucket"
              ],
              "Resource": [
                "arn:aws:s3:::logs"
              ],
              "Condition": {
                "StringLike": {
                  "s3:prefix": [
                    "eks/*"
                  ]
                }
              }
            },
            {
              "Sid": "ReadLogs",
              "Effect": "Allow",
              "Action": [
                "s3:GetObject"
              ],
              "Resource": [
                "arn:aws:s3:::logs/eks/*"
              ]
            }
          ]
        }
        "#);
    }

    fn sids(policy: &Policy) -> Vec<&'static str> {
        policy.statement.iter().map(|statement| statement.sid).collect()
    }

    #[test]
    fn keys_and_results_are_there_when_they_are_named() {
        let more = Scope {
            keys: vec!["arn:aws:kms:eu-west-1:111111111111:key/1".to_owned()],
            results: Some(folder("results", "")),
            ..scope()
        };
        assert_eq!(sids(&scope().export()), ["ListLogs", "ReadLogs", "ListExport", "WriteExport"]);
        assert_eq!(sids(&more.export()).last(), Some(&"UseKeys"));
        let added = ["LocateResults", "KeepResults", "ListResults", "UseKeys"];
        assert_eq!(sids(&more.athena())[sids(&scope().athena()).len()..], added);
        assert!(more.athena().to_json().contains("\"arn:aws:s3:::results/*\""));
    }

    #[test]
    fn taking_in_needs_a_queue_and_an_export_only_if_there_are_any() {
        assert_eq!(sids(&scope().ingest(false)), ["ListLogs", "ReadLogs"]);
        let told = Scope { queue: Some("alb-logs".to_owned()), ..scope() };
        assert_eq!(sids(&told.ingest(true)), ["ListLogs", "ReadLogs", "HearQueue", "ListExport", "WriteExport"]);
        assert!(told.ingest(false).to_json().contains("\"arn:aws:sqs:eu-west-1:111111111111:alb-logs\""));
    }

    #[test]
    fn serving_is_taking_in_and_seeing_who_writes_no_logs() {
        let looks = ["LookAtLoadBalancers", "LookAtDelivery"];
        assert_eq!(sids(&scope().serve(false)), [&["ListLogs", "ReadLogs"], &looks[..]].concat());
        let told = Scope { queue: Some("alb-logs".to_owned()), ..scope() };
        assert_eq!(sids(&told.serve(true)), [&sids(&told.ingest(true))[..], &looks].concat());
        assert!(!told.serve(true).to_json().contains("Modify"));
    }

    #[test]
    fn every_resource_is_of_its_partition() {
        let china = Scope { partition: Partition::of("cn-north-1").name.to_owned(), ..scope() };
        let china = Scope { queue: Some("q".to_owned()), ..china };
        for policy in [china.read(), china.export(), china.ingest(true), china.athena()] {
            let resources: Vec<&String> = policy.statement.iter().flat_map(|it| &it.resource).collect();
            assert!(resources.iter().all(|arn| arn.starts_with("arn:aws-cn:")), "{resources:?}");
        }
    }
}
