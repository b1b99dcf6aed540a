//! What loading and measuring work with.

use super::fetch::Store;
use super::progress::Progress;

/// Where bytes come from, how many requests are under way at the same time, and who is told.
#[derive(Clone, Copy)]
pub(super) struct Tools<'a> {
    pub(super) store: &'a dyn Store,
    pub(super) threads: usize,
    pub(super) progress: &'a dyn Progress,
}
