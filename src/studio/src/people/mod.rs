//! Accounts: made, signed in and out, managed and deleted. What is done here is the same for pages and for the API.

pub mod address;
pub mod admin;
pub mod departure;
pub mod invitations;
pub mod mail;
pub mod oidc;
pub mod password;
mod passwords;
pub mod proof;
pub mod reset;
pub mod second_factor;
pub mod sign_in;
pub mod sign_up;
pub mod tokens;
pub mod trail;
pub mod welcome;

pub use passwords::Passwords;
