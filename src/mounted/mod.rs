//! Services that the program mounts on its origin, and their connections to the packager.

mod ports;
mod reason;
pub(crate) mod studio;
