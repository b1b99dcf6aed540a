//! Sockets that TCP connections are accepted from, and what all of those have from them.

use std::io;
use std::net::{SocketAddr, TcpListener};

use socket2::{Domain, Protocol, Socket, Type};

use super::BACKLOG;

/// Bytes that the kernel may have for a client of which nothing is known, beyond what is on its way.
const UNPROVEN: u32 = 128 << 10;

/// A TCP listener that shares its address with the other threads', and for a hand-over with another process's.
pub(crate) fn tcp(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    prepare(&socket);
    if address.ip().to_canonical().is_loopback() {
        choose_reno(&socket);
    }
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// Its connections send what is written at once: answers go out whole, so there is nothing to gather. What a client
/// doesn't take is left where it lies, rather than given to the kernel: a thousand that read nothing would otherwise have
/// it hold megabytes for each, and drop everybody's packets when it has no more (tcp(7), `tcp_mem`).
pub(super) fn prepare(socket: &Socket) {
    // All systems that have TCP can do both; without, they serve as well, only dearer.
    let _ = socket.set_tcp_nodelay(true);
    let _ = socket.set_tcp_notsent_lowat(UNPROVEN);
}

/// Between processes of one machine no link is the narrowest, whose rate were to be found, as bbr does with a timer for
/// each packet. Measured where that is the system's choice, 1 MB cost half as much with reno, which each Linux has.
/// It must be chosen here: what was accepted with bbr keeps its timers, whatever it is told then.
fn choose_reno(socket: &Socket) {
    let _ = socket.set_tcp_congestion(b"reno");
}

#[cfg(test)]
mod tests {
    use std::net::TcpStream;
    use std::os::fd::OwnedFd;

    use socket2::SockRef;

    use super::*;
    use crate::listener::Listener;

    /// Whether a connection that `listener` accepts sends at once, what may lie unsent for it, and what it is paced by.
    fn accepted(listener: &TcpListener) -> (bool, u32, String) {
        listener.set_nonblocking(false).unwrap();
        let _client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let stream = listener.accept().unwrap().0;
        let socket = SockRef::from(&stream);
        let paced_by = String::from_utf8(socket.tcp_congestion().unwrap()).unwrap();
        let paced_by = paced_by.trim_end_matches('\0').to_owned();
        (socket.tcp_nodelay().unwrap(), socket.tcp_notsent_lowat().unwrap(), paced_by)
    }

    #[test]
    fn connections_have_what_their_listener_has() {
        let system = accepted(&TcpListener::bind("127.0.0.1:0").unwrap()).2;
        for (address, paced_by) in [("127.0.0.1:0", "reno"), ("[::1]:0", "reno"), ("0.0.0.0:0", &system)] {
            let listener = tcp(address.parse().unwrap()).unwrap();
            assert_eq!(accepted(&listener), (true, UNPROVEN, paced_by.to_owned()), "{address}");
        }
    }

    #[test]
    fn who_gives_a_listener_chooses_what_paces_it() {
        let given = TcpListener::bind("127.0.0.1:0").unwrap();
        let system = accepted(&given).2;
        let Listener::Tcp(listener) = Listener::given(OwnedFd::from(given)).unwrap() else {
            panic!("it is a TCP socket");
        };
        assert_eq!(accepted(&listener), (true, UNPROVEN, system));
    }
}
