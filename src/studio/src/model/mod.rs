//! The words of the studio and their rules. All of it is pure.

mod id;
mod name;
mod permit;
mod secret;
mod state;
pub mod text;
mod time;
mod track;
mod upload;

pub use id::{Id, NoRandom};
pub use name::{AccountName, NameError};
pub use permit::role::{AccountState, Role};
pub use permit::scope::{Scope, Scopes};
pub use permit::{Permit, Subject, Who};
pub use secret::password::{PasswordError, check as check_password};
pub use secret::{Secret, SecretHash};
pub use state::TitleState;
pub use text::markdown::html as markdown;
pub use text::webvtt::{Cue, cues};
pub use text::words::{folded, words};
pub use time::Micros;
pub use track::{Purpose, Track, TrackError, TrackKind, sound};
pub use upload::UploadState;
