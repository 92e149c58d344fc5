//! How it was found out what a target group is for.

use serde::{Deserialize, Serialize};

/// How it was found out what a target group is for, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum How {
    #[default]
    Unknown,
    /// From its name, which holds eight characters of the namespace and of the service (of an `HTTPRoute`: the route).
    Guess,
    /// Its tags have several readings; what all of them say is given.
    Ambiguous,
    /// Its tags have several readings, one of which stays within a namespace, as nearly all routes do.
    Likely,
    /// From its tags, which have one reading.
    Tags,
    /// From a `TargetGroupBinding`.
    Binding,
}

impl How {
    /// As it stands in the file and in SQL.
    pub fn name(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Guess => "guess",
            Self::Ambiguous => "ambiguous",
            Self::Likely => "likely",
            Self::Tags => "tags",
            Self::Binding => "binding",
        }
    }
}
