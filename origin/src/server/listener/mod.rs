//! Listeners.

mod tcp;

use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::os::unix::fs::FileTypeExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use config::origin::Address;
use socket2::{Domain, Socket as Options};

use crate::connection::socket::Socket;
use tcp::tcp;

/// Connections that wait to be accepted, at most; the system may allow fewer.
const BACKLOG: i32 = 4096;

/// One socket that listens, without blocking.
#[derive(Debug)]
pub(crate) enum Listener {
    Tcp(std::net::TcpListener),
    Unix(UnixListener),
}

/// The purpose of a listener.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Use {
    Cleartext,
    Tls,
    Admin,
}

/// The right to bind an address that is in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sharing {
    No,
    /// Allowed with the pack that this one takes over from, which may hold it for some time yet.
    WithPredecessor,
}

/// All sockets of one address.
#[derive(Debug)]
pub(crate) struct Bound {
    /// Its port is the system's choice where the settings left it open.
    pub(crate) address: Address,
    pub(crate) purpose: Use,
    pub(crate) sockets: Vec<Listener>,
}

impl Bound {
    /// Listens on `address`: with those of the `given` sockets that are bound to it, else on TCP with a socket for each
    /// of `threads`, among which the kernel spreads connections (SO_REUSEPORT), so that a connection stays where it was
    /// accepted, and on a Unix socket with one that all share.
    ///
    /// # Errors
    /// When the address can't be had, or is somebody else's and not to be shared.
    pub(crate) fn new(
        address: &Address,
        purpose: Use,
        threads: usize,
        sharing: Sharing,
        given: &mut Vec<Listener>,
    ) -> io::Result<Self> {
        let ours = |socket: &mut Listener| socket.address().is_ok_and(|bound| bound == *address);
        let sockets: Vec<_> = given.extract_if(.., ours).collect();
        if !sockets.is_empty() {
            return Ok(Self { address: address.clone(), purpose, sockets });
        }
        let wanted = match address {
            Address::Unix(path) => {
                let sockets = vec![Listener::Unix(unix(path, sharing)?)];
                return Ok(Self { address: address.clone(), purpose, sockets });
            }
            Address::Ip(wanted) => *wanted,
        };
        let first = tcp(wanted, sharing == Sharing::WithPredecessor, BACKLOG)?;
        let chosen = first.local_addr()?;
        let others = (1..threads).map(|_| tcp(chosen, true, BACKLOG));
        let sockets = std::iter::once(Ok(first)).chain(others).map(|socket| socket.map(Listener::Tcp));
        Ok(Self { address: chosen.into(), purpose, sockets: sockets.collect::<io::Result<_>>()? })
    }

    /// Deals the sockets out to `threads`: each thread has one at least, and each socket a thread.
    pub(crate) fn deal(&self, threads: usize) -> io::Result<Vec<Vec<Listener>>> {
        let mut hands: Vec<Vec<Listener>> = (0..threads).map(|_| Vec::new()).collect();
        let turns = self.sockets.iter().cycle().take(self.sockets.len().max(threads));
        for (turn, socket) in turns.enumerate() {
            if let Some(hand) = hands.get_mut(turn % threads.max(1)) {
                hand.push(socket.try_clone()?);
            }
        }
        Ok(hands)
    }
}

impl Listener {
    /// A socket that another process has bound and listens on.
    pub(crate) fn given(socket: OwnedFd) -> io::Result<Self> {
        let socket = Options::from(socket);
        socket.set_nonblocking(true)?;
        let unix = socket.domain()? == Domain::UNIX;
        Ok(if unix { Self::Unix(OwnedFd::from(socket).into()) } else { Self::Tcp(socket.into()) })
    }

    pub(crate) fn address(&self) -> io::Result<Address> {
        match self {
            Self::Tcp(listener) => listener.local_addr().map(Address::Ip),
            Self::Unix(listener) => {
                let address = listener.local_addr()?;
                Ok(Address::Unix(address.as_pathname().map(Path::to_owned).unwrap_or_default()))
            }
        }
    }

    pub(crate) fn try_clone(&self) -> io::Result<Self> {
        match self {
            Self::Tcp(listener) => listener.try_clone().map(Self::Tcp),
            Self::Unix(listener) => listener.try_clone().map(Self::Unix),
        }
    }
}

/// A Unix socket at `path`. One that is there already, and that nobody listens at, is replaced in one step, so that there is always one to connect
/// to; who waits in the old one's queue is still accepted by whoever holds that. Nothing but a socket is replaced.
fn unix(path: &Path, sharing: Sharing) -> io::Result<UnixListener> {
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.file_type().is_socket() => {
            return Err(io::Error::new(io::ErrorKind::AlreadyExists, "there is a file that is no socket"));
        }
        Ok(_) if sharing == Sharing::No && UnixStream::connect(path).is_ok() => {
            return Err(io::ErrorKind::AddrInUse.into());
        }
        _ => {}
    }
    let mut new = path.as_os_str().to_owned();
    new.push(format!(".{}", std::process::id()));
    let new = PathBuf::from(new);
    // Left by a process of this number that died right here.
    let _ = std::fs::remove_file(&new);
    let listener = UnixListener::bind(&new)?;
    listener.set_nonblocking(true)?;
    std::fs::rename(&new, path).inspect_err(|_| drop(std::fs::remove_file(&new)))?;
    Ok(listener)
}

impl AsFd for Listener {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Tcp(listener) => listener.as_fd(),
            Self::Unix(listener) => listener.as_fd(),
        }
    }
}

/// A [`Listener`] on a reactor.
#[derive(Debug)]
pub(crate) enum Accepting {
    Tcp(tokio::net::TcpListener),
    Unix(tokio::net::UnixListener),
}

/// A connection and, over TCP, where it comes from.
pub(crate) type Accepted = (Socket, Option<SocketAddr>);

impl Accepting {
    pub(crate) fn new(listener: Listener) -> io::Result<Self> {
        match listener {
            Listener::Tcp(listener) => tokio::net::TcpListener::from_std(listener).map(Self::Tcp),
            Listener::Unix(listener) => tokio::net::UnixListener::from_std(listener).map(Self::Unix),
        }
    }

    pub(crate) async fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                listener.accept().await.map(|(stream, from)| (Socket::tcp(stream), Some(canonical(from))))
            }
            Self::Unix(listener) => listener.accept().await.map(|(stream, _)| (Socket::Unix(stream), None)),
        }
    }

    /// Takes what still waits in the queue, then closes it. A queue that fills as fast as it is emptied has an end too.
    pub(crate) fn rest(self) -> io::Result<Vec<Accepted>> {
        let mut rest = Vec::new();
        let listener = match self {
            Self::Tcp(listener) => Listener::Tcp(listener.into_std()?),
            Self::Unix(listener) => Listener::Unix(listener.into_std()?),
        };
        for _ in 0..BACKLOG {
            match listener.accept() {
                Ok(accepted) => rest.push(accepted),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                Err(error) => return if rest.is_empty() { Err(error) } else { Ok(rest) },
            }
        }
        Ok(rest)
    }
}

impl Listener {
    fn accept(&self) -> io::Result<Accepted> {
        match self {
            Self::Tcp(listener) => {
                let (stream, from) = listener.accept()?;
                stream.set_nonblocking(true)?;
                Ok((Socket::tcp(tokio::net::TcpStream::from_std(stream)?), Some(canonical(from))))
            }
            Self::Unix(listener) => {
                let (stream, _): (UnixStream, _) = listener.accept()?;
                stream.set_nonblocking(true)?;
                Ok((Socket::Unix(tokio::net::UnixStream::from_std(stream)?), None))
            }
        }
    }
}

/// The canonical form of an address: a listener on `[::]` sees clients of IPv4 as `::ffff:192.0.2.1` (RFC 4291
/// §2.5.5.2).
fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn any() -> Address {
        Address::Ip(SocketAddr::from(([127, 0, 0, 1], 0)))
    }

    #[test]
    fn a_given_socket_is_used_for_its_own_address() {
        let given = |address: &Address| Bound::new(address, Use::Cleartext, 1, Sharing::No, &mut Vec::new()).unwrap();
        let (one, other) = (given(&any()), given(&any()));
        let mut sockets = vec![other.sockets[0].try_clone().unwrap(), one.sockets[0].try_clone().unwrap()];
        let bound = Bound::new(&one.address, Use::Cleartext, 4, Sharing::No, &mut sockets).unwrap();
        assert_eq!((bound.sockets.len(), sockets.len()), (1, 1), "one is enough, and the other is left");
        assert_eq!(sockets[0].address().unwrap(), other.address);
    }

    #[test]
    fn each_thread_has_a_socket_and_each_socket_a_thread() {
        for (sockets, threads, counts) in [
            (1, 1, vec![1]),
            (1, 3, vec![1, 1, 1]),
            (3, 3, vec![1, 1, 1]),
            (5, 3, vec![2, 2, 1]),
            (2, 3, vec![1, 1, 1]),
        ] {
            let bound = Bound::new(&any(), Use::Cleartext, sockets, Sharing::No, &mut Vec::new()).unwrap();
            assert_eq!(bound.sockets.len(), sockets);
            let dealt: Vec<usize> = bound.deal(threads).unwrap().iter().map(Vec::len).collect();
            assert_eq!(dealt, counts, "{sockets} among {threads}");
        }
    }

    #[test]
    fn a_stale_socket_is_replaced_and_another_file_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("origin.sock");
        let address = Address::Unix(path.clone());
        drop(UnixListener::bind(&path).unwrap());
        assert!(UnixStream::connect(&path).is_err(), "nobody listens at what is left");
        let bound = Bound::new(&address, Use::Cleartext, 4, Sharing::No, &mut Vec::new()).unwrap();
        UnixStream::connect(&path).unwrap();
        drop(bound);
        std::fs::remove_file(&path).unwrap();
        std::fs::write(&path, "precious").unwrap();
        let error = Bound::new(&address, Use::Cleartext, 1, Sharing::No, &mut Vec::new()).unwrap_err();
        assert!(error.to_string().contains("no socket"), "{error}");
        assert_eq!(std::fs::read(&path).unwrap(), b"precious");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
