//! Which of two objects of one name holds more, as far as their names and sizes tell: what was read once may have been a part.

use alblog::key;

use crate::base::s3_address;

/// What is known of an object without looking into it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Standing {
    /// Its name ends as names of logs do: it is no download that was ended, and nothing that is kept beside a log.
    is_usual: bool,
    /// It was read to its end, or nobody tried.
    is_whole: bool,
    packing: Packing,
    size: u64,
}

/// Whether its name says that it is compressed, and else where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Packing {
    Compressed,
    Text,
    /// Text in a folder, to which more may be written.
    Growing,
}

impl Standing {
    /// Of an object with this location and size; `is_whole` unless it could not be read to its end.
    pub fn of(log_object: &str, size: u64, is_whole: bool) -> Self {
        let packing = match (key::compression(log_object), s3_address::split(log_object)) {
            (Some(_), _) => Packing::Compressed,
            (None, Some(_)) => Packing::Text,
            (None, None) => Packing::Growing,
        };
        Self { is_usual: key::has_usual_ending(log_object), is_whole, packing, size }
    }

    /// The same, of an object that was read, or not to its end.
    #[must_use]
    pub fn read(self, is_whole: bool) -> Self {
        Self { is_whole, ..self }
    }

    /// Whether it can give way to anything.
    pub fn may_give_way(&self) -> bool {
        !self.is_usual || !self.is_whole || self.packing != Packing::Compressed
    }

    /// Whether it is rather that one that is to be read, if both are the same log. No two give way to each other.
    pub fn gives_way_to(&self, other: &Self) -> bool {
        if self.is_usual != other.is_usual {
            return other.is_usual;
        }
        if self.is_whole != other.is_whole {
            return other.is_whole;
        }
        match (self.packing, other.packing) {
            // Compressed is what is complete; in a bucket everything is.
            (Packing::Growing, Packing::Compressed) => self.is_whole,
            (Packing::Compressed, _) | (Packing::Text, Packing::Compressed) => false,
            _ => self.size < other.size,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STEM: &str = "1_elasticloadbalancing_eu-west-1_app.a.b_20261120T1005Z_192.0.2.1_r";

    #[test]
    fn what_is_not_whole_gives_way_and_never_back() {
        let of =
            |(ending, size, is_whole): (&str, u64, bool)| Standing::of(&format!("a/{STEM}{ending}"), size, is_whole);
        for (held, better) in [
            ((".log.gz.6eF8c2aB", 5, false), (".log.gz", 9, true)),
            ((".log.gz.part", 5, true), (".log.gz", 9, true)),
            ((".log", 50, true), (".log.gz", 9, true)),
            ((".log", 5, true), (".log", 9, true)),
            ((".log.gz", 9, false), (".log.gz", 9, true)),
            ((".log.gz", 9, false), (".log", 50, true)),
        ] {
            assert!(of(held).may_give_way() && of(held).gives_way_to(&of(better)), "{held:?}");
            assert!(!of(better).gives_way_to(&of(held)), "{better:?}");
        }
        for (one, other) in [((".log.gz", 5, true), (".log.gz", 9, true)), ((".log", 5, true), (".log", 5, true))] {
            assert!(!of(one).gives_way_to(&of(other)), "{one:?}");
        }
        let in_bucket = Standing::of(&format!("s3://logs/{STEM}.log"), 50, true);
        assert!(!in_bucket.gives_way_to(&Standing::of(&format!("s3://logs/{STEM}.log.gz"), 9, true)));
    }
}
