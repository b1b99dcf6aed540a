//! The words of the studio and their rules. All of it is pure.

mod id;
mod markdown;
mod name;
mod password;
mod permit;
mod role;
mod scope;
mod secret;
mod state;
pub mod text;
mod time;
mod upload;
mod webvtt;
mod words;

pub use id::{Id, NoRandom};
pub use markdown::html as markdown;
pub use name::{AccountName, NameError};
pub use password::{PasswordError, check as check_password};
pub use permit::{Permit, Subject, Who};
pub use role::{AccountState, Role};
pub use scope::{Scope, Scopes};
pub use secret::{Secret, SecretHash};
pub use state::TitleState;
pub use time::Micros;
pub use upload::UploadState;
pub use webvtt::{Cue, cues};
pub use words::{folded, words};
