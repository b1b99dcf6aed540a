//! The studio: people with accounts upload, keep, find, share and watch titles.
//!
//! It is an `axum` router that the program mounts on the origin. It knows neither the origin nor the packager: what it
//! needs of them is in [`ports`], and the program connects them.

mod api;
mod claims;
mod feeds;
pub mod http;
pub mod meters;
pub mod model;
mod pages;
pub mod people;
pub mod playlists;
pub mod ports;
pub mod search;
mod start;
pub mod store;
pub mod titles;
pub mod uploads;

pub use claims::{CLAIMS, Claimed};
pub use ports::Ports;
pub use start::{Studio, StudioError};
