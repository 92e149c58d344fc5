//! The statements that a bucket's policy lacks, put behind those it has. Those are never altered.

use std::collections::BTreeSet;

use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};

use super::admission::{Admission, admission, granted};
use super::delivery::{ACL, Delivery, OUTPOSTS_SERVICE, SERVICE, WriterKind, legacy_account};
use super::document::{Document, ELEMENTS, Malformed, Named};
use super::evaluate::Decision;
use crate::base::aws::Partition;

/// What is to be allowed beyond what every load balancer needs.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Grants {
    /// The region's own account too, where it has one.
    pub legacy: bool,
    /// Load balancers on Outposts too.
    pub outposts: bool,
    /// Only on behalf of load balancers of the account.
    pub source_arn: bool,
}

/// A policy with what it lacked.
#[derive(Debug, Clone)]
pub struct Merged {
    policy: Map<String, Value>,
    /// The statements that are new.
    pub added: Vec<Named>,
    /// Deliveries that are not allowed all the same, and why: a statement that was there denies them.
    pub lacking: Vec<(Delivery, Admission)>,
}

/// Puts what the deliveries to one bucket lack behind the statements that are there.
///
/// # Errors
/// When what comes out could not be read again: then what is there is odd.
pub fn merge(present: Option<&Document>, deliveries: &[Delivery], grants: Grants) -> Result<Merged, Malformed> {
    let empty = || Map::from_iter([("Version".to_owned(), json!("2012-10-17")), ("Statement".to_owned(), json!([]))]);
    let mut policy = present.map_or_else(empty, |document| document.value.clone());
    let mut statements = match policy.remove("Statement") {
        Some(Value::Array(statements)) => statements,
        one => one.into_iter().collect(),
    };
    let before = statements.len();
    statements.extend(missing(present, deliveries, grants));
    let mut taken = BTreeSet::new();
    let mut added = Vec::new();
    for (number, statement) in (1..).zip(&mut statements) {
        if number > before {
            let sid = unused(statement["Sid"].as_str().unwrap_or_default(), &taken);
            statement["Sid"] = json!(sid);
            added.push(Named { number, sid: Some(sid) });
        }
        taken.extend(statement["Sid"].as_str().map(ToOwned::to_owned));
    }
    policy.insert("Statement".to_owned(), Value::Array(statements));
    let document = Document::parse(&Value::Object(policy.clone()).to_string())?;
    let admissions = deliveries.iter().map(|delivery| (delivery.clone(), admission(Some(&document), delivery)));
    let lacking = admissions.filter(|(_, admission)| !matches!(admission.decision, Decision::Allowed(_))).collect();
    Ok(Merged { policy, added, lacking })
}

impl Merged {
    /// The whole policy, as S3 takes it: elements in their usual order.
    pub fn to_json(&self) -> String {
        // Objects with text keys always have a JSON form.
        serde_json::to_string_pretty(&Ordered(&self.policy)).unwrap_or_default() + "\n"
    }
}

/// Statements that are lacking. What is denied all the same would not be allowed by one more.
fn missing(present: Option<&Document>, deliveries: &[Delivery], grants: Grants) -> Vec<Value> {
    let mut statements = Vec::new();
    let lacking = |kind: WriterKind| -> Vec<&Delivery> {
        let wanted = deliveries.iter().filter(|delivery| is_wanted(delivery, kind, grants));
        wanted.filter(|delivery| !granted(present, delivery, kind)).collect()
    };
    let service = lacking(WriterKind::Service);
    if !service.is_empty() {
        let condition = grants.source_arn.then(|| source(&service));
        statements.push(statement("AlbLogs", &json!({ "Service": SERVICE }), &service, condition));
    }
    let legacy = lacking(WriterKind::Legacy);
    if let Some(principals) = accounts(&legacy) {
        statements.push(statement("AlbLogsByAccount", &json!({ "AWS": principals }), &legacy, None));
    }
    if grants.outposts {
        let condition = json!({ "StringEquals": { "s3:x-amz-acl": ACL } });
        let all: Vec<&Delivery> = deliveries.iter().collect();
        let new = statement("AlbLogsOnOutposts", &json!({ "Service": OUTPOSTS_SERVICE }), &all, Some(condition));
        if !present.is_some_and(|document| document.holds(&new)) {
            statements.push(new);
        }
    }
    statements
}

/// Where the service's name is not documented, the older way is the one that is sure.
fn is_wanted(delivery: &Delivery, kind: WriterKind, grants: Grants) -> bool {
    let has_account = legacy_account(&delivery.region).is_some();
    match kind {
        WriterKind::Service => delivery.service_is_known() || !has_account,
        WriterKind::Legacy => has_account && (grants.legacy || !delivery.service_is_known()),
    }
}

fn statement(sid: &str, principal: &Value, deliveries: &[&Delivery], condition: Option<Value>) -> Value {
    let resources = deliveries.iter().map(|delivery| delivery.arn(&format!("{}*", delivery.folder())));
    let mut statement = json!({
        "Sid": sid,
        "Effect": "Allow",
        "Principal": principal,
        "Action": "s3:PutObject",
        "Resource": one_or_all(resources),
    });
    if let Some(condition) = condition {
        statement["Condition"] = condition;
    }
    statement
}

/// The principals of the regions' own accounts.
fn accounts(deliveries: &[&Delivery]) -> Option<Value> {
    let arn = |delivery: &&Delivery| {
        let account = legacy_account(&delivery.region)?;
        Some(format!("arn:{}:iam::{account}:root", Partition::of(&delivery.region).name))
    };
    let arns: Vec<String> = deliveries.iter().filter_map(arn).collect();
    (!arns.is_empty()).then(|| one_or_all(arns))
}

/// On behalf of load balancers of these accounts only. The account alone is not always told.
fn source(deliveries: &[&Delivery]) -> Value {
    let arns = deliveries.iter().map(|Delivery { region, account, .. }| {
        format!("arn:{}:elasticloadbalancing:{region}:{account}:loadbalancer/*", Partition::of(region).name)
    });
    let accounts = deliveries.iter().map(|delivery| delivery.account.clone());
    json!({
        "ArnLike": { "aws:SourceArn": one_or_all(arns) },
        "StringEqualsIfExists": { "aws:SourceAccount": one_or_all(accounts) },
    })
}

fn one_or_all(texts: impl IntoIterator<Item = String>) -> Value {
    let texts: BTreeSet<String> = texts.into_iter().collect();
    if texts.len() == 1 { json!(texts.first()) } else { json!(texts) }
}

/// The name, or the first with a number behind it that is not taken.
fn unused(name: &str, taken: &BTreeSet<String>) -> String {
    let numbered = (2..).map(|number: usize| format!("{name}{number}"));
    std::iter::once(name.to_owned()).chain(numbered).find(|name| !taken.contains(name)).unwrap_or_default()
}

/// A policy or statement, its elements in the order in which people write them.
struct Ordered<'a>(&'a Map<String, Value>);

impl Serialize for Ordered<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for key in ["Version", "Id"].iter().chain(&ELEMENTS).chain(&["Statement"]) {
            match self.0.get(*key) {
                Some(Value::Array(list)) if *key == "Statement" => {
                    let statements: Vec<Ordered> = list.iter().filter_map(Value::as_object).map(Ordered).collect();
                    map.serialize_entry(key, &statements)?;
                }
                Some(value) => map.serialize_entry(key, value)?,
                None => {}
            }
        }
        map.end()
    }
}
