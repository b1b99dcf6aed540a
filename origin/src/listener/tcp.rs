//! Sockets that TCP connections are accepted from.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use super::BACKLOG;

/// A TCP listener that shares its address with the other threads', and for a hand-over with another process's.
pub(crate) fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    if address.ip().to_canonical().is_loopback() {
        choose_reno(&socket);
    }
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Has all connections of `socket` be paced by reno, which each Linux has and everybody may choose.
///
/// Between processes of one machine no link is the narrowest, whose rate were to be found, as bbr does with a timer for
/// each packet. Measured where that is the system's choice, 1 MB in memory cost half as much with reno for 64 connections,
/// and a tenth less for 2,000. What was accepted with bbr keeps its timers, whatever it is told then.
fn choose_reno(socket: &Socket) {
    // Without, it serves as well, only dearer.
    let _ = socket.set_tcp_congestion(b"reno");
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;

    use socket2::SockRef;

    use super::*;

    /// What paces a connection that `listener` accepts.
    fn paced_by(listener: &TcpListener) -> String {
        listener.set_nonblocking(false).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let name = SockRef::from(&listener.accept().unwrap().0).tcp_congestion().unwrap();
        String::from_utf8(name).unwrap().trim_end_matches('\0').to_owned()
    }

    #[test]
    fn connections_within_a_machine_have_reno_and_others_what_the_system_chose() {
        let system = paced_by(&TcpListener::bind("127.0.0.1:0").unwrap());
        for (address, expected) in [("127.0.0.1:0", "reno"), ("[::1]:0", "reno"), ("0.0.0.0:0", &system)] {
            assert_eq!(paced_by(&tcp(address.parse().unwrap()).unwrap()), expected, "{address}");
        }
    }
}
