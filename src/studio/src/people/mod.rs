//! Accounts: made, signed in and out, managed and deleted. What is done here is the same for pages and for the API.

pub mod address;
pub mod admin;
pub mod departure;
pub mod entry;
pub mod invitations;
pub mod mail;
pub mod oidc;
pub mod tokens;
pub mod trail;

pub use entry::passwords::Passwords;
