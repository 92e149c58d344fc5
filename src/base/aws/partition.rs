//! Partitions of AWS: regions that share accounts, and the first part of their ARNs.

/// The partition that a region belongs to; a region nobody knows is one of `aws`.
pub fn partition_of(region: &str) -> &'static str {
    const OTHERS: [(&str, &str); 6] = [
        ("cn-", "aws-cn"),
        ("us-gov-", "aws-us-gov"),
        ("us-isob-", "aws-iso-b"),
        ("us-isof-", "aws-iso-f"),
        ("us-iso-", "aws-iso"),
        ("eusc-", "aws-eusc"),
    ];
    OTHERS.iter().find(|(prefix, _)| region.starts_with(prefix)).map_or("aws", |(_, partition)| partition)
}

#[cfg(test)]
mod tests {
    use super::partition_of;

    #[test]
    fn regions_tell_their_partition() {
        let regions = ["eu-west-1", "us-gov-east-1", "cn-north-1", "us-isob-east-1", ""];
        assert_eq!(regions.map(partition_of), ["aws", "aws-us-gov", "aws-cn", "aws-iso-b", "aws"]);
    }
}
