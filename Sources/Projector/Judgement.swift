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
    /// A copy from the System Log stands for the event; else, of the copies that may have an effect, the one recorded
    /// first: an old or foreign copy that came before must not shadow the real one. An event is held only where no copy
    /// of it is timely and no operator let it through.
    /// - Parameters:
    ///   - copies: every copy of the event; not empty.
    ///   - approved: whether an operator let the event through.
    /// - Returns: a judgement a copy, in the order given.
    static func judge(_ copies: [EventCopy], approved: Bool) -> [JudgedCopy] {
        let ranked = copies.map { (copy: $0, rank: rank($0, approved: approved)) }
        guard let chosen = ranked.min(by: { $0.rank < $1.rank })?.copy else { return [] }
        return copies.map { copy in
            guard copy.place == chosen.place else {
                return JudgedCopy(copy: copy, judgement: .duplicate(differs: !copy.saysTheSame(as: chosen)))
            }
            // A user's life changes no membership, but tells a login, by which an account may be found: so it is held too.
            if let reason = copy.ignored, reason != .userLifecycle {
                return JudgedCopy(copy: copy, judgement: .ignored(reason))
            }
            if !approved, let reason = copy.untimely { return JudgedCopy(copy: copy, judgement: .held(reason)) }
            return JudgedCopy(copy: copy, judgement: copy.ignored.map(Judgement.ignored) ?? .counts)
        }
    }

    /// Whether of two copies of one event `left` stands for it.
    static func stands(_ left: EventCopy, before right: EventCopy, approved: Bool) -> Bool {
        rank(left, approved: approved) < rank(right, approved: approved)
    }

    private static func rank(_ copy: EventCopy, approved: Bool) -> (Int, EventPlace) {
        if copy.source == .systemLog { return (0, copy.place) }
        if copy.ignored == .organization { return (3, copy.place) }
        // A timely copy needs no approval, so an approved old one never takes its place.
        if copy.untimely == nil { return (1, copy.place) }
        return (approved ? 2 : 3, copy.place)
    }
}
