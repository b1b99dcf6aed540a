//! Handing listening sockets from one process to the next, so that no connection is refused or lost on the way.
//!
//! Closing a socket resets the connections that wait in its queue, also where another process listens on the same
//! address (SO_REUSEPORT). So the successor gets the very sockets, with all that waits in them: from systemd, which keeps
//! them while services come and go (sd_listen_fds(3)), or from its predecessor, which offers them at a Unix socket named
//! after its admin address in the kernel's abstract namespace (unix(7)): there is no file to be left behind. The
//! predecessor goes on until the successor says that it serves.

use std::io::{self, IoSlice, IoSliceMut, Read as _, Write as _};
use std::mem::MaybeUninit;
use std::net::SocketAddr;
use std::os::fd::{AsFd, OwnedFd};
use std::os::linux::net::SocketAddrExt as _;
use std::os::unix::net::{self, UnixListener, UnixStream};
use std::time::Duration;

use listenfd::ListenFd;
use rustix::io::retry_on_intr;
use rustix::net::{
    RecvAncillaryBuffer, RecvAncillaryMessage, RecvFlags, SendAncillaryBuffer, SendAncillaryMessage, SendFlags,
    recvmsg, sendmsg, sockopt,
};
use rustix::process::geteuid;

use super::listener::Listener;

/// Sent with each socket.
const SOCKET: u8 = b'+';
/// Sent after the last socket.
const NO_MORE: u8 = b'.';
/// Sent by the successor when it serves.
const SERVING: u8 = b'!';
/// The time that either waits for the other's next word. A successor may look at a large library before it serves.
const WORD_TIMEOUT: Duration = Duration::from_secs(60);

/// The sockets that systemd passes; none where it started no service of ours.
pub(crate) fn from_systemd() -> io::Result<Vec<Listener>> {
    let mut passed = ListenFd::from_env();
    let mut sockets = Vec::new();
    for index in 0..passed.len() {
        // Sockets that were passed would be open in every ffmpeg too; copies are not.
        if let Ok(Some(socket)) = passed.take_unix_listener(index) {
            sockets.push(Listener::given(OwnedFd::from(socket).try_clone()?)?);
        } else if let Some(socket) = passed.take_tcp_listener(index)? {
            sockets.push(Listener::given(OwnedFd::from(socket).try_clone()?)?);
        }
    }
    Ok(sockets)
}

/// Sockets taken over from a predecessor, which ends when it is told that its successor serves, and goes on if that
/// never comes.
#[derive(Debug)]
pub(crate) struct Takeover {
    pub(crate) sockets: Vec<Listener>,
    predecessor: UnixStream,
}

/// Takes the sockets of the origin whose admin address this is; `None` when there is none.
pub(crate) fn take(admin: SocketAddr) -> io::Result<Option<Takeover>> {
    let predecessor = match UnixStream::connect_addr(&name(admin)?) {
        Ok(stream) => stream,
        Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
            tracing::info!("there is no pack with the admin address {admin} to take over from");
            return Ok(None);
        }
        Err(error) => return Err(error),
    };
    trust(&predecessor)?;
    predecessor.set_read_timeout(Some(WORD_TIMEOUT))?;
    let mut sockets = Vec::new();
    while let Some(socket) = receive(&predecessor)? {
        sockets.push(Listener::given(socket)?);
    }
    Ok(Some(Takeover { sockets, predecessor }))
}

impl Takeover {
    /// Tells the predecessor that it may end, and waits until it offers its sockets no more: then we can.
    pub(crate) fn serving(mut self) {
        const ANSWER_TIME: Duration = Duration::from_secs(5);
        let told = self.predecessor.set_read_timeout(Some(ANSWER_TIME));
        let told = told.and_then(|()| self.predecessor.write_all(&[SERVING]));
        if let Err(error) = told.and_then(|()| self.predecessor.read(&mut [0])) {
            tracing::warn!("the pack that this one took over from does not answer: {error}");
        }
    }
}

/// Listens for a successor, under a name made of the admin address.
pub(crate) fn offer(admin: SocketAddr) -> io::Result<UnixListener> {
    let listener = UnixListener::bind_addr(&name(admin)?)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Sends `sockets` to a successor, and waits until it serves. The stream returned is to be dropped after [`offer`]'s
/// listener; `None` when the successor ended before.
pub(crate) fn give(mut successor: UnixStream, sockets: &[Listener]) -> io::Result<Option<UnixStream>> {
    trust(&successor)?;
    successor.set_nonblocking(false)?;
    successor.set_read_timeout(Some(WORD_TIMEOUT))?;
    successor.set_write_timeout(Some(WORD_TIMEOUT))?;
    for socket in sockets {
        send(&successor, socket)?;
    }
    successor.write_all(&[NO_MORE])?;
    let mut word = [0];
    match successor.read_exact(&mut word) {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        read => read.map(|()| (word == [SERVING]).then_some(successor)),
    }
}

fn name(admin: SocketAddr) -> io::Result<net::SocketAddr> {
    net::SocketAddr::from_abstract_name(format!("pack-origin/{admin}"))
}

/// Anybody on this machine may connect to an abstract name, or take it first.
fn trust(stream: &UnixStream) -> io::Result<()> {
    let peer = sockopt::socket_peercred(stream)?.uid;
    if peer == geteuid() || peer.is_root() {
        return Ok(());
    }
    let who = format!("the process at the other end of the hand-over belongs to user {}", peer.as_raw());
    Err(io::Error::new(io::ErrorKind::PermissionDenied, who))
}

fn send(to: &UnixStream, socket: &Listener) -> io::Result<()> {
    let sockets = [socket.as_fd()];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = SendAncillaryBuffer::new(&mut space);
    rights.push(SendAncillaryMessage::ScmRights(&sockets));
    retry_on_intr(|| sendmsg(to, &[IoSlice::new(&[SOCKET])], &mut rights, SendFlags::NOSIGNAL))?;
    Ok(())
}

/// The next socket; `None` behind the last.
fn receive(from: &UnixStream) -> io::Result<Option<OwnedFd>> {
    let mut word = [0];
    let mut space = [MaybeUninit::uninit(); rustix::cmsg_space!(ScmRights(1))];
    let mut rights = RecvAncillaryBuffer::new(&mut space);
    retry_on_intr(|| recvmsg(from, &mut [IoSliceMut::new(&mut word)], &mut rights, RecvFlags::CMSG_CLOEXEC))?;
    let mut sockets = rights.drain().filter_map(|message| match message {
        RecvAncillaryMessage::ScmRights(sockets) => Some(sockets),
        _ => None,
    });
    match (word, sockets.next().and_then(|mut sockets| sockets.next())) {
        ([SOCKET], Some(socket)) => Ok(Some(socket)),
        ([NO_MORE], None) => Ok(None),
        _ => Err(io::Error::new(io::ErrorKind::InvalidData, "the predecessor broke off the hand-over")),
    }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;

    /// An admin address of this test's own, which is never listened on.
    fn admin() -> SocketAddr {
        TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
    }

    fn sockets(number: usize) -> Vec<Listener> {
        (0..number).map(|_| Listener::Tcp(TcpListener::bind("127.0.0.1:0").unwrap())).collect()
    }

    fn offered(admin: SocketAddr, sockets: Vec<Listener>) -> std::thread::JoinHandle<io::Result<Option<UnixStream>>> {
        let offer = offer(admin).unwrap();
        offer.set_nonblocking(false).unwrap();
        std::thread::spawn(move || give(offer.accept().unwrap().0, &sockets))
    }

    #[test]
    fn the_very_sockets_are_handed_over_however_many() {
        assert!(take(admin()).unwrap().is_none(), "there is no predecessor");
        let (admin, sockets) = (admin(), sockets(300));
        let addresses: Vec<_> = sockets.iter().map(|socket| socket.address().unwrap()).collect();
        let config::origin::Address::Ip(first) = addresses[0] else { unreachable!("TCP") };
        let waiting = std::net::TcpStream::connect(first).unwrap();
        let given = offered(admin, sockets);
        let taken = take(admin).unwrap().unwrap();
        let got: Vec<_> = taken.sockets.iter().map(|socket| socket.address().unwrap()).collect();
        assert_eq!(got, addresses);
        let Listener::Tcp(listener) = taken.sockets[0].try_clone().unwrap() else { unreachable!("TCP") };
        let offering = std::thread::spawn(move || {
            taken.serving();
            offer(admin).is_ok()
        });
        let served = given.join().unwrap().unwrap();
        assert!(served.is_some() && !offering.is_finished(), "the successor serves, and waits to offer in its turn");
        drop(served);
        assert!(offering.join().unwrap());
        assert_eq!(listener.accept().unwrap().1, waiting.local_addr().unwrap());
    }

    #[test]
    fn a_predecessor_goes_on_whose_successor_fails() {
        let admin = admin();
        let given = offered(admin, sockets(2));
        drop(take(admin).unwrap().unwrap());
        assert!(given.join().unwrap().unwrap().is_none());
    }
}
