//! Where S3 is, by region: partitions, FIPS and dual-stack. Names only, no requests.
//!
//! <https://docs.aws.amazon.com/general/latest/gr/s3.html>

use crate::base::aws::Partition;

/// Which of a region's endpoints are wanted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Variant {
    /// Only cryptography that FIPS 140 admits.
    pub(super) fips: bool,
    /// Reachable over IPv6 too.
    pub(super) dual_stack: bool,
}

/// A bucket's address and whether it has a host of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Endpoint {
    /// `https://host`, without the bucket unless it is part of the host.
    pub(super) url: String,
    /// Whether the bucket is part of the host.
    pub(super) virtual_hosted: bool,
}

/// The host of S3 in a region.
pub(super) fn host(region: &str, variant: Variant) -> String {
    let service = if variant.fips { "s3-fips" } else { "s3" };
    let dual = if variant.dual_stack { ".dualstack" } else { "" };
    format!("{service}{dual}.{region}.{}", Partition::of(region).dns_suffix)
}

/// A bucket's address in AWS. A bucket with a dot in its name has no certificate for a host of its own.
pub(super) fn of_bucket(bucket: &str, region: &str, variant: Variant) -> Endpoint {
    let host = host(region, variant);
    if bucket.contains('.') {
        Endpoint { url: format!("https://{host}"), virtual_hosted: false }
    } else {
        Endpoint { url: format!("https://{bucket}.{host}"), virtual_hosted: true }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoints_of_every_partition() {
        let plain = |region| host(region, Variant::default());
        assert_eq!(plain("eu-west-1"), "s3.eu-west-1.amazonaws.com");
        assert_eq!(plain("cn-north-1"), "s3.cn-north-1.amazonaws.com.cn");
        assert_eq!(plain("eu-isoe-west-1"), "s3.eu-isoe-west-1.cloud.adc-e.uk");
        assert_eq!(plain("us-gov-west-1"), "s3.us-gov-west-1.amazonaws.com");
        let both = Variant { fips: true, dual_stack: true };
        assert_eq!(host("us-gov-east-1", both), "s3-fips.dualstack.us-gov-east-1.amazonaws.com");
        assert_eq!(
            host("cn-north-1", Variant { dual_stack: true, ..both }),
            "s3-fips.dualstack.cn-north-1.amazonaws.com.cn"
        );
    }

    #[test]
    fn a_bucket_with_a_dot_is_named_in_the_path() {
        assert_eq!(of_bucket("logs", "eu-west-1", Variant::default()).url, "https://logs.s3.eu-west-1.amazonaws.com");
        assert!(!of_bucket("my.logs", "eu-west-1", Variant::default()).virtual_hosted);
    }
}
