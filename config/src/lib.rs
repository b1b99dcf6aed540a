//! Everything that the parts of `pack` share: the settings, the names and types of the published tree, its seals, and
//! access to its titles.
//!
//! The packager writes the tree, the origin reads it, and neither knows the other; this crate is all they share.

pub mod access;
pub mod caller;
#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod hooks;
pub mod origin;
pub mod seal;
pub mod settings;
pub mod title;
pub mod tree;
