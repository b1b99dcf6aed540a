//! The origin on a real socket, with a library made by hand: segments are opaque to it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on fails")]

mod common;
mod connections;
mod content;
mod mounts;
mod operations;
