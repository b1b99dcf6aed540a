//! Ways into an account.

pub(in crate::people) mod first_start;
pub(in crate::people) mod password;
pub(in crate::people) mod second_factor;
pub(in crate::people) mod sessions;
pub(in crate::people) mod sign_in;
pub(in crate::people) mod sign_in_link;
mod timing;
