//! Being told of new logs: the queue, who may send to it, and the bucket's notification; and whether they are there.

use serde_json::{Value, json};

use super::finding::Finding;
use super::terraform::{literal, quoted};
use crate::base::aws::Partition;
use crate::fleet::aws::bucket::{Notification, Seen};

/// What a load balancer's objects end in.
const SUFFIX: &str = ".log.gz";
/// Messages wait for so long: four days. Listing finds what they told of.
const RETENTION: u64 = 345_600;
/// Those that were put aside wait for somebody to look: fourteen days.
const RETENTION_ASIDE: u64 = 1_209_600;
/// A message stays invisible for so long after it was received; it is prolonged while its objects are read.
const VISIBILITY: u64 = 120;
/// A message that was received so often is put aside.
const MAX_RECEIVES: u64 = 10;
/// Every way in which an object comes to be.
const CREATED: &str = "s3:ObjectCreated:*";

/// A bucket, and the queue that is to be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    pub bucket: String,
    /// What stands before `AWSLogs`, without slashes at its ends; may be empty.
    pub prefix: String,
    /// The account of the bucket and the queue.
    pub account: String,
    /// The region of both.
    pub region: String,
    /// Name of the queue.
    pub queue: String,
}

impl Told {
    fn partition(&self) -> &'static str {
        Partition::of(&self.region).name
    }

    fn queue_arn(&self, name: &str) -> String {
        format!("arn:{}:sqs:{}:{}:{name}", self.partition(), self.region, self.account)
    }

    fn aside(&self) -> String {
        format!("{}-aside", self.queue)
    }

    /// What the keys of logs begin with.
    fn keys(&self) -> String {
        alblog::key::account_folder(&self.prefix, "").trim_end_matches('/').to_owned() + "/"
    }

    /// Who may send to the queue: S3, on behalf of this bucket alone.
    fn policy(&self) -> Value {
        let partition = self.partition();
        json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Sid": "S3TellsOfNewLogs",
                "Effect": "Allow",
                "Principal": { "Service": "s3.amazonaws.com" },
                "Action": "sqs:SendMessage",
                "Resource": self.queue_arn(&self.queue),
                "Condition": {
                    "ArnEquals": { "aws:SourceArn": format!("arn:{partition}:s3:::{}", self.bucket) },
                    "StringEquals": { "aws:SourceAccount": self.account },
                },
            }],
        })
    }

    fn redrive(&self) -> Value {
        json!({ "deadLetterTargetArn": self.queue_arn(&self.aside()), "maxReceiveCount": MAX_RECEIVES })
    }

    /// All of it, as the AWS CLI takes each part.
    pub fn to_json(&self) -> String {
        let all = json!({
            "aside": {
                "QueueName": self.aside(),
                "Attributes": { "MessageRetentionPeriod": RETENTION_ASIDE.to_string(), "SqsManagedSseEnabled": "true" },
            },
            "queue": {
                "QueueName": self.queue,
                "Attributes": {
                    "MessageRetentionPeriod": RETENTION.to_string(),
                    "Policy": self.policy().to_string(),
                    "ReceiveMessageWaitTimeSeconds": "20",
                    "RedrivePolicy": self.redrive().to_string(),
                    "SqsManagedSseEnabled": "true",
                    "VisibilityTimeout": VISIBILITY.to_string(),
                },
            },
            "notification": {
                "QueueConfigurations": [{
                    "Id": "albstats",
                    "QueueArn": self.queue_arn(&self.queue),
                    "Events": [CREATED],
                    "Filter": { "Key": { "FilterRules": [
                        { "Name": "prefix", "Value": self.keys() },
                        { "Name": "suffix", "Value": SUFFIX },
                    ] } },
                }],
            },
        });
        // Strings and lists with text keys always have a JSON form.
        serde_json::to_string_pretty(&all).unwrap_or_default() + "\n"
    }

    /// All of it as Terraform.
    pub fn to_terraform(&self) -> String {
        let Self { bucket, queue, .. } = self;
        let policy = literal(&serde_json::to_string_pretty(&self.policy()).unwrap_or_default()).replace('\n', "\n  ");
        format!(
            "\
resource \"aws_sqs_queue\" \"alb_logs_aside\" {{
  name                      = {aside}
  message_retention_seconds = {RETENTION_ASIDE}
}}

resource \"aws_sqs_queue\" \"alb_logs\" {{
  name                       = {queue}
  message_retention_seconds  = {RETENTION}
  receive_wait_time_seconds  = 20
  visibility_timeout_seconds = {VISIBILITY}
  redrive_policy = jsonencode({{
    deadLetterTargetArn = aws_sqs_queue.alb_logs_aside.arn
    maxReceiveCount     = {MAX_RECEIVES}
  }})
}}

resource \"aws_sqs_queue_policy\" \"alb_logs\" {{
  queue_url = aws_sqs_queue.alb_logs.id
  policy = jsonencode({policy})
}}

resource \"aws_s3_bucket_notification\" \"alb_logs\" {{
  bucket = {bucket}
  queue {{
    id            = \"albstats\"
    queue_arn     = aws_sqs_queue.alb_logs.arn
    events        = [\"{CREATED}\"]
    filter_prefix = {keys}
    filter_suffix = \"{SUFFIX}\"
  }}
  depends_on = [aws_sqs_queue_policy.alb_logs]
}}
",
            aside = quoted(&self.aside()),
            queue = quoted(queue),
            bucket = quoted(bucket),
            keys = quoted(&self.keys()),
        )
    }

    /// What is right and wrong about the bucket's notifications.
    pub fn check(&self, notifications: &Seen<Vec<Notification>>) -> Vec<Finding> {
        const CHECK: &str = "notification";
        let there = match notifications {
            Ok(there) => there,
            Err(refusal) => return vec![Finding::unseen(CHECK, refusal)],
        };
        let ours = self.queue_arn(&self.queue);
        let tells = |it: &&Notification| it.to == "EventBridge" || self.covers(it);
        let mut findings: Vec<Finding> = Vec::new();
        for notification in there.iter().filter(tells) {
            findings.push(if notification.to == ours {
                Finding::good(CHECK, format!("{ours} is told of new logs"))
            } else if notification.to == "EventBridge" {
                Finding::good(CHECK, "EventBridge is told of everything: a rule for Object Created may have the queue as its target")
            } else if notification.to.contains(":sns:") {
                let fix = format!("subscribe {ours} to it; bare or wrapped, both are understood");
                Finding::notice(CHECK, format!("the topic {} is told of new logs", notification.to), fix)
            } else {
                let fix = "S3 tells one receiver of the same objects: let it tell a topic that both subscribe to, or EventBridge";
                Finding::notice(CHECK, format!("{} is told of new logs", notification.to), fix)
            });
        }
        if !there.iter().any(|it| it.to == ours && self.covers(it)) && !there.iter().any(|it| it.to == "EventBridge") {
            let text = format!("{ours} is not told of new logs below {}", self.keys());
            let mut fix = "albstats bucket notifications prints what is to be set up".to_owned();
            if !there.is_empty() {
                fix.push_str("; put-bucket-notification-configuration replaces what is there, so add to that");
            }
            findings.push(Finding::problem(CHECK, text, fix));
        }
        findings
    }

    /// Whether it is told of all logs.
    fn covers(&self, notification: &Notification) -> bool {
        let created = |event: &String| [CREATED, "s3:ObjectCreated:Put"].contains(&event.as_str());
        let keys = self.keys();
        notification.events.iter().any(created)
            && keys.starts_with(&notification.prefix)
            && SUFFIX.ends_with(&notification.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Level;
    use super::*;

    fn told() -> Told {
        Told {
            bucket: "acme-alb-logs".to_owned(),
            prefix: "eks".to_owned(),
            account: "111122223333".to_owned(),
            region: "eu-west-1".to_owned(),
            queue: "alb-logs".to_owned(),
        }
    }

    fn notification(to: &str, prefix: &str, suffix: &str) -> Notification {
        Notification {
            to: to.to_owned(),
            events: vec![CREATED.to_owned()],
            prefix: prefix.to_owned(),
            suffix: suffix.to_owned(),
        }
    }

    fn levels(there: Vec<Notification>) -> Vec<Level> {
        told().check(&Ok(there)).iter().map(|finding| finding.level).collect()
    }

    #[test]
    fn what_is_there_is_judged() {
        let ours = "arn:aws:sqs:eu-west-1:111122223333:alb-logs";
        assert_eq!(levels(Vec::new()), [Level::Problem]);
        assert_eq!(levels(vec![notification(ours, "eks/AWSLogs/", ".log.gz")]), [Level::Good]);
        assert_eq!(levels(vec![notification(ours, "", "")]), [Level::Good]);
        assert_eq!(levels(vec![notification(ours, "other/", "")]), [Level::Problem]);
        assert_eq!(levels(vec![notification("EventBridge", "", "")]), [Level::Good]);
        let topic = notification("arn:aws:sns:eu-west-1:111122223333:t", "eks/", "");
        assert_eq!(levels(vec![topic]), [Level::Notice, Level::Problem]);
    }

    #[test]
    fn json_is_what_the_aws_cli_takes() {
        let all: Value = serde_json::from_str(&told().to_json()).unwrap();
        let attributes = &all["queue"]["Attributes"];
        let policy: Value = serde_json::from_str(attributes["Policy"].as_str().unwrap()).unwrap();
        assert_eq!(policy["Statement"][0]["Condition"]["StringEquals"]["aws:SourceAccount"], "111122223333");
        let redrive: Value = serde_json::from_str(attributes["RedrivePolicy"].as_str().unwrap()).unwrap();
        assert_eq!(redrive["deadLetterTargetArn"], "arn:aws:sqs:eu-west-1:111122223333:alb-logs-aside");
        let rules = &all["notification"]["QueueConfigurations"][0]["Filter"]["Key"]["FilterRules"];
        assert_eq!((&rules[0]["Value"], &rules[1]["Value"]), (&json!("eks/AWSLogs/"), &json!(".log.gz")));
    }

    #[test]
    fn names_in_terraform_are_quoted() {
        let text = Told { prefix: "${x}".to_owned(), region: "cn-north-1".to_owned(), ..told() }.to_terraform();
        assert!(
            text.contains("filter_prefix = \"$${x}/AWSLogs/\"") && text.contains("arn:aws-cn:s3:::acme-alb-logs"),
            "{text}"
        );
    }
}
