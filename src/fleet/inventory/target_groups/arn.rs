//! What an ARN tells of a target group, and what its name tells if the AWS Load Balancer Controller made it.

/// How much of a namespace or service the controller puts into a name, characters.
const PART: usize = 8;
/// How much of a hash, hexadecimal digits.
const HASH: usize = 10;

/// The name of a target group: of `…:targetgroup/NAME/ID`, `NAME`; of a name, itself. `None` for what is neither.
pub fn target_group_name(arn: &str) -> Option<&str> {
    let name = match resource(arn) {
        Some(resource) => resource.split('/').next()?,
        None => arn,
    };
    let is_name = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    is_name.then_some(name)
}

/// The id at the end of an ARN.
pub(super) fn target_group_id(arn: &str) -> Option<&str> {
    resource(arn)?.split('/').nth(1)
}

/// What follows `targetgroup/`.
fn resource(arn: &str) -> Option<&str> {
    let last = arn.rsplit(':').next()?;
    last.strip_prefix("targetgroup/")
}

/// A name that the AWS Load Balancer Controller made: `k8s-<namespace>-<service>-<hash>`. Of an `HTTPRoute`, the service is
/// the route.
///
/// See `buildTargetGroupName` in its `pkg/ingress/model_build_target_group.go`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GeneratedName<'a> {
    /// At most eight letters and digits of the namespace.
    pub namespace: &'a str,
    /// At most eight letters and digits of the service.
    pub service: &'a str,
    /// Ten hexadecimal digits, of everything the target group depends on.
    pub hash: &'a str,
}

impl<'a> GeneratedName<'a> {
    /// Takes a name apart; `None` if it is not made like that.
    pub fn parse(name: &'a str) -> Option<Self> {
        let mut parts = name.strip_prefix("k8s-")?.split('-');
        let (namespace, service, hash) = (parts.next()?, parts.next()?, parts.next()?);
        let is_part =
            |part: &str| (1..=PART).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
        let is_hash = hash.len() == HASH && hash.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        let is_generated = parts.next().is_none() && is_part(namespace) && is_part(service) && is_hash;
        is_generated.then_some(Self { namespace, service, hash })
    }

    /// What the controller leaves of a namespace or service in a name.
    pub fn part(text: &str) -> String {
        text.chars().filter(char::is_ascii_alphanumeric).take(PART).collect()
    }

    /// `legacy/reportin…`: a part that fills its room may have been cut.
    pub(super) fn shown(&self) -> String {
        let cut = |part: &str| if part.len() == PART { "…" } else { "" };
        let Self { namespace, service, .. } = self;
        format!("{namespace}{}/{service}{}", cut(namespace), cut(service))
    }
}
