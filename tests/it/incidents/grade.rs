//! Compares what a report found with what is true.

use serde_json::Value;

/// What a finding must name and say to be the right one: one of each.
#[derive(serde::Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Expected {
    /// Dimensions of the truth.
    pub(super) who: Vec<String>,
    /// Words, in lower case.
    pub(super) what: Vec<String>,
}

/// How well one night was told.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Grade {
    /// Rank of the first right finding for each incident, from 1; `None` if it was missed.
    pub(super) ranks: Vec<Option<usize>>,
    /// Findings called likely that nothing true explains.
    pub(super) false_likely: Vec<String>,
    pub(super) findings: usize,
}

/// Grades a list of findings, best first, against the truths of a night, the first ones of which are expected.
pub(super) fn grade(findings: &[Value], truths: &[Value], expected: &[Expected], tolerance_minutes: i64) -> Grade {
    let right = |(truth, expected): (&Value, &Expected)| {
        let is_right = |finding: &Value| {
            names_one_of(finding, truth, Some(&expected.who))
                && says_one_of(finding, &expected.what)
                && overlaps(finding, truth, tolerance_minutes)
        };
        findings.iter().position(is_right).map(|index| index + 1)
    };
    let explained = |finding: &&Value| {
        truths.iter().any(|truth| names_one_of(finding, truth, None) && overlaps(finding, truth, tolerance_minutes))
    };
    let likely = findings.iter().filter(|finding| finding["confidence"] == "likely");
    Grade {
        ranks: truths.iter().zip(expected).map(right).collect(),
        false_likely: likely.filter(|finding| !explained(finding)).map(|finding| text(&finding["sentence"])).collect(),
        findings: findings.len(),
    }
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Whether a finding names what the truth names in one of these dimensions, or in any but the load balancer.
fn names_one_of(finding: &Value, truth: &Value, dimensions: Option<&[String]>) -> bool {
    let named: Vec<String> = finding["who"].as_object().into_iter().flat_map(|who| who.values().map(text)).collect();
    let meant = truth["who"].as_object().into_iter().flatten().filter(|(dimension, _)| match dimensions {
        Some(dimensions) => dimensions.contains(dimension),
        None => *dimension != "load_balancer" && *dimension != "method",
    });
    meant.into_iter().any(|(_, value)| named.iter().any(|name| is_same(name, &text(value))))
}

fn is_same(named: &str, meant: &str) -> bool {
    // A target group may be named with its namespace, a target without its port, a certificate by its id.
    let is_part = |short: &str, long: &str| short.len() >= 8 && long.contains(short);
    named == meant || is_part(meant, named) || is_part(named, meant) || is_same_route(named, meant)
}

/// Whether two templates of paths are the same, whatever they write for what changes.
fn is_same_route(named: &str, meant: &str) -> bool {
    let path =
        |text: &str| text.split('?').next().unwrap_or_default().rsplit(' ').next().unwrap_or_default().to_owned();
    let (named, meant) = (path(named), path(meant));
    let (named, meant): (Vec<&str>, Vec<&str>) = (named.split('/').collect(), meant.split('/').collect());
    let is_hole = |segment: &str| segment.contains(['{', ':', '*', '<']);
    meant.len() > 1
        && named.len() == meant.len()
        && named.iter().zip(meant).all(|(one, other)| *one == other || is_hole(other) && !one.is_empty())
}

fn says_one_of(finding: &Value, words: &[String]) -> bool {
    let said = ["kind", "what", "sentence", "observed"].map(|field| text(&finding[field]).to_lowercase()).join(" ");
    words.iter().any(|word| said.contains(word.as_str()))
}

/// Whether a finding lies in the time of the truth. One that names no time is of the whole window.
fn overlaps(finding: &Value, truth: &Value, tolerance_minutes: i64) -> bool {
    let minutes =
        |value: &Value| alblog::time::parse(value.as_str()?.as_bytes()).map(|time| time / alblog::time::MINUTE);
    let [from, until] = ["from", "until"].map(|field| minutes(&finding[field]));
    let [begin, end] = ["from", "until"].map(|field| minutes(&truth[field]).unwrap());
    // Where a finding begins before the truth by more than that, it is about something else.
    from.is_none_or(|from| from >= begin - tolerance_minutes && from <= end + tolerance_minutes)
        && until.is_none_or(|until| until >= begin - tolerance_minutes)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn finding(who: &Value, minute: u32, confidence: &str) -> Value {
        json!({
            "who": who, "sentence": "answers 502", "kind": "failures", "confidence": confidence,
            "from": format!("2026-11-20T10:{minute:02}:00Z"), "until": format!("2026-11-20T10:{:02}:00Z", minute + 9),
        })
    }

    fn expected() -> Vec<Expected> {
        vec![Expected { who: vec!["target".to_owned(), "route".to_owned()], what: vec!["502".to_owned()] }]
    }

    #[test]
    fn the_right_finding_has_its_rank_and_others_are_false() {
        let truth = json!({
            "who": {"load_balancer": "app/a/1", "target": "10.0.1.2:80", "route": "/v1/{id}/x"},
            "from": "2026-11-20T10:20:00.000000Z", "until": "2026-11-20T10:30:00.000000Z",
        });
        let right = json!({"target": "10.0.1.2:80"});
        let graded = |findings: &[Value]| grade(findings, std::slice::from_ref(&truth), &expected(), 5);
        let first = graded(&[finding(&right, 20, "likely")]);
        assert_eq!((first.ranks, first.false_likely.len()), (vec![Some(1)], 0));
        let route = graded(&[finding(&json!({"path": "GET /v1/:id/x"}), 20, "likely")]);
        assert_eq!(route.ranks, [Some(1)]);
        let other = finding(&json!({"target": "10.0.1.3:80"}), 20, "likely");
        let second = graded(&[other.clone(), finding(&right, 22, "unclear")]);
        assert_eq!((second.ranks, second.false_likely.len(), second.findings), (vec![Some(2)], 1, 2));
        // Whoever names the load balancer only, or another time, or something else, has not found it.
        let vague = json!({"elb": "app/a/1"});
        assert_eq!(graded(&[finding(&vague, 20, "unclear")]).ranks, [None]);
        let late = graded(&[finding(&right, 50, "likely")]);
        assert_eq!((late.ranks, late.false_likely.len()), (vec![None], 1));
        let mut slow = finding(&right, 20, "unclear");
        slow["sentence"] = "is slow".into();
        assert_eq!(graded(&[slow]).ranks, [None]);
        assert_eq!(graded(&[finding(&json!({"path": "/v1/:id/y"}), 20, "unclear")]).ranks, [None]);
    }
}
