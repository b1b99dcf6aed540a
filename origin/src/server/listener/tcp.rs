//! TCP listeners.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

/// A TCP listener, the first of its address or one of several.
///
/// The first is bound and listens alone, so that an address in use is an error whoever uses it; then it lets the other
/// threads' and a successor's beside it (SO_REUSEPORT).
pub(crate) fn tcp(address: SocketAddr, shared: bool, backlog: i32) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(backlog)?;
    socket.set_reuse_port(true)?;
    Ok(socket.into())
}
