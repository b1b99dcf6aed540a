//! File systems: what others write on a network is told late, and inodes there may change by themselves.

use std::fs::Metadata;

/// Types of file systems on a network, as `/proc/self/mountinfo` names them.
const NETWORK: [&str; 23] = [
    "9p",
    "afs",
    "beegfs",
    "ceph",
    "cifs",
    "coda",
    "davfs",
    "gfs2",
    "glusterfs",
    "gpfs",
    "lustre",
    "ncpfs",
    "nfs",
    "nfs4",
    "ocfs2",
    "orangefs",
    "prl_fs",
    "smb3",
    "smbfs",
    "vboxsf",
    "virtiofs",
    "vmhgfs",
    "fuse",
];

/// Programs whose file systems lie on this machine's own disks, among those that are programs (FUSE).
const LOCAL_FUSE: [&str; 10] = [
    "fuse.mergerfs",
    "fuse.bindfs",
    "fuse.gocryptfs",
    "fuse.encfs",
    "fuse.cryfs",
    "fuse.unionfs",
    "fuse.ntfs-3g",
    "fuse.exfat",
    "fuse.lxcfs",
    "fuse.portal",
];

/// True if a file lies on a network file system. Where the system does not say, it does not.
pub(in crate::ingest) fn is_network(metadata: &Metadata) -> bool {
    let mounts = || std::fs::read_to_string("/proc/self/mountinfo").ok();
    let kind = device(metadata).zip(mounts());
    kind.is_some_and(|(device, mounts)| kind_of(&mounts, device).is_some_and(is_network_kind))
}

/// The major and minor number of the device that a file lies on.
#[cfg(target_os = "linux")]
fn device(metadata: &Metadata) -> Option<(u32, u32)> {
    let device = std::os::unix::fs::MetadataExt::dev(metadata);
    Some((rustix::fs::major(device), rustix::fs::minor(device)))
}

#[cfg(not(target_os = "linux"))]
fn device(_: &Metadata) -> Option<(u32, u32)> {
    None
}

/// The type of the file system on a device, in mountinfo's lines (proc_pid_mountinfo(5)): its third field is the device,
/// and the first after the hyphen the type.
fn kind_of(mounts: &str, (major, minor): (u32, u32)) -> Option<&str> {
    let device = format!("{major}:{minor}");
    let line = mounts.lines().find(|line| line.split(' ').nth(2) == Some(&device))?;
    line.split_once(" - ")?.1.split(' ').next()
}

fn is_network_kind(kind: &str) -> bool {
    NETWORK.contains(&kind) || (kind.starts_with("fuse.") && !LOCAL_FUSE.contains(&kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mounts_tell_what_lies_on_a_network() {
        let mounts = "\
            22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw\n\
            41 22 0:45 / /srv/in\\040box rw shared:7 master:2 - nfs4 nas:/in rw,vers=4.2\n\
            42 22 0:46 / /srv/cam rw - cifs //cam/x rw\n\
            43 22 0:47 / /srv/far rw - fuse.sshfs me@far:/ rw\n\
            44 22 0:48 / /srv/pool rw - fuse.mergerfs a:b rw\n\
            45 22 8:17 / /srv/usb rw - fuseblk /dev/sdb1 rw\n";
        let network = |major, minor| kind_of(mounts, (major, minor)).is_some_and(is_network_kind);
        for (device, expected) in
            [((254, 0), false), ((0, 45), true), ((0, 46), true), ((0, 47), true), ((0, 48), false), ((8, 17), false)]
        {
            assert_eq!(network(device.0, device.1), expected, "{device:?}");
        }
        assert!(!network(0, 4), "0:45 is another");
    }
}
