//! Accounts: made, signed in and out.

mod passwords;
pub mod sign_in;
pub mod sign_up;

pub use passwords::Passwords;
