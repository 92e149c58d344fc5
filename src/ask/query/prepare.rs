//! From what was listed to a run: the kind of every object is found out, and what is no log, or one a second time, is left out.

use alblog::LogKind;

use super::run::{Run, RunOptions, problem};
use crate::base::message::Message;
use crate::base::shown::Shown;
use crate::read::scan::{Content, Openings, Other, Problem, ScanReport, recognise};
use crate::read::storage::{Copies, Listing, LogObject, Unseen, without_renamed};

/// Why a log is left out where logs of some load balancers are asked for.
const OF_NOBODY: &str = "its name is not one that AWS gives, so that --elb cannot tell whose log it is";

/// Makes a run of a listing. The options' kind, if given, overrides what names say; otherwise objects whose names say nothing are
/// looked into.
pub fn prepare(listing: Listing, options: RunOptions) -> Run {
    let Listing { objects, skipped, pruned, unlisted, unseen, by_elb, duplicates, mut copies, .. } =
        listing.with_others();
    let mut report = ScanReport { skipped, pruned_unlisted: pruned, ..ScanReport::default() };
    report.incomplete.extend(unlisted.into_iter().map(|(object, message)| Problem { object, message }));
    report.incomplete.extend(unseen.into_iter().map(not_looked_into));
    let openings = Openings::default();
    let mut logs = Vec::with_capacity(objects.len());
    for mut object in objects {
        object.kind = match options.kind.or(object.kind) {
            Some(kind) => Some(kind),
            None => look_into(&object, &openings, &mut report),
        };
        if object.kind.is_some() && object.key.is_none() && by_elb {
            report.incomplete.insert(problem(&object, OF_NOBODY.to_owned()));
        } else if object.kind.is_some() {
            logs.push(object);
        }
    }
    if !duplicates {
        copies.add(without_renamed(&mut logs));
    }
    report.incomplete.extend(differing(&copies));
    Run::new(logs, copies, options, report, openings)
}

/// Says that there are copies which hold something else than what is read: rows may be missing.
fn differing(copies: &Copies) -> Option<Problem> {
    let (read, copy) = copies.difference.clone()?;
    let more = match copies.differing {
        0 | 1 => String::new(),
        several => format!("; so are {} more copies", several - 1),
    };
    let is = if copies.unknown == copies.differing { "nobody knows whether it is" } else { "not" };
    let message = Message::new(format_args!("not read, and {is} the same as its copy that is, {}{more}", Shown(&read)))
        .hint("look which one is whole, and remove the other; or --allow-duplicates");
    Some(Problem { object: copy, message })
}

/// Says of how many objects nobody knows what they hold, and how they are looked into.
fn not_looked_into(unseen: Unseen) -> Problem {
    let Unseen { below, count, all } = unseen;
    let message = format!("{count} of {all} objects whose names are not those of logs were not looked into");
    let message = Message::new(message).hint(format_args!("a longer prefix, or --max-looks {all}"));
    Problem { object: below, message }
}

/// The kind of log the object holds; counts it when it surely holds none, and names it when it may.
fn look_into(object: &LogObject, openings: &Openings, report: &mut ScanReport) -> Option<LogKind> {
    let message = match recognise(&object.location, openings) {
        Ok(Content::Log(kind)) => return Some(kind),
        Ok(Content::Other(Other { skipped: Some(reason), .. })) => {
            *report.skipped.entry(reason).or_default() += 1;
            return None;
        }
        // It may be a log in another shape: leaving it out is no small matter.
        Ok(Content::Other(Other { what, .. })) => what.into(),
        Err(failure) => failure.message().clone(),
    };
    report.incomplete.insert(problem(object, message));
    None
}
