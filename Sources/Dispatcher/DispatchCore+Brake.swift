public import Projector

/// Counting what would change in a group, and holding it where that is too much.
extension DispatchCore {
    /// For so long a count is used again, unless members were added since.
    private static let countHolds: Int64 = 300_000_000

    /// What the brake says of a difference, read since `next` named the group; what it does not let go counts as under way
    /// until `braked`. What may go is given to `plan`.
    public mutating func judge(_ difference: GroupDifference, pushed: [PushedChange], now: Int64) -> Brake.Verdict {
        let group = difference.group
        guard difference.openAttempt == nil, !isBusy(group), hasRoomForRequest(now) else { return .go(difference) }
        let verdict = brake.judge(difference, pushed: pushed, size: size(of: group, pushed, now: now), now: now)
        if case .go = verdict { return verdict }
        braking.insert(group)
        asking += 1
        return verdict
    }

    private func size(of group: String, _ pushed: [PushedChange], now: Int64) -> Brake.Size? {
        guard let (size, countedAt) = sizes[group], now - countedAt < Self.countHolds else { return nil }
        return pushed.contains { $0.present && $0.at > countedAt } ? nil : size
    }

    /// A group was held, or counted.
    /// - Parameters:
    ///   - group: the group.
    ///   - size: its members, where they were counted.
    ///   - now: the time.
    public mutating func braked(_ group: String, size: Brake.Size?, now: Int64) {
        asking -= 1
        braking.remove(group)
        if let size {
            sizes = sizes.filter { now - $0.value.countedAt < Self.countHolds }
            sizes[group] = (size, now)
        }
        enqueue(group)
    }
}
