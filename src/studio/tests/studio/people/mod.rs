//! Accounts.

mod administration;
mod audit;
mod departure;
mod entry;
mod invitations;
mod limits;
mod mail;
mod oidc;
mod tokens;
