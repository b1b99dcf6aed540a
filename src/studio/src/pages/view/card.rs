//! A title, or a playlist, with its picture.

use super::Badge;
use crate::model::TitleState;
use crate::pages::frame::{Frame, format, initial};
use crate::titles::shown::Shown;

/// A title, or a playlist, with its picture.
#[derive(Debug, Clone)]
pub(crate) struct Card {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) href: String,
    /// Path of its picture.
    pub(crate) poster: Option<String>,
    /// Its length, for people.
    pub(crate) length: Option<String>,
    pub(crate) owner: Option<String>,
    /// When it came, for people.
    pub(crate) when: Option<String>,
    /// Anything else that is told of it.
    pub(crate) more: Option<String>,
    /// Where what was searched for is said.
    pub(crate) said: Vec<Said>,
    pub(crate) badge: Option<Badge>,
    /// What stands where there is no picture.
    pub(crate) icon: &'static str,
    /// True for the one that plays.
    pub(crate) current: bool,
}

/// A text that is said at a time.
#[derive(Debug, Clone)]
pub(crate) struct Said {
    /// Plays from there.
    pub(crate) href: String,
    /// The time, for people.
    pub(crate) at: String,
    pub(crate) text: String,
}

impl Default for Card {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            href: String::new(),
            poster: None,
            length: None,
            owner: None,
            when: None,
            more: None,
            said: Vec::new(),
            badge: None,
            icon: "film",
            current: false,
        }
    }
}

impl Card {
    /// A title among others.
    pub(crate) fn of(title: Shown, page: &Frame) -> Self {
        let badge = (title.state != TitleState::Published).then(|| Badge::state(title.state, page));
        let said = title.spoken.into_iter().map(|said| Said {
            href: format!("/watch/{}?t={}", title.id, said.at.trunc()),
            at: format::length(said.at.trunc()),
            text: said.text,
        });
        Self {
            said: said.collect(),
            href: format!("/watch/{}", title.id),
            id: title.id.to_string(),
            name: title.name,
            poster: title.playback.and_then(|playback| playback.poster),
            length: title.duration.map(format::length),
            owner: title.owner.map(|owner| owner.to_string()),
            when: Some(page.ago(title.published.unwrap_or(title.created))),
            badge,
            ..Self::default()
        }
    }

    pub(crate) fn initial(&self) -> String {
        initial(self.owner.as_deref().unwrap_or_default())
    }
}
