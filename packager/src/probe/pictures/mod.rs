//! Facts that only decoded pictures show: fields, telecined film, shapes that change, damage.

pub(in crate::probe) mod damage;
pub mod fields;
pub(in crate::probe) mod look;
mod order;
pub mod telecine;
