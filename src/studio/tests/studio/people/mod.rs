//! Accounts.

mod administration;
mod first_start;
mod invitations;
mod sessions;
mod sign_in;
mod tokens;
