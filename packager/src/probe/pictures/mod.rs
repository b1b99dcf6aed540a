//! What only decoded pictures say: fields, telecined film, shapes that change, damage.

pub(in crate::probe) mod damage;
pub mod fields;
pub(in crate::probe) mod look;
mod order;
pub mod telecine;
