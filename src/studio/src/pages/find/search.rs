//! `/search`.

use askama::Template;

use crate::pages::frame::Frame;
use crate::pages::view::{Card, Empty};

/// The search, with what it found.
#[derive(Debug, Template)]
#[template(path = "find/search.html")]
pub(in crate::pages) struct SearchPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) sort: String,
    pub(in crate::pages) results: Vec<Card>,
    pub(in crate::pages) more: Option<String>,
    pub(in crate::pages) empty: Empty,
}
