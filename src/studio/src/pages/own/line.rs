//! A title of one's own in a list.

use crate::pages::frame::{Frame, format};
use crate::pages::view::Badge;
use crate::titles::shown::Shown;

/// A title of one's own in a list.
#[derive(Debug)]
pub(in crate::pages) struct Line {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) poster: Option<String>,
    pub(in crate::pages) length: Option<String>,
    pub(in crate::pages) state: &'static str,
    pub(in crate::pages) badge: Badge,
    pub(in crate::pages) reason: Option<String>,
    pub(in crate::pages) visibility: &'static str,
    pub(in crate::pages) when: String,
}

impl Line {
    pub(in crate::pages) fn of(title: Shown, page: &Frame) -> Self {
        Self {
            id: title.id.to_string(),
            name: title.name,
            poster: title.playback.and_then(|playback| playback.poster),
            length: title.duration.map(format::length),
            state: title.state.name(),
            badge: Badge::state(title.state, page),
            reason: Some(title.reason).filter(|reason| !reason.is_empty()),
            visibility: title.visibility.name(),
            when: page.ago(title.created),
        }
    }
}
