import Okta

/// The fold of the log: takes entries in the order of their positions and keeps what follows from them in a state.
///
/// It is a function of the entries and of nothing else. What Okta's events decide depends on the set of them, not on
/// the order of arrival; what the directory holds follows the order of our own entries. Whatever can change only a few
/// rows is done in place; a changed org re-reads every delivery and so needs a rebuild.
public struct Fold<State: FoldState> {
    /// Version of the rules below and of the rows that they make: a store with another version is rebuilt.
    public static var version: Int { 5 }

    let state: State
    /// Settings that decide which events count.
    public let settings: FoldSettings
    /// Groups whose difference may have changed since the fold was made.
    public private(set) var touched: Set<String> = []
    /// Those of them that the entry being folded touches.
    private var touchedNow: Set<String> = []

    /// A fold that goes on from where `state` stands.
    /// - Parameters:
    ///   - state: what earlier entries left.
    ///   - settings: the last settings in the log, which hold for all of it. A rebuild is given them before the first entry.
    public init(_ state: State, settings: FoldSettings) {
        self.state = state
        self.settings = settings
    }

    /// Whether `configured` cannot be taken over in place.
    public static func needsRebuild(from old: FoldSettings, to new: FoldSettings) -> Bool {
        old.organization != new.organization
    }

    /// Folds one entry.
    public mutating func apply(_ entry: ReadEntry) throws {
        let wasPaused = try state.control.paused
        touchedNow.removeAll(keepingCapacity: true)
        switch entry.content {
        case .delivery(let events, let organization):
            for (ordinal, event) in events.enumerated() {
                let place = EventPlace(position: entry.position, ordinal: ordinal)
                try apply(event, at: place, from: .hook, organization: organization, entry)
            }
        case .logEvent(let event):
            let place = EventPlace(position: entry.position, ordinal: 0)
            try apply(.success(event), at: place, from: .systemLog, organization: nil, entry)
        case .unreadable(let source, let reason):
            try state.saveUnreadable(
                at: EventPlace(position: entry.position, ordinal: 0),
                source: source,
                reason: reason
            )
        case .attempt(let body): try announce(body, entry)
        case .outcome(let body): try conclude(body, entry)
        case .observation(let body): try observe(body, entry)
        case .directory(let body): try observe(body, entry)
        case .members(let body): try observe(body, entry)
        case .held(let body): try hold(body, entry)
        case .proof(let body): try prove(body, entry)
        case .cursor(let body): try advance(body)
        case .action(let body): try act(body, entry)
        case .started(let listening): try start(entry, listening: listening)
        case .stopped: try stop(entry)
        case .configured(let settings): try configure(settings, entry)
        case .other: break
        }
        for group in touchedNow { try endIdleHold(ofGroup: group, at: entry.recordedAt) }
        var control = try state.control
        control.lastRecordedAt = entry.recordedAt
        if control.paused != wasPaused { control.pausedAt = control.paused == nil ? nil : entry.recordedAt }
        try state.save(control)
    }

    private mutating func apply(
        _ event: Result<LogEvent, UnreadableEvent>,
        at place: EventPlace,
        from source: EventCopy.Source,
        organization: String?,
        _ entry: ReadEntry
    ) throws {
        switch event {
        case .failure(let problem):
            try state.saveUnreadable(at: place, source: source, reason: problem.code)
        case .success(let event) where !event.uuid.utf8.allSatisfy({ $0 < 0x80 }):
            // Swift's strings hold two spellings of one letter for equal, SQLite's do not: such a uuid names nothing.
            try state.saveUnreadable(at: place, source: source, reason: "uuidNotASCII")
        case .success(let event):
            try apply(
                EventCopy(
                    event,
                    at: place,
                    from: source,
                    organization: organization,
                    recordedAt: entry.recordedAt,
                    settings: settings
                )
            )
        }
    }

    mutating func touch(_ group: String) {
        touched.insert(group)
        touchedNow.insert(group)
    }
}
