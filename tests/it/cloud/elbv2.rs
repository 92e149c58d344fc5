//! Load balancers: described in pages, with tags in twenties, and changed as strictly as AWS does.

use std::collections::BTreeMap;

use super::{ACCOUNT, Answer, REGION, World, escaped, pairs, refusal, respond};

/// Load balancers or target groups of one page, unless the request asks for fewer.
const PAGE: usize = 400;

#[derive(Clone)]
pub(crate) struct LoadBalancer {
    pub(crate) name: String,
    pub(crate) kind: &'static str,
    pub(crate) dns_name: String,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) attributes: BTreeMap<String, String>,
    /// What the next change of its attributes is answered with: code and message.
    pub(crate) refuses: Option<(&'static str, String)>,
    /// Whether its attributes may not be asked for.
    pub(crate) hidden: bool,
}

#[derive(Clone)]
pub(crate) struct TargetGroup {
    pub(crate) name: String,
    pub(crate) load_balancers: Vec<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// What an Application Load Balancer has of its own.
fn defaults() -> BTreeMap<String, String> {
    let logs = ["access_logs", "connection_logs", "health_check_logs"].into_iter().flat_map(|logs| {
        [("enabled", "false"), ("bucket", ""), ("prefix", "")].map(|(key, value)| (format!("{logs}.s3.{key}"), value))
    });
    let others = [("deletion_protection.enabled", "true"), ("idle_timeout.timeout_seconds", "60")];
    let others = others.into_iter().map(|(key, value)| (key.to_owned(), value));
    logs.chain(others).map(|(key, value)| (key, value.to_owned())).collect()
}

pub(crate) fn tags(tags: &[(&str, &str)]) -> BTreeMap<String, String> {
    tags.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
}

impl World {
    /// Adds an Application Load Balancer with AWS's defaults; its ARN.
    pub(crate) fn add_load_balancer(&mut self, name: &str, with: &[(&str, &str)]) -> String {
        self.add_load_balancer_in(REGION, ACCOUNT, name, with)
    }

    pub(crate) fn add_load_balancer_in(
        &mut self,
        region: &str,
        account: &str,
        name: &str,
        with: &[(&str, &str)],
    ) -> String {
        let id = format!("{:016x}", self.load_balancers.len() + 1);
        let arn = format!("arn:aws:elasticloadbalancing:{region}:{account}:loadbalancer/app/{name}/{id}");
        let made = LoadBalancer {
            name: name.to_owned(),
            kind: "application",
            dns_name: format!("{name}-{id}.{region}.elb.amazonaws.com"),
            tags: tags(with),
            attributes: defaults(),
            refuses: None,
            hidden: false,
        };
        self.load_balancers.insert(arn.clone(), made);
        arn
    }

    /// Adds a target group of a load balancer; its ARN.
    pub(crate) fn add_target_group(&mut self, name: &str, load_balancer: &str, with: &[(&str, &str)]) -> String {
        let id = format!("{:016x}", self.target_groups.len() + 1);
        let arn = format!("arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:targetgroup/{name}/{id}");
        let made =
            TargetGroup { name: name.to_owned(), load_balancers: vec![load_balancer.to_owned()], tags: tags(with) };
        self.target_groups.insert(arn.clone(), made);
        arn
    }

    /// Sets attributes as somebody else would.
    pub(crate) fn set(&mut self, arn: &str, attributes: &[(&str, &str)]) {
        let load_balancer = self.load_balancers.get_mut(arn).unwrap();
        load_balancer.attributes.extend(tags(attributes));
    }
}

/// Fields of a form; lists as `LoadBalancerNames.member.1`.
struct Form(Vec<(String, String)>);

impl Form {
    fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    fn list(&self, name: &str) -> Vec<&str> {
        let members =
            self.0.iter().filter(|(key, _)| key.strip_prefix(name).is_some_and(|rest| rest.starts_with(".member.")));
        members.map(|(_, value)| value.as_str()).collect()
    }
}

type Refused = (u16, &'static str, String);

pub(super) fn answer(world: &mut World, region: &str, body: &[u8]) -> Answer {
    let form = Form(pairs(std::str::from_utf8(body).unwrap()));
    let action = form.get("Action").unwrap().to_owned();
    let about = form.get("LoadBalancerArn").or(form.get("Marker")).unwrap_or_default().to_owned();
    let about = match action.as_str() {
        "DescribeTags" => form.list("ResourceArns").join(" "),
        "ModifyLoadBalancerAttributes" => {
            changes(&form).iter().fold(about, |text, (key, value)| text + &format!(" {key}={value}"))
        }
        _ => about,
    };
    let result = match refusal(world, &action, about) {
        Some(refused) => Err(refused),
        None => act(world, region, &action, &form),
    };
    match result {
        Ok(result) => respond(
            200,
            "text/xml",
            format!(
                "<{action}Response xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\"><{action}Result>{result}</{action}Result></{action}Response>"
            ),
        ),
        Err((status, code, message)) => respond(
            status,
            "text/xml",
            format!(
                "<ErrorResponse xmlns=\"http://elasticloadbalancing.amazonaws.com/doc/2015-12-01/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{}</Message></Error></ErrorResponse>",
                escaped(&message)
            ),
        ),
    }
}

fn act(world: &mut World, region: &str, action: &str, form: &Form) -> Result<String, Refused> {
    match action {
        "DescribeLoadBalancers" => describe_load_balancers(world, region, form),
        "DescribeTargetGroups" => Ok(describe_target_groups(world, region)),
        "DescribeTags" => describe_tags(world, form),
        "DescribeLoadBalancerAttributes" => {
            let one = find(world, form.get("LoadBalancerArn").unwrap())?;
            if one.hidden {
                return Err((403, "AccessDenied", format!("not authorized: {action} of {}", one.name)));
            }
            Ok(format!("<Attributes>{}</Attributes>", members(&one.attributes)))
        }
        "ModifyLoadBalancerAttributes" => modify(world, region, form),
        other => Err((400, "InvalidAction", format!("not known: {other}"))),
    }
}

fn find<'a>(world: &'a World, arn: &str) -> Result<&'a LoadBalancer, Refused> {
    let gone = || (400, "LoadBalancerNotFound", format!("Load balancers '[{arn}]' not found"));
    world.load_balancers.get(arn).ok_or_else(gone)
}

fn members(pairs: &BTreeMap<String, String>) -> String {
    let member = |(key, value): (&String, &String)| {
        format!("<member><Key>{}</Key><Value>{}</Value></member>", escaped(key), escaped(value))
    };
    pairs.iter().map(member).collect()
}

fn describe_load_balancers(world: &World, region: &str, form: &Form) -> Result<String, Refused> {
    let names = form.list("Names");
    let wanted = |(arn, one): &(&String, &LoadBalancer)| {
        arn.split(':').nth(3) == Some(region) && (names.is_empty() || names.contains(&one.name.as_str()))
    };
    let found: Vec<_> = world.load_balancers.iter().filter(wanted).collect();
    if found.is_empty() && !names.is_empty() {
        return Err((400, "LoadBalancerNotFound", format!("Load balancers '[{}]' not found", names.join(", "))));
    }
    let start: usize = form.get("Marker").map_or(0, |marker| marker.parse().unwrap());
    let size: usize = form.get("PageSize").map_or(PAGE, |size| size.parse().unwrap());
    // Smaller pages than asked for are AWS's right, and make every test turn them.
    let end = found.len().min(start + size.min(25));
    let members = found[start..end]
        .iter()
        .map(|(arn, one)| {
            format!(
                "<member><LoadBalancerArn>{arn}</LoadBalancerArn><LoadBalancerName>{}</LoadBalancerName><DNSName>{}</DNSName>\
                 <Type>{}</Type><State><Code>active</Code></State></member>",
                one.name, one.dns_name, one.kind
            )
        })
        .collect::<Vec<_>>()
        .concat();
    let more = if end < found.len() { format!("<NextMarker>{end}</NextMarker>") } else { String::new() };
    Ok(format!("<LoadBalancers>{members}</LoadBalancers>{more}"))
}

fn describe_target_groups(world: &World, region: &str) -> String {
    let wanted = |(arn, _): &(&String, &TargetGroup)| arn.split(':').nth(3) == Some(region);
    let members = world
        .target_groups
        .iter()
        .filter(wanted)
        .map(|(arn, one)| {
            let of =
                one.load_balancers.iter().map(|arn| format!("<member>{arn}</member>")).collect::<Vec<_>>().concat();
            format!(
                "<member><TargetGroupArn>{arn}</TargetGroupArn><TargetGroupName>{}</TargetGroupName>\
                 <TargetType>ip</TargetType><LoadBalancerArns>{of}</LoadBalancerArns></member>",
                one.name
            )
        })
        .collect::<Vec<_>>()
        .concat();
    format!("<TargetGroups>{members}</TargetGroups>")
}

fn describe_tags(world: &World, form: &Form) -> Result<String, Refused> {
    let arns = form.list("ResourceArns");
    if arns.len() > 20 {
        return Err((400, "ValidationError", "The number of resource ARNs must not exceed 20".to_owned()));
    }
    let mut described = Vec::new();
    for arn in arns {
        let tags = match world.target_groups.get(arn) {
            Some(group) => &group.tags,
            None => &find(world, arn)?.tags,
        };
        described.push(format!("<member><ResourceArn>{arn}</ResourceArn><Tags>{}</Tags></member>", members(tags)));
    }
    Ok(format!("<TagDescriptions>{}</TagDescriptions>", described.concat()))
}

fn changes(form: &Form) -> Vec<(String, String)> {
    let part =
        |number: usize, part: &str| form.get(&format!("Attributes.member.{number}.{part}")).map(ToOwned::to_owned);
    (1..).map_while(|number| Some((part(number, "Key")?, part(number, "Value").unwrap_or_default()))).collect()
}

/// All or nothing, as strictly as AWS: a bucket must be there, in the region, and take the test object.
fn modify(world: &mut World, region: &str, form: &Form) -> Result<String, Refused> {
    let arn = form.get("LoadBalancerArn").unwrap();
    let account = arn.split(':').nth(4).unwrap();
    let changes = changes(form);
    let invalid = |message: String| (400, "ValidationError", message);
    let unusable = |message: String| (400, "InvalidConfigurationRequest", message);
    if changes.len() > 20 {
        return Err(invalid("Member must have length less than or equal to 20".to_owned()));
    }
    let found = find(world, arn)?;
    if let Some((code, message)) = &found.refuses {
        return Err((400, code, message.clone()));
    }
    let name = found.name.clone();
    let mut after = found.attributes.clone();
    after.extend(changes.iter().cloned());
    let mut put = Vec::new();
    for (logs, test) in [
        ("access_logs", "ELBAccessLogTestFile"),
        ("connection_logs", "ELBConnectionLogTestFile"),
        ("health_check_logs", "ELBHealthCheckLogTestFile"),
    ] {
        let key = |part: &str| format!("{logs}.s3.{part}");
        if !changes.iter().any(|(key, _)| key.starts_with(&format!("{logs}."))) {
            continue;
        }
        let value = |part: &str| after.get(&key(part)).map_or("", String::as_str);
        let (bucket, prefix) = (value("bucket"), value("prefix"));
        if changes.contains(&(key("bucket"), String::new())) || value("enabled") == "true" && bucket.is_empty() {
            return Err(invalid(format!("The value of '{}' cannot be empty", key("bucket"))));
        }
        if prefix.starts_with('/') || prefix.ends_with('/') {
            return Err(invalid(format!("The value of '{}' cannot start or end with '/'", key("prefix"))));
        }
        if value("enabled") != "true" {
            continue;
        }
        let denied = || unusable(format!("Access Denied for bucket: {bucket}. Please check S3bucket permission"));
        let there = world.buckets.get(bucket).ok_or_else(denied)?;
        if there.region != region {
            return Err(unusable(format!("S3Bucket: {bucket} is not located in the same region with ELB: {name}")));
        }
        if !there.accepts(account, prefix) {
            return Err(denied());
        }
        let folder = if prefix.is_empty() { String::new() } else { format!("{prefix}/") };
        put.push((bucket.to_owned(), format!("{folder}AWSLogs/{account}/{test}")));
    }
    for (bucket, key) in put {
        world.buckets.get_mut(&bucket).unwrap().objects.insert(key, b"Enable".to_vec());
    }
    let attributes = members(&after);
    world.load_balancers.get_mut(arn).unwrap().attributes = after;
    Ok(format!("<Attributes>{attributes}</Attributes>"))
}
