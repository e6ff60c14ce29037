/// What the fold makes of one copy of an event, given all copies of that event.
public enum Judgement: Hashable, Sendable {
    /// The copy that stands for the event, and the event has its effect.
    case counts
    /// The copy that stands for the event, which has no effect.
    case ignored(IgnoredReason)
    /// The copy that stands for the event, which waits for the System Log or for `ledger approve`.
    case held(HeldReason)
    /// Another copy stands for the event.
    /// - Parameter differs: whether this copy says something else than that one.
    case duplicate(differs: Bool)
}

/// A copy with what the fold makes of it.
public struct JudgedCopy: Hashable, Sendable {
    /// The copy.
    public let copy: EventCopy
    /// What the fold makes of it.
    public var judgement: Judgement

    /// A judged copy read back from a store.
    public init(copy: EventCopy, judgement: Judgement) {
        self.copy = copy
        self.judgement = judgement
    }

    /// Whether the event has its effect through this copy.
    public var counts: Bool { judgement == .counts }

    /// Whether names in the copy can be believed and are news: it stands for its event and is not held.
    public var tellsNames: Bool {
        switch judgement {
        case .counts: true
        case .ignored(let reason): reason == .userLifecycle
        case .held, .duplicate: false
        }
    }
}

extension Judgement {
    /// Judges all copies of one event together.
    ///
    /// A copy from the System Log stands for the event, else the one recorded first. A held event is freed by a copy
    /// that says the same and is timely, by the System Log, or by an operator.
    /// - Parameters:
    ///   - copies: every copy of the event; not empty.
    ///   - approved: whether an operator let the event through.
    /// - Returns: a judgement a copy, in the order given.
    static func judge(_ copies: [EventCopy], approved: Bool) -> [JudgedCopy] {
        guard let chosen = copies.min(by: standsBefore) else { return [] }
        let timely = approved || copies.contains { $0.untimely == nil && $0.saysTheSame(as: chosen) }
        return copies.map { copy in
            guard copy.place == chosen.place else {
                return JudgedCopy(copy: copy, judgement: .duplicate(differs: !copy.saysTheSame(as: chosen)))
            }
            // A user's life changes no membership, but tells a login, by which an account may be found: so it is held too.
            if let reason = copy.ignored, reason != .userLifecycle {
                return JudgedCopy(copy: copy, judgement: .ignored(reason))
            }
            if !timely, let reason = copy.untimely { return JudgedCopy(copy: copy, judgement: .held(reason)) }
            return JudgedCopy(copy: copy, judgement: copy.ignored.map(Judgement.ignored) ?? .counts)
        }
    }

    private static func standsBefore(_ left: EventCopy, _ right: EventCopy) -> Bool {
        if left.source != right.source { return left.source == .systemLog }
        return left.place < right.place
    }
}
