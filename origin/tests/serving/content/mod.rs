//! The library as it is served, and to whom.

mod access;
mod cache;
mod contract;
mod library;
mod seals;
mod steering;
