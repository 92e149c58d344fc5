//! Hosts, target groups and services that were typed and that no request of the window has: the nearest that there are.

use anyhow::Result;

use super::session::Session;
use crate::base::nearest::ranked;
use crate::base::pattern::matches;
use crate::base::shown::Shown;

/// Names that are offered for one that nothing has.
const NAMED: usize = 3;

/// A sentence for each of them. Reads the logs once or twice more: for a report without rows.
///
/// # Errors
/// When the engine fails.
pub(super) async fn unknown_names(session: &Session<'_>) -> Result<Vec<String>> {
    let typed = |flag: &str| -> Vec<&str> {
        let pairs = session.question.flags.chunks_exact(2).filter(|pair| pair[0] == flag);
        pairs.map(|pair| pair[1].as_str()).collect()
    };
    let (hosts, groups, services) = (typed("--host"), typed("--target-group"), typed("--service"));
    let mut unknown = Vec::new();
    if !hosts.is_empty() {
        let known = session.names_of("lower(url_extract_host(request_url))").await?;
        unknown.extend(hosts.iter().filter_map(|host| unless_known("host", host, &known)));
    }
    if groups.is_empty() && services.is_empty() {
        return Ok(unknown);
    }
    let arns = session.names_of("target_group_arn").await?;
    let names: Vec<String> = arns.iter().filter_map(|arn| arn.split('/').nth(1)).map(ToOwned::to_owned).collect();
    // An ARN is exact: whoever has it does not mistype it.
    let by_name = groups.iter().filter(|group| !group.contains('/'));
    unknown.extend(by_name.filter_map(|group| unless_known("target group", group, &names)));
    let arns: Vec<&str> = arns.iter().map(String::as_str).collect();
    let shown = (session.question.names)(&arns);
    // Without the mark of a guess.
    let shown: Vec<String> = shown.values().map(|name| name.trim_end_matches(['~', ' ']).to_owned()).collect();
    unknown.extend(services.iter().filter_map(|service| unless_known("service", service, &shown)));
    Ok(unknown)
}

/// `no host is called shp.example.com: nearest shop.example.com, api.example.com`
fn unless_known(what: &str, called: &str, known: &[String]) -> Option<String> {
    // What a name was cut to may be the beginning of what was typed.
    let is_called = |name: &String| matches(called, name) || matches(&name.replace('…', "*"), called);
    if known.is_empty() || known.iter().any(is_called) {
        return None;
    }
    let nearest = ranked(&called.replace('*', ""), known.iter().map(String::as_str), NAMED);
    let nearest: Vec<String> = nearest.into_iter().map(|name| Shown(name).to_string()).collect();
    Some(format!("no {what} is called {}: nearest {}", Shown(called), nearest.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::unless_known;

    #[test]
    fn a_name_that_is_there_is_not_unknown() {
        let known = ["shop.example.com", "api.example.com"].map(ToOwned::to_owned);
        assert_eq!(unless_known("host", "*.example.com", &known), None);
        assert_eq!(
            unless_known("host", "shp.example.com", &known).as_deref(),
            Some("no host is called shp.example.com: nearest shop.example.com, api.example.com")
        );
        let cut = ["checkout…/checkout…".to_owned()];
        assert_eq!(unless_known("service", "checkout-eu/checkout-api", &cut), None);
        assert!(unless_known("service", "billing/api", &cut).is_some());
        assert_eq!(unless_known("host", "x", &[]), None, "nothing was read");
    }
}
