public import Ledger
public import Logging
public import Projector
import SCIM

/// Carries out what `DispatchCore` decides: asks the directory, writes attempts, sends, writes outcomes.
///
/// An attempt is durable before its request leaves. An outcome that cannot be written (full disk) is kept and written
/// before anything else is sent.
public actor Dispatcher {
    /// What comes in from outside a decision.
    public struct Surroundings: Sendable {
        /// Microseconds since 1970.
        public var now: @Sendable () -> Int64
        /// 0 ..< 1.
        public var jitter: @Sendable () -> Double
        /// A new UUID in lower case.
        public var uuid: @Sendable () -> String
        /// Waits for some microseconds, or until cancelled.
        public var sleep: @Sendable (Int64) async throws -> Void

        /// Surroundings.
        public init(
            now: @escaping @Sendable () -> Int64,
            jitter: @escaping @Sendable () -> Double,
            uuid: @escaping @Sendable () -> String,
            sleep: @escaping @Sendable (Int64) async throws -> Void
        ) {
            self.now = now
            self.jitter = jitter
            self.uuid = uuid
            self.sleep = sleep
        }
    }

    private enum Event: Sendable {
        case touched
        case finished(Set<String>)
        case due
        case stop
    }

    private let log: any EntryLog
    private let fold: any FoldedLog
    private let directory: any Directory
    private let surroundings: Surroundings
    private let logger: Logger
    private let parallel: Int
    private let only: Set<PairID>?
    private let events: AsyncStream<Event>
    private let signal: AsyncStream<Event>.Continuation

    private var core = DispatchCore()
    private var waiting: [Action] = []
    private var running = 0
    /// When to plan a group again if nothing else happens first.
    private var wakes: [String: Int64] = [:]
    private var alarm: (at: Int64, task: Task<Void, any Error>)?
    /// Directory ids about to be bound, and to whom: two lookups must not bind one account.
    private var claims: [String: String] = [:]
    /// Outcomes that the log did not take yet: nothing else is sent meanwhile.
    private var unwritten = 0

    /// A dispatcher of one log to one directory.
    /// - Parameters:
    ///   - parallel: most requests under way at once.
    ///   - only: the pairs that may be changed; all where `nil`.
    public init(
        log: any EntryLog,
        fold: any FoldedLog,
        directory: any Directory,
        surroundings: Surroundings,
        logger: Logger,
        parallel: Int = 16,
        only: Set<PairID>? = nil
    ) {
        self.log = log
        self.fold = fold
        self.directory = directory
        self.surroundings = surroundings
        self.logger = logger
        self.parallel = parallel
        self.only = only
        (events, signal) = AsyncStream.makeStream(of: Event.self)
    }

    /// What is known of the directory as a whole.
    public var target: DispatchCore.Target { core.target }

    /// Begins nothing more; `run` returns when what is under way has its outcome in the log.
    public nonisolated func stop() { signal.yield(.stop) }

    /// Pushes what differs until stopped. For one call in the life of a dispatcher.
    /// - Parameter patience: where given, returns once nothing is under way and nothing is due within so many
    ///   microseconds.
    /// - Throws: the log's or the fold's error: nothing more can be recorded.
    public func run(patience: Int64? = nil) async throws {
        let feed = Task { [fold, signal] in for await _ in fold.touched { signal.yield(.touched) } }
        defer {
            feed.cancel()
            alarm?.task.cancel()
        }
        try await withThrowingDiscardingTaskGroup { tasks in
            var events = events.makeAsyncIterator()
            var stopping = false
            try await plan(Set(try await fold.differences { try $0.groupsThatDiffer() }))
            while true {
                if stopping { waiting.removeAll() }
                startWaiting(in: &tasks)
                if running == 0, stopping || isDone(patience) { return }
                setAlarm()
                guard let event = await events.next(isolation: self) else { throw CancellationError() }
                switch event {
                case .stop: stopping = true
                case .touched: try await plan(fold.takeTouched().filter { !core.isBusy($0) })
                case .due: try await plan(takeDue())
                case .finished(let groups):
                    running -= 1
                    try await plan(groups)
                }
            }
        }
    }

    private func isDone(_ patience: Int64?) -> Bool {
        guard let patience else { return false }
        return (nextWake ?? .max) > surroundings.now() + patience
    }

    /// When something is to be done if nothing else happens first.
    private var nextWake: Int64? {
        let queued = waiting.isEmpty ? nil : core.target.holdUntil
        return [wakes.values.min(), queued].compactMap(\.self).min()
    }

    // MARK: Planning

    private func plan(_ groups: Set<String>) async throws {
        guard !groups.isEmpty else { return }
        let (paused, differences) = try await fold.differences { reader in
            (try reader.pauseReason() != nil, try groups.sorted().compactMap { try reader.difference(ofGroup: $0) })
        }
        for group in groups { wakes[group] = nil }
        guard !paused else { return }
        let now = surroundings.now()
        for difference in differences.map({ $0.restricted(to: only) }) where !difference.changes.isEmpty {
            let (actions, wake) = core.plan(difference, now: now)
            waiting += actions
            wakes[difference.group] = wake
        }
    }

    private func takeDue() -> Set<String> {
        alarm = nil
        let now = surroundings.now()
        return Set(wakes.filter { $0.value <= now }.keys)
    }

    private func setAlarm() {
        guard let next = nextWake else { return }
        if let alarm {
            if alarm.at <= next { return }
            alarm.task.cancel()
        }
        let delay = max(next - surroundings.now(), 1_000)
        let task = Task { [surroundings, signal] in
            try await surroundings.sleep(delay)
            signal.yield(.due)
        }
        alarm = (next, task)
    }

    private func startWaiting(in tasks: inout ThrowingDiscardingTaskGroup<any Error>) {
        while unwritten == 0, !waiting.isEmpty, core.admits(running, limit: parallel, now: surroundings.now()) {
            let action = waiting.removeFirst()
            running += 1
            tasks.addTask { try await self.perform(action) }
        }
    }

    private func perform(_ action: Action) async throws {
        let groups =
            switch action {
            case .lookUpGroup(let id, let name, let known): try await lookUpGroup(id, name: name, known: known)
            case .lookUpUser(let id, let login, let known): try await lookUpUser(id, login: login, known: known)
            case .send(let batch): try await send(batch)
            }
        signal.yield(.finished(groups))
    }

    // MARK: Sending

    /// Writes the attempt, sends it, writes the outcome, and waits until that is folded.
    private func send(_ batch: Batch) async throws -> Set<String> {
        let patch = try MemberPatch(
            groupID: batch.directoryGroup,
            changes: batch.changes.map { MemberChange(memberID: $0.member, state: $0.present ? .present : .absent) }
        )
        let request = patch.request(in: directory.dialect)
        let attempt = AttemptBody(batch, request, id: surroundings.uuid())
        let entry = NewEntry(kind: .scimAttempt, key: EntryKey(attempt.id), body: try EntryJSON.encode(attempt))
        do throws(AppendError) {
            _ = try await log.append(entry)
        } catch {
            guard error.isPassing else { throw error }
            core.notSent(batch)
            wakes[batch.group] = surroundings.now() + Self.pauseWhileFull
            return []
        }
        let outcome = await directory.send(request)
        let now = surroundings.now()
        let body = OutcomeBody(
            outcome,
            attempt: attempt.id,
            failures: batch.tryNumber - 1,
            refusals: batch.changes.count == 1 ? batch.refusals : nil,
            now: now,
            jitter: surroundings.jitter()
        )
        let position = try await record(body)
        try await fold.folded(through: position)
        core.sent(batch, body, notFound: outcome.isNotFound, now: now, jitter: surroundings.jitter())
        report(attempt, body)
        return [batch.group]
    }

    private static let pauseWhileFull: Int64 = 1_000_000

    /// Writes an outcome, however long the disk is full.
    private func record(_ body: OutcomeBody) async throws -> Int64 {
        let entry = NewEntry(kind: .scimOutcome, key: EntryKey(body.attempt), body: try EntryJSON.encode(body))
        unwritten += 1
        defer { unwritten -= 1 }
        while true {
            do throws(AppendError) {
                return try await log.append(entry).position
            } catch {
                guard error.isPassing else { throw error }
                try await surroundings.sleep(Self.pauseWhileFull)
            }
        }
    }

    private func report(_ attempt: AttemptBody, _ outcome: OutcomeBody) {
        logger.log(
            level: outcome.result == .applied ? .info : .warning,
            "attempt ended",
            metadata: [
                "attempt": "\(attempt.id)", "group": "\(attempt.group)", "changes": "\(attempt.changes.count)",
                "result": "\(outcome.result.rawValue)", "status": "\(outcome.status ?? 0)",
                "scim.requestID": "\(outcome.requestID ?? "-")", "duration_ms": "\(outcome.durationMilliseconds)",
            ]
        )
    }

    // MARK: Lookups

    private func lookUpGroup(_ id: String, name: String, known: Binding?) async throws -> Set<String> {
        let subject = Subject(kind: .group, id: id)
        let answer: Lookup<SCIMGroup>
        do throws(SCIMError) {
            answer = try await directory.groupByDisplayName(name)
        } catch {
            return lookupFailed(subject, name: name, error)
        }
        let candidate: String? = if case .found(let group) = answer { group.id } else { nil }
        return try await learn(subject, name: name, known: known, candidate: candidate) { holder in
            Resolution.group(id, name: name, answer, known: known, holder: holder)
        }
    }

    private func lookUpUser(_ id: String, login: String?, known: Binding?) async throws -> Set<String> {
        let subject = Subject(kind: .user, id: id)
        let answers: Resolution.UserAnswers
        do throws(SCIMError) {
            let byExternalID = try await directory.userByExternalID(id)
            var byUserName: Lookup<SCIMUser>?
            if case .notFound = byExternalID, let login { byUserName = try await directory.userByUserName(login) }
            answers = Resolution.UserAnswers(byExternalID: byExternalID, byUserName: byUserName)
        } catch {
            return lookupFailed(subject, name: login, error)
        }
        return try await learn(subject, name: login, known: known, candidate: answers.candidate) { holder in
            Resolution.user(id, login: login, answers, known: known, holder: holder)
        }
    }

    /// Writes what a lookup taught if it is news, and waits until it is folded.
    private func learn(
        _ subject: Subject,
        name: String?,
        known: Binding?,
        candidate: String?,
        _ resolve: (_ holder: String?) -> ObservationBody
    ) async throws -> Set<String> {
        var holder: String?
        if let candidate {
            holder = claims[candidate]
            claims[candidate] = holder ?? subject.id
            if holder == nil { holder = try await fold.differences { try $0.holder(of: candidate, subject.kind) } }
        }
        defer { if let candidate, claims[candidate] == subject.id { claims[candidate] = nil } }
        let observation = resolve(holder)
        if !observation.repeats(known) {
            let entry = NewEntry(
                kind: .scimObservation,
                key: EntryKey(surroundings.uuid()),
                body: try EntryJSON.encode(observation)
            )
            let position: Int64
            do throws(AppendError) {
                position = try await log.append(entry).position
            } catch {
                guard error.isPassing else { throw error }
                let (now, jitter) = (surroundings.now(), surroundings.jitter())
                return core.lookupFailed(subject, name: name, trouble: nil, now: now, jitter: jitter)
            }
            try await fold.folded(through: position)
        }
        let now = surroundings.now()
        return core.lookedUp(subject, name: name, observation.finding, now: now, jitter: surroundings.jitter())
    }

    private func lookupFailed(_ subject: Subject, name: String?, _ error: SCIMError) -> Set<String> {
        logger.warning(
            "lookup failed",
            metadata: ["scim.subject": "\(subject.kind)", "okta.id": "\(subject.id)", "error": "\(error)"]
        )
        let now = surroundings.now()
        let trouble = error.trouble(now: now)
        return core.lookupFailed(subject, name: name, trouble: trouble, now: now, jitter: surroundings.jitter())
    }
}

extension AttemptBody {
    fileprivate init(_ batch: Batch, _ request: SCIMRequest, id: String) {
        self.init(
            id: id,
            group: batch.group,
            directoryGroup: batch.directoryGroup,
            changes: batch.changes.map { Change(user: $0.user, member: $0.member, present: $0.present) },
            method: request.method,
            path: request.path,
            body: String(decoding: request.body ?? [], as: UTF8.self),
            tryNumber: batch.tryNumber
        )
    }
}

extension AppendError {
    /// Whether trying again later can help.
    fileprivate var isPassing: Bool { self == .full || self == .overloaded }
}

extension SCIMOutcome {
    /// Whether the directory says that something in the request does not exist.
    fileprivate var isNotFound: Bool {
        if case .refused(let refusal) = classification { return refusal.reason == .notFound }
        return false
    }
}
