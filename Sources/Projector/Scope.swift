/// Which groups are pushed. Every group is folded; scope is applied at the difference.
public enum Scope {
    /// Whether a group's pairs are pushed: its latest name starts with the prefix, or it is bound to a directory group,
    /// so that a rename away from the prefix never strands a removal.
    public static func includes(_ group: GroupState, settings: FoldSettings) -> Bool {
        if group.binding?.finding == .bound { return true }
        guard let name = group.name else { return false }
        return name.utf8.starts(with: settings.prefix.utf8)
    }
}
