//! System calls, by seccomp (`seccomp(2)`): what no decoder or encoder needs and much harm is done with.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{BpfProgram, Error, SeccompAction, SeccompFilter, apply_filter};

/// What is told where the kernel has no part of it.
pub(super) const NAME: &str = "seccomp";

/// Sockets of any kind; a ring that opens sockets itself; other processes' memory and files; the kernel's own.
const REFUSED: [libc::c_long; 19] = [
    libc::SYS_socket,
    libc::SYS_io_uring_setup,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_pidfd_getfd,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_add_key,
    libc::SYS_keyctl,
    libc::SYS_request_key,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_chroot,
    libc::SYS_unshare,
    libc::SYS_setns,
];

/// Refuses them to this thread and all that it starts, for good; what the kernel lacks.
pub(super) fn give_up() -> io::Result<Option<&'static str>> {
    let Ok(arch) = std::env::consts::ARCH.try_into() else { return Ok(Some(NAME)) };
    let refused = REFUSED.map(|call| (call, Vec::new()));
    let refuse = SeccompAction::Errno(libc::EACCES.unsigned_abs());
    let filter = SeccompFilter::new(BTreeMap::from(refused), SeccompAction::Allow, refuse, arch);
    let program: BpfProgram = filter.and_then(TryInto::try_into).map_err(io::Error::other)?;
    match apply_filter(&program) {
        Ok(()) => Ok(None),
        // EINVAL: the kernel was built without it.
        Err(Error::Seccomp(error) | Error::Prctl(error)) if error.raw_os_error() == Some(libc::EINVAL) => {
            Ok(Some(NAME))
        }
        Err(error) => Err(io::Error::other(error)),
    }
}
