//! What is heard of the source and of renditions, and what is told of it.

mod ear;
mod heard;
mod judge;
