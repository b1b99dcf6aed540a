//! The tables of people: their accounts, what lets them in, and what they leave behind.

pub mod accounts;
pub mod audit;
pub mod departures;
pub mod export;
pub mod factors;
pub mod groups;
pub mod identities;
pub mod invitations;
pub mod outbox;
pub mod roster;
pub mod sessions;
pub mod tokens;
