import CSQLiteExtras
import Foundation

/// File systems on which neither locks nor fsync mean what a ledger needs them to mean.
/// https://www.sqlite.org/howtocorrupt.html#_filesystems_with_broken_or_missing_lock_implementations
enum NetworkFileSystem {
    /// Names by the magic numbers of statfs(2) and linux/magic.h.
    static let magics: [UInt32: String] = [
        0x0000_6969: "nfs", 0x0000_517B: "smb", 0xFE53_4D42: "smb2", 0xFF53_4D42: "cifs", 0x5346_414F: "afs",
        0x6B41_4653: "afs", 0x7375_7245: "coda", 0x00C3_6400: "ceph", 0x0102_1997: "9p", 0x0000_564C: "ncp",
        0x0BD0_0BD0: "lustre", 0x4750_4653: "gpfs",
    ]
    static let fuse: UInt32 = 0x6573_5546

    /// FUSE types that reach over a network or into a virtual machine's host.
    private static let networkFuse: Set<String> = [
        "fuse.sshfs", "fuse.s3fs", "fuse.rclone", "fuse.glusterfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.gcsfuse",
        "fuse.mount-s3", "fuse.davfs2", "fuse.smbnetfs", "fuse.curlftpfs", "fuse.moosefs", "fuse.juicefs",
        "fuse.grpcfuse", "fuse.vmhgfs-fuse", "virtiofs",
    ]

    /// The type of the folder's file system if it is one of a network, else `nil`.
    static func type(ofFolder path: String) -> String? {
        #if os(Linux)
            var magic: UInt32 = 0
            guard unsafe ledger_file_system_magic(path, &magic) == 0 else { return nil }
            return type(magic: magic, mountType: magic == fuse ? mountType(ofFolder: path) : nil)
        #else
            return nil
        #endif
    }

    /// The decision itself.
    static func type(magic: UInt32, mountType: String?) -> String? {
        if let name = magics[magic] { return name }
        guard magic == fuse, let mountType, networkFuse.contains(mountType) else { return nil }
        return mountType
    }

    /// What /proc/self/mountinfo says about the device of a folder (proc_pid_mountinfo(5): the third field is the
    /// device, the first one after ` - ` the type).
    private static func mountType(ofFolder path: String) -> String? {
        var facts = stat()
        guard unsafe stat(path, &facts) == 0,
            let table = try? String(contentsOfFile: "/proc/self/mountinfo", encoding: .utf8)
        else { return nil }
        let number = UInt64(facts.st_dev)
        let major = (number >> 8) & 0xfff | (number >> 32) & ~0xfff
        let minor = number & 0xff | (number >> 12) & ~0xff
        let device = "\(major):\(minor)"
        for line in table.split(separator: "\n") {
            let fields = line.split(separator: " ")
            guard fields.count > 6, fields[2] == device, let dash = fields.firstIndex(of: "-") else { continue }
            let type = fields.index(after: dash)
            if type < fields.endIndex { return String(fields[type]) }
        }
        return nil
    }
}
