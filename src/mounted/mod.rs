//! Services that the program mounts on its origin, and their connections to the packager.

mod ports;
pub(crate) mod studio;
