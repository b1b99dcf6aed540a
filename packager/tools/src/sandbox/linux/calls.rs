//! System calls, by seccomp (`seccomp(2)`): those that no decoder or encoder needs and much harm is done with.

use std::collections::BTreeMap;
use std::io;

use seccompiler::{BpfProgram, Error, SeccompAction, SeccompFilter, apply_filter};

/// Its name in messages, where the kernel has no part of it.
pub(super) const NAME: &str = "seccomp";

/// Sockets of any kind; a ring that opens sockets itself; other processes' memory and files; the kernel's own; and what files
/// are called, who may do what with them and when they changed, of which Landlock knows nothing.
const REFUSED: &[libc::c_long] = &[
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
    libc::SYS_fchmod,
    libc::SYS_fchmodat,
    libc::SYS_fchown,
    libc::SYS_fchownat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_fsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_fremovexattr,
    libc::SYS_utimensat,
    FCHMODAT2,
];
/// The same by their old names, which newer processors' systems never had.
#[cfg(target_arch = "x86_64")]
const OLD: &[libc::c_long] =
    &[libc::SYS_chmod, libc::SYS_chown, libc::SYS_lchown, libc::SYS_utime, libc::SYS_utimes, libc::SYS_futimesat];
#[cfg(not(target_arch = "x86_64"))]
const OLD: &[libc::c_long] = &[];
/// Since Linux 6.6; the same number everywhere.
const FCHMODAT2: libc::c_long = 452;
/// The bit of x86's third kind of calls (x32), by which the same could be asked for under other numbers.
#[cfg(target_arch = "x86_64")]
const X32: libc::c_long = 0x4000_0000;

/// Refuses them to this thread and all that it starts, for good; what the kernel lacks.
pub(super) fn give_up() -> io::Result<Option<&'static str>> {
    let Ok(arch) = std::env::consts::ARCH.try_into() else { return Ok(Some(NAME)) };
    let refused = REFUSED.iter().chain(OLD).copied();
    #[cfg(target_arch = "x86_64")]
    let refused = refused.flat_map(|call| [call, call | X32]);
    let refused: BTreeMap<_, _> = refused.map(|call| (call, Vec::new())).collect();
    let refuse = SeccompAction::Errno(libc::EACCES.unsigned_abs());
    let filter = SeccompFilter::new(refused, SeccompAction::Allow, refuse, arch);
    let program: BpfProgram = filter.and_then(TryInto::try_into).map_err(io::Error::other)?;
    match apply_filter(&program) {
        Ok(()) => Ok(None),
        // The kernel was built without it, or a container does not let it be used.
        Err(Error::Seccomp(error) | Error::Prctl(error))
            if matches!(error.raw_os_error(), Some(libc::EINVAL | libc::ENOSYS | libc::EPERM)) =>
        {
            Ok(Some(NAME))
        }
        Err(error) => Err(io::Error::other(error)),
    }
}
