//! Connections: where they come from, what they speak, and what each may cost.

#[cfg(feature = "http3")]
mod http3;
mod limits;
mod listeners;
mod plain;
pub(crate) mod tls;
mod wire;
