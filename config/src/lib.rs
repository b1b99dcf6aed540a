//! What every part of `pack` agrees on: the settings, the names and types of the published tree, and its seals.
//!
//! The packager writes the tree, the origin reads it, and neither knows the other; this crate is all they share.

#[cfg(any(test, feature = "fuzzing"))]
#[doc(hidden)]
pub mod fuzzing;
pub mod origin;
pub mod seal;
pub mod settings;
pub mod title;
pub mod tree;
