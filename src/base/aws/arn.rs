//! Amazon resource names: `arn:<partition>:<service>:<region>:<account>:<resource>`.

/// An ARN, taken apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Arn<'a> {
    /// `aws`, `aws-cn`, `aws-us-gov`, …
    pub partition: &'a str,
    /// `elasticloadbalancing`
    pub service: &'a str,
    /// Empty for what has none.
    pub region: &'a str,
    /// Account number; empty for what has none.
    pub account: &'a str,
    /// All the rest; may hold colons.
    pub resource: &'a str,
}

impl<'a> Arn<'a> {
    /// Reads an ARN; `None` if the text is none.
    pub fn parse(text: &'a str) -> Option<Self> {
        let parts: Vec<&str> = text.splitn(6, ':').collect();
        let [arn, partition, service, region, account, resource] = parts[..] else { return None };
        (arn == "arn" && !partition.is_empty()).then_some(Self { partition, service, region, account, resource })
    }

    /// `app/NAME/ID`, if it is a load balancer's: what logs call it.
    pub fn load_balancer(&self) -> Option<&'a str> {
        self.resource.strip_prefix("loadbalancer/")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arn_is_taken_apart() {
        let arn = Arn::parse("arn:aws-cn:elasticloadbalancing:cn-north-1:1:loadbalancer/app/shop/a1").unwrap();
        assert_eq!((arn.partition, arn.region, arn.account), ("aws-cn", "cn-north-1", "1"));
        assert_eq!(arn.load_balancer(), Some("app/shop/a1"));
        for text in ["", "arn", "arn:aws:s3", "urn:aws:a:b:c:d"] {
            assert_eq!(Arn::parse(text), None, "{text}");
        }
    }
}
