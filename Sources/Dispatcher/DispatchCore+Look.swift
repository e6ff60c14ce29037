public import Projector

/// Reading who is in a group before what a baseline asks for is sent.
extension DispatchCore {
    /// Sees to it that the directory's members are read before what a baseline asks for is sent: first the group and its users
    /// are looked up, each once; who is not found then waits alone.
    /// - Parameters:
    ///   - difference: what is to be looked at of a group, read since `next` named it.
    ///   - now: the time.
    public mutating func look(_ difference: GroupDifference, now: Int64) {
        let group = difference.group
        guard !difference.changes.isEmpty, difference.openAttempt == nil, !isBusy(group) else { return }
        let again = [askWhatIsDue(difference, now: now), wakes[group]].compactMap(\.self).min()
        if isBusy(group), hasWaited.insert(group).inserted { return }
        wakes[group] = again
        guard difference.changes.contains(where: { $0.binding?.finding == .bound }),
            difference.binding?.finding == .bound, !lookups.isDoubted(Subject(kind: .group, id: group))
        else {
            return
        }
        hasWaited.remove(group)
        if let due = looks.ask(group, now: now) { wakes[group] = min(again ?? .max, due) }
    }

    /// A group's members were read and what that showed is folded, or they could not be.
    /// - Parameters:
    ///   - group: the group.
    ///   - isDone: whether they were read.
    ///   - mayBeGone: whether the directory seems to have the group no more.
    ///   - now: the time.
    ///   - jitter: 0 ..< 1.
    public mutating func looked(_ group: String, isDone: Bool, mayBeGone: Bool, now: Int64, jitter: Double) {
        asking -= 1
        looks.ended(group, isDone: isDone, now: now, jitter: jitter)
        if mayBeGone { lookups.doubt(Subject(kind: .group, id: group)) }
        enqueue(group)
    }
}
