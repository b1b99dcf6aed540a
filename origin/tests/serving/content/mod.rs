//! What is served of the library, and to whom.

mod access;
mod cache;
mod contract;
mod library;
mod seals;
mod steering;
