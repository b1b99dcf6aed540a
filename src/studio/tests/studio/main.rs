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
mod audience;
mod crawl;
mod every_route;
mod feeds;
mod hostile;
mod idempotency;
mod links;
mod pages;
mod people;
mod permits;
mod playlists;
mod search;
mod states;
mod title_files;
mod titles;
mod uploads;
