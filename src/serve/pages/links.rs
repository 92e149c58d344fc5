//! Where values and commands lead: the one table that says which column narrows by which parameter. Pure.

use std::net::{IpAddr, SocketAddr};

use super::filters::{Filters, Group, Key};
use crate::fleet::inventory::target_groups::target_group_name;
use crate::output::document::{Column, Unit, Value};
use crate::output::html::Links;
use crate::report::library;

/// Columns that hold what a parameter takes, whatever the report.
const COLUMNS: [(&str, Key); 19] = [
    ("target_group", Key::TargetGroup),
    ("target_group_arn", Key::TargetGroup),
    ("target", Key::Target),
    ("elb", Key::Elb),
    ("host", Key::Host),
    ("request_host", Key::Host),
    ("client", Key::Client),
    ("client_ip", Key::Client),
    ("network", Key::Client),
    ("status", Key::Status),
    ("elb_status_code", Key::Status),
    ("path", Key::Path),
    ("method", Key::Method),
    ("request_verb", Key::Method),
    ("region", Key::Region),
    ("account", Key::Account),
    ("trace_id", Key::What),
    ("connection", Key::What),
    ("conn_trace_id", Key::What),
];

/// The page of one of what a parameter names; of others there is none, and the page one is on is narrowed.
fn page_of(key: Key) -> Option<&'static str> {
    match key {
        Key::Service | Key::TargetGroup => Some("/service"),
        Key::Target => Some("/target"),
        Key::Host => Some("/host"),
        Key::Path => Some("/route"),
        Key::Client => Some("/client"),
        Key::Elb => Some("/load-balancer"),
        _ => None,
    }
}

/// The links of one report on one page.
pub(super) struct PageLinks<'a> {
    /// The address of the page.
    path: &'a str,
    filters: &'a Filters,
    /// Whether the page is of this report alone: then it stays so.
    stays: bool,
    /// What its column `name` holds, if a parameter takes that.
    name: Option<Key>,
}

impl<'a> PageLinks<'a> {
    /// Links of a report that is the page.
    pub(super) fn of_report(path: &'a str, filters: &'a Filters, report: &str) -> Self {
        Self { path, filters, stays: true, name: named_by(report, filters) }
    }

    /// Links of a report that is a part of a page, asked with these filters.
    pub(super) fn of_panel(path: &'a str, filters: &'a Filters, report: &str, asked: &Filters) -> Self {
        Self { path, filters, stays: false, name: named_by(report, asked) }
    }

    fn key(&self, column: &str, value: &Value) -> Option<Key> {
        if column != "name" {
            return COLUMNS.iter().find(|(name, _)| *name == column).map(|(_, key)| *key);
        }
        match value {
            Value::Name { id, .. } if id.starts_with("arn:") => Some(Key::TargetGroup),
            Value::Name { id, .. } if id.starts_with("app/") => Some(Key::Elb),
            _ => self.name,
        }
    }
}

/// What `--by` makes of rows, as a parameter.
fn named_by(report: &str, filters: &Filters) -> Option<Key> {
    let default = || library::known(report).ok()?.parameter("by")?.default.clone();
    let by = filters.get(Key::By).map(str::to_owned).or_else(default)?;
    Some(match by.as_str() {
        "target_group" => Key::TargetGroup,
        "elb" => Key::Elb,
        "target" => Key::Target,
        "host" => Key::Host,
        "status" => Key::Status,
        "client" => Key::Client,
        "path" => Key::Path,
        "method" => Key::Method,
        _ => return None,
    })
}

impl Links for PageLinks<'_> {
    fn value(&self, column: &Column, value: &Value) -> Option<String> {
        let key = self.key(&column.name, value)?;
        let text = text(key, value)?;
        if key == Key::What {
            return Some(self.filters.of(&[Group::Source]).with(key, &text).href("/report/trace"));
        }
        let shared = if self.stays { self.filters.clone() } else { self.filters.shared() };
        let narrowed = shared.only(key, &text);
        let path = page_of(key).filter(|_| !self.stays).unwrap_or(self.path);
        (narrowed != shared || path != self.path).then(|| narrowed.href(path))
    }

    fn command(&self, words: &[String]) -> Option<String> {
        let (report, filters) = Filters::of_command(words)?;
        let of_page = self.filters.of(&[Group::Source, Group::Zone]);
        let filters = of_page.iter().fold(filters, |filters, (key, value)| filters.with(key, value));
        library::names().contains(&report).then(|| filters.href(&format!("/report/{report}")))
    }
}

/// A value as its parameter takes it; none if it is nothing that a client, a target or a log is called.
fn text(key: Key, value: &Value) -> Option<String> {
    let (text, shown) = match value {
        Value::Text(text) => (text.clone(), None),
        Value::Name { id, shown } => (id.clone(), Some(shown)),
        Value::Int(_) => (value.humane(Unit::Code), None),
        Value::Null | Value::Float(_) | Value::Series(_) => return None,
    };
    // `(no host)`, `(all others)`
    if text.is_empty() || text.starts_with('(') || text == "-" {
        return None;
    }
    match key {
        Key::TargetGroup => Some(target_group_name(&text).unwrap_or(&text).to_owned()),
        Key::Target => target(&text),
        // One that has a short name has it alone.
        Key::Elb => Some(shown.cloned().unwrap_or(text)),
        Key::Status => text.bytes().all(|byte| byte.is_ascii_digit()).then_some(text),
        Key::Client => text.starts_with(|char: char| char.is_ascii_hexdigit() || char == ':').then_some(text),
        Key::Path => text.starts_with('/').then(|| text.split('/').map(any_id).collect::<Vec<_>>().join("/")),
        Key::What => {
            let is_id = text.starts_with("1-") || text.starts_with("TID_");
            is_id.then_some(text)
        }
        _ => Some(text),
    }
}

/// An address and a port; of IPv6, the address in brackets.
fn target(text: &str) -> Option<String> {
    let (address, port) = text.rsplit_once(':')?;
    let address: IpAddr = address.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
    Some(SocketAddr::new(address, port.parse().ok()?).to_string())
}

/// A part of a route that stands for many values, as a pattern says so.
fn any_id(part: &str) -> &str {
    if part == ":id" { "*" } else { part }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn column(name: &str) -> Column {
        Column { name: name.to_owned(), ..Column::default() }
    }

    fn named(id: &str, shown: &str) -> Value {
        Value::Name { id: id.to_owned(), shown: shown.to_owned() }
    }

    #[test]
    fn values_of_a_part_lead_to_the_page_of_what_they_name() {
        let filters = Filters::read("since=1h&status=5xx&by=host").unwrap();
        let links = PageLinks::of_panel("/", &filters, "overview", &filters);
        let arn = "arn:aws:elasticloadbalancing:eu-west-1:1:targetgroup/cart/0123";
        for (name, value, href) in [
            ("target_group", named(arn, "shop/cart ~"), "/service?since=1h&status=5xx&target-group=cart"),
            ("name", named(arn, "shop/cart"), "/service?since=1h&status=5xx&target-group=cart"),
            ("name", named("app/shop/1", "shop"), "/load-balancer?since=1h&status=5xx&elb=shop"),
            ("name", Value::Text("a.example".to_owned()), "/host?since=1h&status=5xx&host=a.example"),
            ("status", Value::Int(502), "/?since=1h&status=502"),
            ("target", Value::Text("10.0.0.7:80".to_owned()), "/target?since=1h&status=5xx&target=10.0.0.7:80"),
            (
                "target",
                Value::Text("2001:db8::7:80".to_owned()),
                "/target?since=1h&status=5xx&target=%5B2001:db8::7%5D:80",
            ),
            ("path", Value::Text("/c/:id/x".to_owned()), "/route?since=1h&status=5xx&path=/c/*/x"),
            ("client", Value::Text("2001:db8::/64".to_owned()), "/client?since=1h&status=5xx&client=2001:db8::/64"),
            ("trace_id", Value::Text("1-a-b".to_owned()), "/report/trace?what=1-a-b"),
        ] {
            assert_eq!(links.value(&column(name), &value).as_deref(), Some(href), "{name}");
        }
    }

    #[test]
    fn a_report_stays_and_is_narrowed() {
        let filters = Filters::read("by=elb&top=5&elb=other").unwrap();
        let links = PageLinks::of_report("/report/errors", &filters, "errors");
        let value = Value::Text("app/shop/1".to_owned());
        assert_eq!(links.value(&column("name"), &value).unwrap(), "/report/errors?by=elb&top=5&elb=app/shop/1");
        let filters = filters.only(Key::Elb, "app/shop/1");
        let links = PageLinks::of_report("/report/errors", &filters, "errors");
        assert_eq!(links.value(&column("name"), &value), None, "it is so already");
    }

    #[test]
    fn what_names_nothing_leads_nowhere() {
        let filters = Filters::default();
        let links = PageLinks::of_report("/report/hosts", &filters, "hosts");
        for value in ["", "-", "(no host)", "(all others)"] {
            assert_eq!(links.value(&column("host"), &Value::Text(value.to_owned())), None, "{value}");
        }
        let text = |text: &str| Value::Text(text.to_owned());
        assert_eq!(links.value(&column("requests"), &Value::Int(3)), None);
        assert_eq!(links.value(&column("status"), &text("javascript:alert(1)")), None);
        assert_eq!(links.value(&column("trace_id"), &text("javascript:alert(1)")), None);
        let hostile = links.value(&column("host"), &text("\"><script>&host=x")).unwrap();
        assert_eq!(hostile, "/report/hosts?host=%22%3E%3Cscript%3E%26host%3Dx");
    }

    #[test]
    fn commands_lead_to_their_page() {
        let filters = Filters::default();
        let links = PageLinks::of_report("/report/hosts", &filters, "hosts");
        let words = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let command = |text: &str| links.command(&words(text));
        assert_eq!(command("albstats report why --status 5xx").as_deref(), Some("/report/why?status=5xx"));
        assert_eq!(command("albstats report ./mine.sql --status 5xx"), None);
        assert_eq!(command("kubectl get pods"), None);
    }
}
