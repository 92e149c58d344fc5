//! How anybody says that a load balancer's logs are to be left alone: a tag of it, or an annotation in Kubernetes, of one
//! name. Pure. In doubt it is a no: whatever is not understood opts out.

use std::collections::BTreeMap;

use alblog::LogKind;

/// The tag, and the annotation.
pub const NAME: &str = "albstats.io/logs";

/// The one value that opts out of nothing.
const IN: &str = "enabled";

/// What a tag opts out by, as it stands there; `None` if none does. Every value does but `enabled`: a tag is about all
/// kinds of log at once.
pub fn by_tag(tags: &BTreeMap<String, String>) -> Option<&str> {
    tags.get(NAME).map(String::as_str).filter(|value| *value != IN)
}

/// The kinds that an annotation opts out of. It says `enabled`, or the kinds that are wanted with commas between them
/// (`access,connection`); any other word, such as `disabled`, opts out of all of them.
pub fn by_annotation(value: &str) -> Vec<LogKind> {
    if value.trim() == IN {
        return Vec::new();
    }
    let wanted: Result<Vec<LogKind>, _> = value.split(',').map(|word| word.trim().parse()).collect();
    let wanted = wanted.unwrap_or_default();
    LogKind::ALL.into_iter().filter(|kind| !wanted.contains(kind)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_value_of_the_tag_but_one_opts_out() {
        let by = |value: &str| by_tag(&BTreeMap::from([(NAME.to_owned(), value.to_owned())])).map(ToOwned::to_owned);
        assert_eq!(by_tag(&BTreeMap::new()), None);
        assert_eq!(by("enabled"), None);
        for value in ["disabled", "off", "false", "", "Enabled", "access"] {
            assert_eq!(by(value).as_deref(), Some(value));
        }
    }

    #[test]
    fn an_annotation_names_the_kinds_that_are_wanted() {
        let [access, connection, health] = LogKind::ALL;
        assert_eq!(by_annotation(" enabled "), []);
        assert_eq!(by_annotation("access, connection"), [health]);
        assert_eq!(by_annotation("health-check"), [access, connection]);
        for value in ["disabled", "", "access,", "access,nonsense", "no"] {
            assert_eq!(by_annotation(value), LogKind::ALL, "{value}");
        }
    }
}
