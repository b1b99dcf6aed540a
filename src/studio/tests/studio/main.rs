//! The studio by its router, with both databases.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test stops at what is wrong"
)]

#[macro_use]
mod support;

mod archive;
mod feeds;
mod pages;
mod people;
mod playlists;
mod search;
mod shut;
mod titles;
mod trouble;
mod uploads;
