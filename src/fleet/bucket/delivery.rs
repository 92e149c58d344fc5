//! Who writes logs, where, and what is known about such a request.

use std::collections::BTreeMap;

use alblog::{LogKey, LogKind, key};
use serde::{Deserialize, Serialize};

use super::pattern::Text;
use crate::base::aws::Partition;

/// Whose load balancers want to write where.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Delivery {
    pub bucket: String,
    /// What stands before `AWSLogs` in it, without slashes at its ends; may be empty.
    pub prefix: String,
    /// The load balancers' account.
    pub account: String,
    /// The load balancers' region; empty if it is not known, which is one of the partition `aws`.
    pub region: String,
}

/// As whom Elastic Load Balancing writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WriterKind {
    /// As the service: what AWS recommends for all regions.
    Service,
    /// As an account of the region's own: the older way, in regions that are older than August 2022.
    Legacy,
}

/// The service that writes logs.
pub(super) const SERVICE: &str = "logdelivery.elasticloadbalancing.amazonaws.com";
/// The service that writes the logs of load balancers on Outposts.
pub(super) const OUTPOSTS_SERVICE: &str = "logdelivery.elb.amazonaws.com";
/// Access to objects that the services grant to the bucket's owner.
pub(super) const ACL: &str = "bucket-owner-full-control";

/// Somebody who writes logs: who it is, and what is known of the requests.
#[derive(Debug)]
pub(super) struct Writer {
    pub(super) kind: WriterKind,
    /// The service's name, or the account's number.
    pub(super) name: String,
    /// What a condition's key, in lower case, may be: any of these; `None` is no value. Other keys are unknown.
    pub(super) context: BTreeMap<&'static str, Vec<Option<Text>>>,
}

impl Delivery {
    /// The ARN of what lies below a path in the bucket.
    pub(super) fn arn(&self, path: &str) -> String {
        format!("arn:{}:s3:::{}/{path}", Partition::of(&self.region).name, self.bucket)
    }

    /// What the keys of this account's logs begin with: `prefix/AWSLogs/ACCOUNT/`.
    pub(super) fn folder(&self) -> String {
        key::account_folder(&self.prefix, &self.account)
    }

    /// Keys that must be writable: the test objects, and a log of each kind, at two dates so that a policy for one year
    /// is noticed.
    pub(super) fn keys(&self) -> Vec<String> {
        let folder = self.folder();
        let region = if self.region.is_empty() { "eu-west-1" } else { &self.region };
        let days = key::region_folder(&self.prefix, &self.account, region);
        let log = |interval_end: i64, kind| {
            let name = LogKey {
                kind,
                account: self.account.clone(),
                region: region.to_owned(),
                elb_name: "name".to_owned(),
                elb_id: "1f2e3d4c5b6a7988".to_owned(),
                interval_end,
                node_ip: "192.0.2.7".to_owned(),
                random: "2ab3c4d5".to_owned(),
                gzip: true,
            };
            format!("{days}{}/{name}", key::day_folder(interval_end))
        };
        let times = ["2026-11-20T14:05:00Z", "2038-01-19T03:10:00Z"];
        let times = times.iter().filter_map(|time| alblog::time::parse(time.as_bytes()));
        let tests = LogKind::ALL.map(|kind| format!("{folder}{}", kind.test_object()));
        tests.into_iter().chain(times.flat_map(|time| LogKind::ALL.map(|kind| log(time, kind)))).collect()
    }

    /// Whether the service's name is documented for this partition. China's is not, and its regions know the older way.
    pub(super) fn service_is_known(&self) -> bool {
        ["aws", "aws-us-gov"].contains(&Partition::of(&self.region).name)
    }

    /// Who writes here: the way to prefer first.
    pub(super) fn writers(&self) -> Vec<Writer> {
        let service = || self.service();
        match legacy_account(&self.region).map(|account| self.legacy(account)) {
            Some(legacy) if self.service_is_known() => vec![service(), legacy],
            Some(legacy) => vec![legacy, service()],
            None => vec![service()],
        }
    }

    fn service(&self) -> Writer {
        let partition = Partition::of(&self.region).name;
        let source = format!("arn:{partition}:elasticloadbalancing:{}:{}:loadbalancer/app/", self.region, self.account);
        let mut context = common();
        context.extend([
            ("aws:principalisawsservice", is("true")),
            ("aws:principalservicename", is(SERVICE)),
            ("aws:sourceaccount", is(&self.account)),
            ("aws:sourcearn", vec![Some(Text::Begins(source))]),
        ]);
        // A service is no principal of an account or organization, and does not come through anybody's network.
        let absent = [
            "aws:principalaccount",
            "aws:principalarn",
            "aws:principalorgid",
            "aws:principalorgpaths",
            "aws:sourcevpc",
            "aws:sourcevpce",
            "aws:userid",
            "aws:username",
            "aws:vpcsourceip",
        ];
        context.extend(absent.map(|key| (key, vec![None])));
        Writer { kind: WriterKind::Service, name: SERVICE.to_owned(), context }
    }

    fn legacy(&self, account: &str) -> Writer {
        let mut context = common();
        let arn = Text::Begins(format!("arn:{}:iam::{account}:", Partition::of(&self.region).name));
        context.extend([
            ("aws:principalaccount", is(account)),
            ("aws:principalarn", vec![Some(arn)]),
            ("aws:principalisawsservice", is("false")),
            ("aws:principalservicename", vec![None]),
        ]);
        Writer { kind: WriterKind::Legacy, name: account.to_owned(), context }
    }
}

/// A key that has this value.
fn is(text: &str) -> Vec<Option<Text>> {
    vec![Some(Text::Exact(text.to_owned()))]
}

/// What is true whoever writes. Whether the header for encryption is sent is not documented.
fn common() -> BTreeMap<&'static str, Vec<Option<Text>>> {
    BTreeMap::from([
        ("aws:securetransport", is("true")),
        ("s3:x-amz-acl", is(ACL)),
        ("s3:x-amz-server-side-encryption", [vec![None], is("AES256")].concat()),
        ("s3:x-amz-server-side-encryption-aws-kms-key-id", vec![None]),
    ])
}

/// The account that writes the logs of a region the older way; `None` in regions that know only the service.
///
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/application/enable-access-logging.html>
pub fn legacy_account(region: &str) -> Option<&'static str> {
    const ACCOUNTS: [(&str, &str); 29] = [
        ("af-south-1", "098369216593"),
        ("ap-east-1", "754344448648"),
        ("ap-northeast-1", "582318560864"),
        ("ap-northeast-2", "600734575887"),
        ("ap-northeast-3", "383597477331"),
        ("ap-south-1", "718504428378"),
        ("ap-southeast-1", "114774131450"),
        ("ap-southeast-2", "783225319266"),
        ("ap-southeast-3", "589379963580"),
        ("ca-central-1", "985666609251"),
        ("cn-north-1", "638102146993"),
        ("cn-northwest-1", "037604701340"),
        ("eu-central-1", "054676820928"),
        ("eu-north-1", "897822967062"),
        ("eu-south-1", "635631232127"),
        ("eu-west-1", "156460612806"),
        ("eu-west-2", "652711504416"),
        ("eu-west-3", "009996457667"),
        ("me-south-1", "076674570225"),
        ("sa-east-1", "507241528517"),
        ("us-east-1", "127311923021"),
        ("us-east-2", "033677994240"),
        ("us-gov-east-1", "190560391635"),
        ("us-gov-west-1", "048591011584"),
        ("us-iso-east-1", "770363063475"),
        ("us-iso-west-1", "121062877647"),
        ("us-isob-east-1", "740734521339"),
        ("us-west-1", "027434742980"),
        ("us-west-2", "797873946194"),
    ];
    ACCOUNTS.iter().find(|(name, _)| *name == region).map(|(_, account)| *account)
}
