//! Ways into an account: signing up and in, passwords, the second factor.

pub mod password;
pub(super) mod passwords;
pub mod proof;
pub mod reset;
pub mod second_factor;
pub mod sign_in;
pub mod sign_in_link;
pub mod sign_up;
pub mod welcome;
