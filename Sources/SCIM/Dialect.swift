/// How a directory wants one member of a group to be removed.
///
/// The two forms are not interchangeable: a lenient RFC server that is sent the other form drops the list of values and
/// removes every member of the group.
public enum Dialect: String, Sendable, Hashable, CaseIterable {
    /// AWS IAM Identity Center: `remove` with path `members` and a list of values, and lists paged by cursor.
    case aws
    /// RFC 7644: `remove` with path `members[value eq "…"]` (section 3.5.2.2), and lists paged by index (3.4.2.4).
    case rfc

    /// The dialect of a host when nothing else is said: `aws` for amazonaws.com and amazonaws.com.cn, else `rfc`.
    ///
    /// - Parameter host: A host name without a port, in any case.
    /// - Returns: What directories on such hosts speak.
    public static func standard(for host: String) -> Dialect {
        var name = host.lowercased()
        if name.hasSuffix(".") { name.removeLast() }
        let isAWS = ["amazonaws.com", "amazonaws.com.cn"].contains { name == $0 || name.hasSuffix(".\($0)") }
        return isAWS ? .aws : .rfc
    }
}
