//! Accounts.

mod administration;
mod audit;
mod departure;
mod first_start;
mod invitations;
mod limits;
mod mail;
mod oidc;
mod password;
mod second_factor;
mod sessions;
mod sign_in;
mod tokens;
