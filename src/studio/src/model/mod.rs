//! The words of the studio and their rules. All of it is pure.

mod id;
mod name;
mod password;
mod role;
mod scope;
mod secret;
mod state;
mod time;

pub use id::{Id, NoRandom};
pub use name::{AccountName, NameError};
pub use password::{PasswordError, check as check_password};
pub use role::{AccountState, Role};
pub use scope::{Scope, Scopes};
pub use secret::{Secret, SecretHash};
pub use state::TitleState;
pub use time::Micros;
