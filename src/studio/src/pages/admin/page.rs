//! The page of all places of the administration.

use askama::Template;

use super::trail::TrailLine;
use crate::pages::frame::Frame;
use crate::pages::own::line::Line;
use crate::pages::view::Badge;

/// The places, with their icons.
pub(in crate::pages) const PLACES: [(&str, &str); 5] =
    [("overview", "chart"), ("accounts", "person"), ("queue", "list"), ("trail", "clock"), ("settings", "gear")];

/// One place of the administration.
#[derive(Debug, Template)]
#[template(path = "admin/admin.html")]
pub(in crate::pages) struct AdminPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) places: &'static [(&'static str, &'static str)],
    pub(in crate::pages) open: &'static str,
    pub(in crate::pages) wrong: Option<String>,
    pub(in crate::pages) figures: Vec<Figure>,
    pub(in crate::pages) q: String,
    pub(in crate::pages) accounts: Vec<AccountLine>,
    pub(in crate::pages) more: Option<String>,
    /// True where people can be invited.
    pub(in crate::pages) invites: bool,
    /// The link of an invitation that was just made.
    pub(in crate::pages) invitation: Option<String>,
    pub(in crate::pages) working: Vec<Line>,
    pub(in crate::pages) failed: Vec<Line>,
    pub(in crate::pages) trail: Vec<TrailLine>,
    pub(in crate::pages) settings: Vec<(&'static str, String)>,
}

/// A number with its name.
#[derive(Debug)]
pub(in crate::pages) struct Figure {
    pub(in crate::pages) key: &'static str,
    pub(in crate::pages) value: String,
}

/// An account.
#[derive(Debug)]
pub(in crate::pages) struct AccountLine {
    pub(in crate::pages) name: String,
    pub(in crate::pages) role: &'static str,
    pub(in crate::pages) since: String,
    pub(in crate::pages) used: String,
    pub(in crate::pages) badge: Option<Badge>,
    /// True for who can't sign in.
    pub(in crate::pages) shut_out: bool,
    pub(in crate::pages) me: bool,
}

impl AdminPage {
    /// A place without its own part.
    pub(super) const fn of(page: Frame, open: &'static str) -> Self {
        Self {
            page,
            places: &PLACES,
            open,
            wrong: None,
            figures: Vec::new(),
            q: String::new(),
            accounts: Vec::new(),
            more: None,
            invites: false,
            invitation: None,
            working: Vec::new(),
            failed: Vec::new(),
            trail: Vec::new(),
            settings: Vec::new(),
        }
    }
}
