//! What is looked at: what was configured, over what everybody has.

use std::collections::BTreeSet;

use alblog::time::{MINUTE, SECOND};
use anyhow::{Result, bail};

use super::judge::Patience;
use crate::base::config::{AlertConfig, Alerts, Asks, Receiver, Setting, TimeSpan};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::report::{Threshold, library};
use crate::serve::words::is_of_report;

/// A condition, ready to be looked at. Times are microseconds.
#[derive(Debug, Clone)]
pub struct Rule {
    pub name: String,
    pub source: Option<String>,
    pub asks: Question,
    /// Time before the end of complete logs that is looked at.
    pub window: i64,
    /// Rows with fewer requests say nothing.
    pub min_requests: Option<u64>,
    pub every: i64,
    pub patience: Patience,
    /// Logs whose end is longer ago than this tell nothing of now.
    pub late: i64,
    pub severity: String,
    /// Names of those who are told.
    pub notify: BTreeSet<String>,
}

/// What a rule asks.
#[derive(Debug, Clone)]
pub enum Question {
    /// A report's words, and the conditions of which none should hold for a row.
    Report(Vec<String>, Vec<Threshold>),
    /// Each row of the answer is something wrong.
    Sql(String),
    /// Whether logs are later than `late`.
    Late,
    /// Which load balancers have requests, by CloudWatch, and write no logs.
    NotLogged,
}

/// What is asked where nothing else is said.
enum Usual {
    /// A report's words, and its condition.
    Report(&'static [&'static str], &'static str),
    Sql(&'static str),
    NotLogged,
}

/// What everybody wants to know of, for who names it.
struct Common {
    name: &'static str,
    asks: Usual,
    min_requests: Option<u64>,
    window: i64,
    hold: i64,
    severity: &'static str,
}

const COMMON: [Common; 8] = [
    Common {
        name: "elb-5xx",
        asks: Usual::Report(&["errors", "--top=0"], "elb_5xx_rate > 1%"),
        min_requests: Some(100),
        window: 10 * MINUTE,
        hold: 5 * MINUTE,
        severity: "page",
    },
    Common {
        name: "target-5xx",
        asks: Usual::Report(&["errors", "--top=0"], "target_5xx_rate > 1%"),
        min_requests: Some(100),
        window: 10 * MINUTE,
        hold: 5 * MINUTE,
        severity: "page",
    },
    Common {
        name: "latency-p99",
        asks: Usual::Report(&["latency", "--top=0"], "target_p99 > 2s"),
        min_requests: Some(100),
        window: 10 * MINUTE,
        hold: 10 * MINUTE,
        severity: "ticket",
    },
    Common {
        name: "tls-failures",
        asks: Usual::Report(&["handshakes"], "failures > 200"),
        min_requests: None,
        window: 10 * MINUTE,
        hold: 10 * MINUTE,
        severity: "ticket",
    },
    Common {
        name: "mtls-certificates",
        asks: Usual::Sql(REFUSED_CERTIFICATES),
        min_requests: None,
        window: 10 * MINUTE,
        hold: 0,
        severity: "ticket",
    },
    Common {
        name: "unhealthy-checks",
        asks: Usual::Report(&["health", "--top=0"], "failure_rate > 20%"),
        min_requests: None,
        window: 10 * MINUTE,
        hold: 5 * MINUTE,
        severity: "ticket",
    },
    Common {
        name: "lcu-peak",
        asks: Usual::Report(&["lcu"], "peak_lcu > 50"),
        min_requests: None,
        window: 60 * MINUTE,
        hold: 0,
        severity: "ticket",
    },
    Common {
        name: "not-logged",
        asks: Usual::NotLogged,
        min_requests: None,
        window: 60 * MINUTE,
        hold: 0,
        severity: "ticket",
    },
];

/// Certificates of clients that were refused again and again.
const REFUSED_CERTIFICATES: &str =
    "SELECT coalesce(leaf_client_cert_subject, '(no subject)') AS subject, substr(tls_verify_status, 8) AS reason, elb
FROM connections
WHERE tls_verify_status LIKE 'Failed:ClientCert%'
GROUP BY leaf_client_cert_subject, tls_verify_status, elb
HAVING count(*) >= 5
ORDER BY count(*) DESC";
/// Logs are late.
const LATE: &str = "logs-late";
const DEFAULT_WINDOW: i64 = 10 * MINUTE;
const DEFAULT_EVERY: i64 = MINUTE;
/// Objects come no oftener, and AWS has to be asked.
const NOT_LOGGED_EVERY: i64 = 5 * MINUTE;
const DEFAULT_LATE: i64 = 30 * MINUTE;
/// While nothing is known of it yet. Later, less than this is refused (`config::lengths`).
pub(super) const LEAST_EVERY: i64 = 10 * SECOND;

/// All that everybody has and that logs alone tell, and nobody to tell.
pub fn common() -> Alerts {
    let named = |name: &str| Setting::default(AlertConfig { name: name.to_owned(), ..AlertConfig::default() });
    let of_logs = COMMON.iter().filter(|common| !matches!(common.asks, Usual::NotLogged));
    Alerts { rules: of_logs.map(|common| common.name).chain([LATE]).map(named).collect(), ..Alerts::default() }
}

/// Reads what was configured.
///
/// # Errors
/// When an alert asks for nothing, for a report that there is not, or has a condition that cannot be read. The message says where the
/// alert stands.
pub fn rules(configured: &Alerts, sources: &[String]) -> Result<Vec<Rule>> {
    let receivers: BTreeSet<String> = configured.receivers.keys().cloned().collect();
    let rule = |setting: &Setting<AlertConfig>| {
        rule(&setting.value, &receivers, sources).map_err(|error| {
            let place = format_args!("alert {} ({}): ", setting.value.name, setting.origin);
            anyhow::Error::from(Message::from(error).after(place))
        })
    };
    configured.rules.iter().map(rule).collect()
}

fn rule(config: &AlertConfig, receivers: &BTreeSet<String>, sources: &[String]) -> Result<Rule> {
    if let Some(source) = config.source.as_ref().filter(|source| !sources.contains(source)) {
        bail!(Message::new(format_args!("no source {source} is served")).hint(sources.join(", ")));
    }
    let common = COMMON.iter().find(|common| common.name == config.name && config.asks.is_none());
    let asks = match (&config.asks, common) {
        (Some(Asks::Sql(sql)), _) => Question::Sql(sql.clone()),
        (Some(Asks::Report(words)), _) => report(words.clone(), &config.fail_if)?,
        (None, Some(common)) => usual(common, config)?,
        (None, None) if config.name == LATE => Question::Late,
        (None, None) => bail!(Message::new("says neither report nor sql").hint(format_args!(
            "report = \"errors\" and fail_if = [\"elb_5xx_rate > 1%\"], or one of these names: {}",
            COMMON.iter().map(|common| common.name).chain([LATE]).collect::<Vec<_>>().join(", ")
        ))),
    };
    let micros = |span: Option<TimeSpan>, usual: i64| match span {
        Some(span) => i64::try_from(span.get().as_micros()).unwrap_or(i64::MAX / 4),
        None => usual,
    };
    let window = micros(config.window, common.map_or(DEFAULT_WINDOW, |common| common.window));
    let late = micros(config.late, DEFAULT_LATE);
    let every = if matches!(asks, Question::NotLogged) { NOT_LOGGED_EVERY } else { DEFAULT_EVERY };
    let severity = config.severity.clone();
    Ok(Rule {
        name: config.name.clone(),
        source: config.source.as_ref().or(sources.first()).cloned(),
        asks,
        window,
        min_requests: config.min_requests.or(common.and_then(|common| common.min_requests)),
        every: micros(config.every, every),
        patience: Patience { hold: micros(config.hold, common.map_or(0, |common| common.hold)), untold: late },
        late,
        severity: severity.unwrap_or_else(|| common.map_or("ticket", |common| common.severity).to_owned()),
        notify: config.notify.as_ref().map_or_else(|| receivers.clone(), |names| names.iter().cloned().collect()),
    })
}

/// What everybody asks, with conditions of one's own.
fn usual(common: &Common, config: &AlertConfig) -> Result<Question> {
    match common.asks {
        Usual::Report(words, fail_if) => {
            let usual = [fail_if.to_owned()];
            let fail_if = if config.fail_if.is_empty() { &usual[..] } else { &config.fail_if };
            report(words.iter().map(|&word| word.to_owned()).collect(), fail_if)
        }
        Usual::Sql(_) if !config.fail_if.is_empty() => {
            bail!(
                Message::new("takes no condition: each row of its statement is one")
                    .hint("sql = \"SELECT …\", under another name")
            )
        }
        Usual::NotLogged if !config.fail_if.is_empty() => {
            bail!("takes no condition: it is about requests without logs")
        }
        Usual::Sql(sql) => Ok(Question::Sql(sql.to_owned())),
        Usual::NotLogged => Ok(Question::NotLogged),
    }
}

fn report(words: Vec<String>, fail_if: &[String]) -> Result<Question> {
    let name = words.first().map(String::as_str).unwrap_or_default();
    if !library::names().iter().any(|known| known == name) {
        bail!(Message::new(format_args!("no report named {name}")).hint("albstats report lists them"));
    }
    if fail_if.is_empty() {
        bail!(Message::new("has no condition").hint("fail_if = [\"elb_5xx_rate > 1%\"]"));
    }
    let timed =
        words.iter().find(|word| ["--since", "--until", "--around", "--at"].iter().any(|it| word.starts_with(it)));
    if let Some(word) = timed {
        bail!(Message::new(format_args!("{word}: the time an alert is about is its window")).hint("window = \"10m\""));
    }
    if let Some(word) = words.iter().find(|word| word.starts_with('-') && !is_of_report(word)) {
        let hint = if word.starts_with("--min-requests") {
            "min_requests = 100"
        } else {
            "--by, --top, and flags that say which rows"
        };
        bail!(Message::new(format_args!("{} is not for alerts", Shown(word))).hint(hint));
    }
    let conditions = fail_if.iter().map(|text| Threshold::parse(text)).collect::<Result<_>>()?;
    Ok(Question::Report(words, conditions))
}

/// Who is told, by name.
pub fn receivers(configured: &Alerts) -> Vec<(String, Receiver)> {
    configured.receivers.iter().map(|(name, receiver)| (name.clone(), receiver.value.clone())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(name: &str) -> AlertConfig {
        AlertConfig { name: name.to_owned(), ..AlertConfig::default() }
    }

    fn told(config: &AlertConfig) -> String {
        rule(config, &BTreeSet::new(), &["prod".to_owned()]).unwrap_err().to_string()
    }

    #[test]
    fn what_everybody_wants_is_had_by_its_name() {
        for name in COMMON.iter().map(|common| common.name) {
            let found = rule(&config(name), &BTreeSet::from(["pager".to_owned()]), &[]).unwrap();
            let is_one = matches!(&found.asks, Question::Report(_, conditions) if conditions.len() == 1);
            assert!(is_one || matches!(found.asks, Question::Sql(_) | Question::NotLogged), "{name}");
            assert_eq!(found.notify.len(), 1);
        }
        assert!(matches!(rule(&config(LATE), &BTreeSet::new(), &[]).unwrap().asks, Question::Late));
        let stricter = AlertConfig { fail_if: vec!["elb_5xx > 5".to_owned()], ..config("elb-5xx") };
        let stricter = rule(&stricter, &BTreeSet::new(), &[]).unwrap();
        assert_eq!(stricter.patience.hold, 5 * MINUTE);
    }

    #[test]
    fn all_that_everybody_has_can_be_looked_at() {
        // One more, and one that no logs tell.
        assert_eq!(rules(&common(), &[]).unwrap().len(), COMMON.len());
    }

    #[test]
    fn what_cannot_be_looked_at_is_refused() {
        assert!(told(&config("mine")).contains("neither report nor sql"));
        let asks = |words: &[&str]| Some(Asks::Report(words.iter().map(|&word| word.to_owned()).collect()));
        assert!(told(&AlertConfig { asks: asks(&["erors"]), ..config("mine") }).contains("no report named erors"));
        assert!(told(&AlertConfig { asks: asks(&["errors"]), ..config("mine") }).contains("no condition"));
        let fail_if = vec!["x >".to_owned()];
        assert!(!told(&AlertConfig { asks: asks(&["errors"]), fail_if, ..config("mine") }).is_empty());
        let fail_if = vec!["errors > 1".to_owned()];
        assert!(
            told(&AlertConfig { asks: asks(&["errors", "--since=1h"]), fail_if, ..config("mine") }).contains("window")
        );
        for words in [&["errors", "--from=/other"][..], &["errors", "-o", "file"], &["errors", "--min-requests=3"]] {
            let fail_if = vec!["errors > 1".to_owned()];
            let refused = told(&AlertConfig { asks: asks(words), fail_if, ..config("mine") });
            assert!(refused.contains("not for alerts"), "{refused}");
        }
        assert!(told(&AlertConfig { source: Some("staging".to_owned()), ..config(LATE) }).contains("staging"));
    }
}
