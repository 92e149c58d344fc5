//! Partitions of AWS: regions that share accounts, the first part of their ARNs, and the domain of their hosts.
//!
//! <https://docs.aws.amazon.com/whitepapers/latest/aws-fault-isolation-boundaries/partitions.html>

/// What a region belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Partition {
    /// As ARNs name it: `aws`, `aws-cn`, `aws-us-gov`, …
    pub name: &'static str,
    /// What the names of its hosts end in: `amazonaws.com`, …
    pub dns_suffix: &'static str,
}

/// The partition of most regions, and of one that nobody knows.
const COMMERCIAL: Partition = Partition { name: "aws", dns_suffix: "amazonaws.com" };

/// How the regions of the other partitions begin; no one of these begins with another.
const OTHERS: [(&str, Partition); 7] = [
    ("cn-", Partition { name: "aws-cn", dns_suffix: "amazonaws.com.cn" }),
    ("us-gov-", Partition { name: "aws-us-gov", dns_suffix: "amazonaws.com" }),
    ("us-iso-", Partition { name: "aws-iso", dns_suffix: "c2s.ic.gov" }),
    ("us-isob-", Partition { name: "aws-iso-b", dns_suffix: "sc2s.sgov.gov" }),
    ("eu-isoe-", Partition { name: "aws-iso-e", dns_suffix: "cloud.adc-e.uk" }),
    ("us-isof-", Partition { name: "aws-iso-f", dns_suffix: "csp.hci.ic.gov" }),
    ("eusc-", Partition { name: "aws-eusc", dns_suffix: "amazonaws.eu" }),
];

impl Partition {
    /// The partition that a region belongs to; a region nobody knows is one of `aws`.
    #[must_use]
    pub fn of(region: &str) -> Self {
        OTHERS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or(COMMERCIAL, |(_, partition)| *partition)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_tell_their_partition_and_domain() {
        let known = [
            ("eu-west-1", "aws", "amazonaws.com"),
            ("us-gov-east-1", "aws-us-gov", "amazonaws.com"),
            ("cn-north-1", "aws-cn", "amazonaws.com.cn"),
            ("us-iso-east-1", "aws-iso", "c2s.ic.gov"),
            ("us-isob-east-1", "aws-iso-b", "sc2s.sgov.gov"),
            ("eu-isoe-west-1", "aws-iso-e", "cloud.adc-e.uk"),
            ("us-isof-south-1", "aws-iso-f", "csp.hci.ic.gov"),
            ("eusc-de-east-1", "aws-eusc", "amazonaws.eu"),
            ("", "aws", "amazonaws.com"),
            ("zz-north-1", "aws", "amazonaws.com"),
        ];
        for (region, name, dns_suffix) in known {
            assert_eq!(Partition::of(region), Partition { name, dns_suffix }, "{region}");
        }
    }
}
