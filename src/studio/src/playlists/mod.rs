//! Playlists: titles in an order that somebody gave them. A playlist never shows a title to whom it would not be shown
//! without it.

mod edit;
mod order;
mod see;

pub use edit::{Edit, create, delete, edit};
pub use order::{add, arrange, remove};
pub use see::{Key, Listed, Shown, one, page};
