//! Sets of results that were proven together: a revision of the same ones, under the names that they had, is what was
//! proven, and its source need not be decoded again because a text came.

use blake3::Hasher;

use super::Work;
use super::prepare::Prepared;
use crate::library::DiskError;
use crate::pipeline::error::TitleError;
use crate::pipeline::identity::add;
use crate::pipeline::job::Output;
use crate::pipeline::key::Key;
use crate::pipeline::outlook::asked;
use crate::pipeline::results::{Made, Results};
use crate::pipeline::what::What;

/// All that a proof looks at, but manifests, which are checked each time.
pub(super) struct Set {
    /// The result that the set is noted with.
    first: Key,
    /// Digest of the whole set.
    digest: String,
}

impl Work<'_> {
    /// The set of a title's results; `None` where there is nothing to be proven.
    pub(super) fn set(&self, prepared: &Prepared, made: &[(Output, Made)]) -> Result<Option<Set>, TitleError> {
        let plan = &prepared.outlook.plan;
        // Nobody compares a text, or the operator's own poster, with the source.
        let is_compared = |what: &What| match what {
            What::Video(..) | What::Audio(_) => true,
            What::Poster => prepared.poster.is_none(),
            What::Text(_) => false,
        };
        let compared: Vec<&Output> =
            made.iter().map(|(output, _)| output).filter(|output| is_compared(&output.what)).collect();
        let Some(first) = compared.first().map(|output| output.key.clone()) else { return Ok(None) };
        let asked = asked(&self.source.path, &prepared.outlook.encode);
        let mut hasher = Hasher::new();
        add(&mut hasher, &("proven", env!("CARGO_PKG_VERSION"), asked.rate, asked.fields, prepared.poster.is_none()))?;
        for output in compared {
            add(&mut hasher, &(output.key.to_string(), output.what.folder(plan)))?;
        }
        Ok(Some(Set { first, digest: hasher.finalize().to_hex().chars().take(DIGITS).collect() }))
    }
}

impl Set {
    pub(super) fn is_proven(&self, results: &Results) -> bool {
        results.has_mark(&self.first, &self.digest)
    }

    pub(super) fn is_now_proven(&self, results: &Results) -> Result<(), DiskError> {
        results.mark(&self.first, &self.digest)
    }
}

/// 64 bits.
const DIGITS: usize = 16;
