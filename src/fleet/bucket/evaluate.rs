//! Whether a policy lets a writer put one object: what S3 does, as far as it can be known from the policy alone.

use super::delivery::{Writer, WriterKind};
use super::document::{Document, Named, Principal, Selected, Statement};
use super::pattern::{Text, Truth, all, any, matches, not};
use crate::base::aws::Arn;

/// What a policy says about a request, and which statement decides it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    Allowed(Named),
    /// It is denied, whatever other statements allow.
    Denied(Named),
    /// No statement allows it. The one that nearly does, and what of it does not fit.
    NotAllowed(Option<(Named, &'static str)>),
    /// It hangs on this statement, which cannot be judged: on something that is not known, as named.
    Undecided(Named, &'static str),
}

/// What a statement says of a request: part by part.
struct Fit([(&'static str, Truth); 4]);

impl Fit {
    fn of(statement: &Statement, writer: &Writer, arn: &Text) -> Self {
        let conditions = all(statement.conditions.iter().map(|condition| condition.holds(writer)));
        Self([
            ("principal", means(&statement.principals, writer)),
            ("action", selects(&statement.actions, |action| acts(action))),
            ("resource", selects(&statement.resources, |resource| matches(resource, arn))),
            ("condition", conditions),
        ])
    }

    fn truth(&self) -> Truth {
        all(self.0.iter().map(|(_, truth)| *truth))
    }

    /// The first part that is not known.
    fn unknown(&self) -> &'static str {
        self.0.iter().find(|(_, truth)| truth.is_none()).map_or("", |(part, _)| part)
    }

    /// The only part that does not fit.
    fn misfit(&self) -> Option<&'static str> {
        let mut misfits = self.0.iter().filter(|(_, truth)| *truth == Some(false));
        let (part, _) = misfits.next()?;
        misfits.next().is_none().then_some(part)
    }
}

/// Whether the policy lets the writer put the object of this ARN. A denial goes before whatever is allowed.
pub(super) fn evaluate(document: &Document, writer: &Writer, arn: &str) -> Decision {
    let arn = Text::Exact(arn.to_owned());
    let fits: Vec<(&Statement, Fit)> =
        document.statements.iter().map(|statement| (statement, Fit::of(statement, writer, &arn))).collect();
    let first = |allows: bool, truth: Truth| {
        fits.iter().find(|(statement, fit)| statement.allows == allows && fit.truth() == truth)
    };
    if let Some((statement, _)) = first(false, Some(true)) {
        return Decision::Denied(statement.name.clone());
    }
    let allowing = first(true, Some(true)).or_else(|| first(true, None));
    let Some((allowing, fit)) = allowing else {
        let near = fits.iter().filter(|(statement, _)| statement.allows);
        let near = near.filter_map(|(statement, fit)| Some((statement.name.clone(), fit.misfit()?)));
        // Another prefix or condition is more telling than another principal.
        return Decision::NotAllowed(
            near.max_by_key(|(named, part)| (*part != "principal", usize::MAX - named.number)),
        );
    };
    match first(false, None) {
        Some((denying, fit)) => Decision::Undecided(denying.name.clone(), fit.unknown()),
        None if fit.truth().is_none() => Decision::Undecided(allowing.name.clone(), fit.unknown()),
        None => Decision::Allowed(allowing.name.clone()),
    }
}

fn selects<T>(selected: &Selected<T>, fits: impl Fn(&T) -> Truth) -> Truth {
    match selected {
        Selected::Only(these) => any(these.iter().map(fits)),
        Selected::AllBut(these) => not(any(these.iter().map(fits))),
    }
}

/// Actions are compared in any case.
fn acts(action: &str) -> Truth {
    matches(&action.to_ascii_lowercase(), &Text::Exact("s3:putobject".to_owned()))
}

/// Whether the writer is meant. To leave out an account does not leave out its users and roles.
fn means(principals: &Selected<Principal>, writer: &Writer) -> Truth {
    let left_out = matches!(principals, Selected::AllBut(_)) && writer.kind == WriterKind::Legacy;
    match selects(principals, |principal| is(principal, writer)) {
        Some(false) if left_out => None,
        truth => truth,
    }
}

/// Whether it is the writer. Which user or role of the older account writes is not known.
fn is(principal: &Principal, writer: &Writer) -> Truth {
    match (principal, writer.kind) {
        (Principal::Anyone, _) => Some(true),
        (Principal::Service(name), WriterKind::Service) => matches(name, &Text::Exact(writer.name.clone())),
        (Principal::Aws(who), WriterKind::Legacy) => {
            let (account, whole) = match Arn::parse(who) {
                Some(arn) => (arn.account, arn.resource == "root"),
                None => (who.as_str(), true),
            };
            if account == writer.name { whole.then_some(true) } else { Some(false) }
        }
        (Principal::CanonicalUser, WriterKind::Legacy) => None,
        _ => Some(false),
    }
}
