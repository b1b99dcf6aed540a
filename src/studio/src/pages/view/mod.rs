//! Titles as pages show them.

mod badge;
pub(super) mod card;
mod empty;
mod more;

pub(crate) use badge::Badge;
pub(crate) use card::Card;
pub(crate) use empty::Empty;
pub(crate) use more::more;
