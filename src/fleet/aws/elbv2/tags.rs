//! Tags of many resources: twenty in a request, and one that is gone makes the whole request fail.

use std::collections::VecDeque;

use crate::base::aws::Refusal;

/// What `DescribeTags` takes at most.
/// <https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html>
pub(super) const AT_ONCE: usize = 20;

/// The requests that are still to be made: halves of those in which something is gone, until it is alone.
#[derive(Debug)]
pub(super) struct Batches(VecDeque<Vec<String>>);

impl Batches {
    pub(super) fn of(arns: &[String]) -> Self {
        Self(arns.chunks(AT_ONCE).map(<[String]>::to_vec).collect())
    }

    pub(super) fn next(&mut self) -> Option<Vec<String>> {
        self.0.pop_front()
    }

    /// Takes note of a refusal: an error, unless something in the batch is gone.
    pub(super) fn refused(&mut self, batch: &[String], refusal: Refusal) -> Result<(), Refusal> {
        match (refusal, batch.len()) {
            (Refusal::NotFound(_), 0..=1) => Ok(()),
            (Refusal::NotFound(_), several) => {
                let (first, second) = batch.split_at(several / 2);
                self.0.push_front(second.to_vec());
                self.0.push_front(first.to_vec());
                Ok(())
            }
            (refusal, _) => Err(refusal),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is found of so many when some are gone, and in how many requests.
    fn asked(all: usize, gone: &[usize]) -> (usize, usize) {
        let arns: Vec<String> = (0..all).map(|number| number.to_string()).collect();
        let gone: Vec<String> = gone.iter().map(ToString::to_string).collect();
        let mut batches = Batches::of(&arns);
        let (mut found, mut requests) = (0, 0);
        while let Some(batch) = batches.next() {
            assert!(!batch.is_empty() && batch.len() <= AT_ONCE);
            requests += 1;
            if batch.iter().any(|arn| gone.contains(arn)) {
                batches.refused(&batch, Refusal::NotFound(String::new())).unwrap();
            } else {
                found += batch.len();
            }
        }
        (found, requests)
    }

    #[test]
    fn what_is_gone_is_found_by_halves() {
        assert_eq!(asked(0, &[]), (0, 0));
        assert_eq!(asked(45, &[]), (45, 3));
        assert_eq!(asked(20, &[3]), (19, 11));
        assert_eq!(asked(2, &[0, 1]), (0, 3));
    }

    #[test]
    fn any_other_refusal_is_an_error() {
        let mut batches = Batches::of(&["a".to_owned()]);
        let throttled = Refusal::Throttled(String::new());
        assert_eq!(batches.refused(&["a".to_owned()], throttled.clone()), Err(throttled));
    }
}
