//! The origin on a real socket, with a library made by hand: segments are opaque to it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test that can't go on fails")]

mod access;
mod cache;
mod common;
mod contract;
#[cfg(feature = "http3")]
mod http3;
mod library;
mod lifecycle;
mod limits;
mod listeners;
mod log;
mod mounts;
mod plain;
mod seals;
mod steering;
mod tls;
mod wire;
