//! The page of all places of the settings.

use askama::Template;

use crate::http::App;
use crate::http::caller::signed_in::SignedIn;
use crate::pages::frame::{Frame, initial};
use crate::pages::own::room::Room;

/// The places, with their icons.
pub(in crate::pages) const PLACES: [(&str, &str); 7] = [
    ("profile", "person"),
    ("password", "lock"),
    ("second-factor", "shield"),
    ("sessions", "screens"),
    ("groups", "people"),
    ("tokens", "key"),
    ("data", "download"),
];

/// One place of the settings.
#[derive(Debug, Template)]
#[template(path = "settings/settings.html")]
pub(in crate::pages) struct SettingsPage {
    pub(in crate::pages) page: Frame,
    pub(in crate::pages) places: &'static [(&'static str, &'static str)],
    pub(in crate::pages) open: &'static str,
    pub(in crate::pages) wrong: Option<String>,
    pub(in crate::pages) me: Me,
    pub(in crate::pages) factor: Factor,
    pub(in crate::pages) sessions: Vec<SessionLine>,
    pub(in crate::pages) groups: Vec<GroupLine>,
    pub(in crate::pages) tokens: Vec<TokenLine>,
    pub(in crate::pages) scopes: Vec<&'static str>,
    /// A token that was just made.
    pub(in crate::pages) made_token: Option<String>,
}

/// One's own account.
#[derive(Debug)]
pub(in crate::pages) struct Me {
    pub(in crate::pages) name: String,
    pub(in crate::pages) role: &'static str,
    pub(in crate::pages) email: String,
    /// The room that one's titles take, for people.
    pub(in crate::pages) room: String,
}

/// The second factor.
#[derive(Debug, Default)]
pub(in crate::pages) struct Factor {
    pub(in crate::pages) on: bool,
    /// While it is set up: its secret, and that as a picture.
    pub(in crate::pages) secret: Option<String>,
    pub(in crate::pages) qr: Option<String>,
    /// Once: the codes for when the device is lost.
    pub(in crate::pages) recovery: Vec<String>,
}

/// A browser that is signed in.
#[derive(Debug)]
pub(in crate::pages) struct SessionLine {
    pub(in crate::pages) id: String,
    pub(in crate::pages) agent: String,
    pub(in crate::pages) seen: String,
    pub(in crate::pages) made: String,
    pub(in crate::pages) current: bool,
}

/// A group of people.
#[derive(Debug)]
pub(in crate::pages) struct GroupLine {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    /// How many are in it, for people.
    pub(in crate::pages) size: String,
    /// Names of accounts, joined by commas.
    pub(in crate::pages) members: String,
}

/// A program that is signed in.
#[derive(Debug)]
pub(in crate::pages) struct TokenLine {
    pub(in crate::pages) id: String,
    pub(in crate::pages) name: String,
    pub(in crate::pages) scopes: String,
    pub(in crate::pages) made: String,
}

impl SettingsPage {
    /// A place without its own part.
    pub(super) fn of(app: &App, page: Frame, signed_in: &SignedIn, open: &'static str) -> Self {
        let account = &signed_in.account;
        let me = Me {
            name: account.name.to_string(),
            role: account.role.name(),
            email: account.email.clone().unwrap_or_default(),
            room: Room::of(app, account).text(&page),
        };
        Self {
            page,
            places: &PLACES,
            open,
            wrong: None,
            me,
            factor: Factor::default(),
            sessions: Vec::new(),
            groups: Vec::new(),
            tokens: Vec::new(),
            scopes: Vec::new(),
            made_token: None,
        }
    }
}

impl Me {
    fn initial(&self) -> String {
        initial(&self.name)
    }
}
