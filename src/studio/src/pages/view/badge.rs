//! A word with a colour.

use crate::model::TitleState;
use crate::pages::frame::Frame;

/// A word with a colour: the state of a title, of an account.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Badge {
    /// Its class: `good`, `warn`, `bad`, `busy`, or none.
    pub(crate) kind: &'static str,
    pub(crate) text: String,
}

impl Badge {
    /// The state of a title.
    pub(crate) fn state(state: TitleState, page: &Frame) -> Self {
        let kind = match state {
            TitleState::Received | TitleState::Waiting => "",
            TitleState::Probing | TitleState::Encoding | TitleState::Proving => "busy",
            TitleState::Published => "good",
            TitleState::Failed => "bad",
        };
        Self { kind, text: page.t_of("state", state.name()) }
    }
}
