//! placeholder

pub mod web;
