//! A title, as the pages that play it show it.

use crate::model::{TitleState, markdown};
use crate::pages::frame::{Frame, format, initial};
use crate::pages::view::Badge;
use crate::titles::shown::Shown as Title;

/// Characters of a description that search engines and messengers are given.
const SUMMARY: usize = 200;

/// A title, as the pages that play it show it.
#[derive(Debug)]
pub(in crate::pages) struct Shown {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) owner: Option<String>,
    pub(in crate::pages) when: Option<String>,
    pub(in crate::pages) length: Option<String>,
    /// Its length in seconds.
    pub(in crate::pages) seconds: Option<f64>,
    pub(in crate::pages) badge: Option<Badge>,
    /// HTML that is safe.
    pub(in crate::pages) description: String,
    /// The start of its description, as plain text.
    pub(in crate::pages) summary: Option<String>,
    pub(in crate::pages) tags: Vec<String>,
    pub(in crate::pages) state: TitleState,
    pub(in crate::pages) reason: Option<String>,
    /// Paths; none until it is published.
    pub(in crate::pages) hls: Option<String>,
    pub(in crate::pages) poster: Option<String>,
    /// When they end (RFC 3339).
    pub(in crate::pages) expires: Option<String>,
    /// True for who may change it.
    pub(in crate::pages) mine: bool,
    /// True for who is offered its source.
    pub(in crate::pages) downloadable: bool,
}

impl Shown {
    /// It, for the person of `page`.
    pub(super) fn of(title: Title, page: &Frame) -> Self {
        let badge = (title.state != TitleState::Published).then(|| Badge::state(title.state, page));
        let summary = title.description.chars().take(SUMMARY).collect::<String>();
        let (hls, poster, expires) = title.playback.map_or((None, None, None), |playback| {
            (Some(playback.hls), playback.poster, playback.expires.map(|time| time.to_string()))
        });
        Self {
            id: title.id.to_string(),
            name: title.name,
            owner: title.owner.map(|owner| owner.to_string()),
            when: Some(page.ago(title.published.unwrap_or(title.created))),
            length: title.duration.map(format::length),
            seconds: title.duration,
            badge,
            description: markdown(&title.description),
            summary: Some(summary).filter(|text| !text.is_empty()),
            tags: title.tags,
            state: title.state,
            reason: Some(title.reason).filter(|reason| !reason.is_empty()),
            hls,
            poster,
            expires,
            mine: title.editable,
            downloadable: title.downloadable,
        }
    }

    pub(in crate::pages) fn initial(&self) -> String {
        initial(self.owner.as_deref().unwrap_or_default())
    }

    pub(in crate::pages) const fn state_icon(&self) -> &'static str {
        match self.state {
            TitleState::Failed => "alert",
            _ => "clock",
        }
    }
}
