//! The texts of mails.

use std::str::FromStr;

/// The kind of a mail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A link to another password, for whoever has the address that it goes to.
    Reset,
    /// An invitation; about its id.
    Invitation,
    /// A link that confirms the address that it goes to; about the account's id.
    Confirm,
    /// To the address before: the account has another now; about the account's name.
    Moved,
    /// The password was changed; about the account's name.
    Password,
    /// The second factor was set up, changed or taken off; about the account's name.
    Factor,
}

/// A mail's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Letter {
    pub(super) subject: String,
    pub(super) text: String,
}

impl Kind {
    const ALL: [Self; 6] = [Self::Reset, Self::Invitation, Self::Confirm, Self::Moved, Self::Password, Self::Factor];

    /// Its name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Reset => "reset",
            Self::Invitation => "invitation",
            Self::Confirm => "confirm",
            Self::Moved => "moved",
            Self::Password => "password",
            Self::Factor => "factor",
        }
    }
}

impl FromStr for Kind {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.into_iter().find(|kind| kind.name() == text).ok_or(())
    }
}

/// The words of a mail of this kind about `who`, with its link where it has one, from the site at `address`.
pub(super) fn write(kind: Kind, who: &str, link: &str, address: &str) -> Letter {
    let ask = format!("If it was not you, sign in at {address}, change your password and end all other sessions.");
    let (subject, text) = match kind {
        Kind::Reset => (
            "Another password".into(),
            format!(
                "Somebody, probably you, asked for another password of the account {who} at {address}.\n\n\
                 This link lets you choose one. It works once, within 30 minutes:\n\n{link}\n\n\
                 If it was not you, do nothing: your password stays as it is."
            ),
        ),
        Kind::Invitation => (
            format!("An invitation from {who}"),
            format!(
                "{who} invites you to {address}.\n\n\
                 This link lets you make an account. It works once, within a week:\n\n{link}"
            ),
        ),
        Kind::Confirm => (
            "Is this your address?".into(),
            format!(
                "The account {who} at {address} is to have this mail address.\n\n\
                 This link confirms that it is yours. It works once, within a day:\n\n{link}\n\n\
                 If you know nothing of it, do nothing."
            ),
        ),
        Kind::Moved => (
            "Your account has another address".into(),
            format!("The account {who} at {address} has another mail address now, and no longer this one.\n\n{ask}"),
        ),
        Kind::Password => (
            "Your password was changed".into(),
            format!("The password of the account {who} at {address} was changed.\n\n{ask}"),
        ),
        Kind::Factor => (
            "Your second factor was changed".into(),
            format!("The second factor of the account {who} at {address} was set up, changed or taken off.\n\n{ask}"),
        ),
    };
    Letter { subject, text: format!("{text}\n") }
}
