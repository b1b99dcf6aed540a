//! Tools of loading and measuring.

use crate::fetch::Store;
use crate::report::progress::Progress;

/// Where bytes come from, how many requests are under way at the same time, and who is told.
#[derive(Clone, Copy)]
pub(crate) struct Tools<'a> {
    pub(crate) store: &'a dyn Store,
    pub(crate) threads: usize,
    pub(crate) progress: &'a dyn Progress,
}
