public import Ledger
public import Logging
public import Projector
import SCIM
import Synchronization

/// Carries out what `DispatchCore` decides: asks the directory, writes attempts, sends, writes outcomes.
///
/// An attempt is durable before its request leaves. An outcome that cannot be written (full disk) is kept and written
/// before anything else is sent. What ended is reported to the core by `run` alone, one event after another: while it reads
/// a difference nothing is, so what it reads is never older than what the core knows.
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
        /// A request had its turn, so there is room for another.
        case departed
        case ended(Ending, at: Int64)
        case failed(any Error)
        case due(Int64)
        case stop
    }

    /// What came of something under way; all of it is folded.
    enum Ending: Sendable {
        case lookedUp(Question, Finding)
        case outdated(Question)
        case failed(Question, SCIMError)
        case membersRead(group: String, Result<[String], SCIMError>)
        case concluded(Batch)
        case notBegun(Batch, again: Int64)
        case braked(group: String, size: Brake.Size?)
        case looked(group: String, isDone: Bool, mayBeGone: Bool)
    }

    let log: any EntryLog
    let fold: any FoldedLog
    let directory: any Directory
    let surroundings: Surroundings
    let logger: Logger
    private let brake: Brake
    private let only: Set<PairID>?
    private let events: AsyncStream<Event>
    private let signal: AsyncStream<Event>.Continuation
    private nonisolated let stopping = Atomic(false)

    var core: DispatchCore
    /// When somebody will ring.
    private var alarms: Set<Int64> = []
    /// Directory ids about to be bound, and to whom: two lookups must not bind one account.
    var claims: [Claim: String] = [:]
    /// Entries that the full disk refused and that are kept: nothing else begins meanwhile.
    private var unwritten = 0
    var isRecordingDirectory = false

    /// A directory id. Users and groups may have the same.
    struct Claim: Hashable {
        let kind: ObservationBody.Subject
        let directoryID: String
    }

    /// A dispatcher of one log to one directory.
    /// - Parameters:
    ///   - log: where attempts, outcomes and observations go.
    ///   - fold: the same log, folded.
    ///   - directory: where changes go.
    ///   - surroundings: time, chance and waiting.
    ///   - logger: what happens, for people.
    ///   - parallel: most requests, and most lookups, under way at once.
    ///   - only: the pairs that may be changed; all where `nil`.
    ///   - brake: how much may change in a group before a person has looked.
    public init(
        log: any EntryLog,
        fold: any FoldedLog,
        directory: any Directory,
        surroundings: Surroundings,
        logger: Logger,
        parallel: Int = 64,
        only: Set<PairID>? = nil,
        brake: Brake.Settings = .standard
    ) {
        self.log = log
        self.fold = fold
        self.directory = directory
        self.surroundings = surroundings
        self.logger = logger
        self.only = only
        self.brake = Brake(brake)
        core = DispatchCore(parallel: parallel, brake: self.brake)
        (events, signal) = AsyncStream.makeStream(of: Event.self)
    }

    /// What is known of the directory as a whole.
    public var target: Target { core.target }

    /// Begins nothing more; `run` returns when what is under way has its outcome in the log.
    public nonisolated func stop() {
        stopping.store(true, ordering: .relaxed)
        signal.yield(.stop)
    }

    /// Pushes what differs until stopped. For one call in the life of a dispatcher.
    ///
    /// A request whose attempt is being written at the instant of a pause still leaves; none is begun after it.
    /// - Parameter patience: where given, returns once nothing is under way and nothing is due within so many
    ///   microseconds.
    /// - Throws: the log's or the fold's error: nothing more can be recorded. `CancellationError` if cancelled: what is
    ///   under way is broken off, and has its outcome in the log if that takes it.
    public func run(patience: Int64? = nil) async throws {
        // The log may end with a pause, or with the outcome of what would else be sent again.
        try await fold.folded(through: try log.count() - 1)
        let (groups, trouble) = try await fold.differences { (try $0.groupsThatDiffer(), try $0.trouble()) }
        core.resume(trouble, now: surroundings.now())
        core.touch(Set(groups))
        try await withThrowingDiscardingTaskGroup { tasks in
            defer { tasks.cancelAll() }
            tasks.addTask { [fold, signal] in for await _ in fold.touched { signal.yield(.touched) } }
            var events = events.makeAsyncIterator()
            while true {
                try await begin(in: &tasks)
                if core.running == 0, isStopping || isDone(patience) { return }
                setAlarm(in: &tasks)
                guard let event = await events.next(isolation: self) else { throw CancellationError() }
                try take(event)
            }
        }
    }

    var isStopping: Bool { stopping.load(ordering: .relaxed) }

    private func isDone(_ patience: Int64?) -> Bool {
        let now = surroundings.now()
        guard let patience, (core.wake(now: now) ?? .max) > now + patience else { return false }
        let late = fold.takeTouched()
        core.touch(late)
        // Whatever is queued is due now, unless the directory as a whole is held.
        if !late.isEmpty { signal.yield(.touched) }
        return late.isEmpty
    }

    private func take(_ event: Event) throws {
        switch event {
        case .stop, .departed: break
        case .failed(let error): throw error
        case .touched: core.touch(fold.takeTouched())
        case .due(let time): alarms.remove(time)
        case .ended(let ending, let now): take(ending, now: now)
        }
    }

    private func take(_ ending: Ending, now: Int64) {
        switch ending {
        case .lookedUp(let question, let finding): core.lookedUp(question, finding, now: now)
        case .outdated(let question): core.outdated(question, now: now)
        case .failed(let question, let error): core.lookupFailed(question, error, now: now)
        case .membersRead(let group, let result):
            core.membersRead(group, result, now: now, jitter: surroundings.jitter())
        case .concluded(let batch): core.concluded(batch)
        case .notBegun(let batch, let again): core.notBegun(batch, again: again)
        case .braked(let group, let size): core.braked(group, size: size, now: now)
        case .looked(let group, let isDone, let mayBeGone):
            core.looked(group, isDone: isDone, mayBeGone: mayBeGone, now: now, jitter: surroundings.jitter())
        }
    }

    /// Begins what there is room for.
    private func begin(in tasks: inout ThrowingDiscardingTaskGroup<any Error>) async throws {
        core.advance(to: surroundings.now())
        while unwritten == 0, !isStopping, let step = core.next(now: surroundings.now()) {
            switch step {
            case .ask(let question):
                tasks.addTask { await self.perform { try await self.lookUp(question) } }
            case .members(let group, let directoryGroup):
                tasks.addTask { await self.perform { try await self.readMembers(group, directoryGroup) } }
            case .look(let group):
                tasks.addTask { await self.perform { try await self.look(at: group) } }
            case .read(let group):
                let proofBegins = surroundings.now() - Proof.isGoodFor
                let window = brake.settings.isOn ? brake.windowBegins(now: surroundings.now()) : nil
                let (difference, pushed, proved) = try await fold.differences { reader in
                    let proved = try reader.provedDialect(after: proofBegins)
                    guard try reader.pauseReason() == nil, let found = try reader.difference(ofGroup: group) else {
                        return (nil as GroupDifference?, [PushedChange](), proved)
                    }
                    return (found, try window.map { try reader.pushed(toGroup: group, after: $0) } ?? [], proved)
                }
                let isProved = proved == directory.dialect.rawValue
                begin(group, difference?.restricted(to: only), pushed, isProved: isProved, in: &tasks)
            }
        }
    }

    /// Begins what a group's difference asks for: a request, or what the brake needs first.
    private func begin(
        _ group: String,
        _ difference: GroupDifference?,
        _ pushed: [PushedChange],
        isProved: Bool,
        in tasks: inout ThrowingDiscardingTaskGroup<any Error>
    ) {
        let now = surroundings.now()
        var allowed: GroupDifference?
        // What is only to be looked at may well be there, and what is not confirmed may never be: the brake counts neither.
        switch difference?.toSend.map({ core.judge($0, pushed: pushed, now: now) }) {
        case .go(let difference)?: allowed = difference
        case .measure(let directoryGroup, let removed)?:
            tasks.addTask { await self.perform { try await self.count(group, directoryGroup, removed) } }
            return
        case .hold(let body)?:
            tasks.addTask { await self.perform { try await self.hold(body) } }
            return
        case nil: break
        }
        let limit = directory.changesInARequest
        guard let batch = core.plan(group, allowed, limit: limit, isProved: isProved, now: now) else {
            if let difference { core.look(difference.toLookAt, now: now) }
            return
        }
        tasks.addTask { await self.perform { try await self.send(batch) } }
    }

    private func setAlarm(in tasks: inout ThrowingDiscardingTaskGroup<any Error>) {
        let now = surroundings.now()
        guard let next = core.wake(now: now), alarms.allSatisfy({ $0 > next }) else { return }
        alarms.insert(next)
        let delay = max(next - now, 1_000)
        tasks.addTask { [surroundings, signal] in
            // Cancelled only when nobody listens any more.
            guard (try? await surroundings.sleep(delay)) != nil else { return }
            signal.yield(.due(next))
        }
    }

    private func perform(_ work: () async throws -> Ending) async {
        do {
            let ending = try await work()
            signal.yield(.ended(ending, at: surroundings.now()))
        } catch {
            signal.yield(.failed(error))
        }
    }

    // MARK: Sending

    /// Sends a batch; where it is to show what the directory makes of a removal, reads the members afterwards.
    private func send(_ batch: Batch) async throws -> Ending {
        let pushed = try await push(batch)
        if let witnesses = batch.proof, let body = try await finding(batch, witnesses, pushed) {
            logger.log(
                level: body.verdict == .exact ? .notice : .error,
                "\(body.harm(inGroup: nil) ?? "the directory removes whom it is asked to, and nobody else")"
            )
            let entry = NewEntry(kind: .scimProof, key: nil, body: try EntryJSON.encode(body))
            if let position = try await write(entry, evenWhileStopping: true) {
                try await fold.folded(through: position)
            }
        }
        if batch.proof != nil { try await recordDirectory() }
        return pushed.ending
    }

    /// The directory answered a question, or failed at it.
    func heard(_ error: SCIMError?) {
        core.read(error, now: surroundings.now(), jitter: surroundings.jitter())
        closeIfHeld()
    }

    /// What waits for its turn to be asked is not asked during a hold either.
    private func closeIfHeld() {
        let left = core.target.holdUntil - surroundings.now()
        if left > 0 { directory.close(for: .microseconds(left)) }
    }

    /// What came of one request.
    struct Pushed {
        let ending: Ending
        var attempt: String?
        var answer: SCIMOutcome?
    }

    /// Writes the attempt, sends it, writes the outcome, and waits until that is folded.
    private func push(_ batch: Batch) async throws -> Pushed {
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
            return Pushed(ending: .notBegun(batch, again: surroundings.now() + Self.pauseWhileFull))
        }
        let hadItsTurn = (try? await directory.turn(changes: batch.changes.count)) != nil
        core.departed(batch)
        signal.yield(.departed)
        if !hadItsTurn || core.target.holdUntil > surroundings.now() {
            return Pushed(ending: try await withhold(batch, attempt))
        }
        let answer = await directory.send(request, changes: batch.changes.count)
        let (now, jitter) = (surroundings.now(), surroundings.jitter())
        let body = OutcomeBody(
            answer,
            attempt: attempt.id,
            of: batch,
            isToBeSplit: core.isToBeSplit(batch),
            probes: core.target.failures,
            now: now,
            jitter: jitter
        )
        core.answered(batch, body, answer, now: now, jitter: jitter)
        closeIfHeld()
        return Pushed(ending: try await conclude(batch, attempt, body), attempt: attempt.id, answer: answer)
    }

    /// A hold began while the attempt was being written or waited for its turn.
    private func withhold(_ batch: Batch, _ attempt: AttemptBody) async throws -> Ending {
        let body = OutcomeBody(
            attempt: attempt.id,
            result: .notSent,
            status: nil,
            requestID: nil,
            detail: "withheld: \(core.target.reason ?? "broken off")",
            durationMilliseconds: 0,
            retryAt: core.target.holdUntil,
            withheld: true
        )
        return try await conclude(batch, attempt, body)
    }

    private func conclude(_ batch: Batch, _ attempt: AttemptBody, _ body: OutcomeBody) async throws -> Ending {
        let entry = NewEntry(kind: .scimOutcome, key: EntryKey(body.attempt), body: try EntryJSON.encode(body))
        guard let position = try await write(entry, evenWhileStopping: true) else { throw CancellationError() }
        try await fold.folded(through: position)
        report(attempt, body)
        try await recordDirectory()
        return .concluded(batch)
    }

    private static let pauseWhileFull: Int64 = 1_000_000

    /// Writes an entry, however long the disk is full.
    /// - Returns: its position; `nil` if it was given up because the dispatcher stops.
    func write(_ entry: NewEntry, evenWhileStopping: Bool) async throws -> Int64? {
        var isRefused = false
        defer { if isRefused { unwritten -= 1 } }
        while true {
            do throws(AppendError) {
                return try await log.append(entry).position
            } catch {
                guard error.isPassing else { throw error }
            }
            if isStopping, !evenWhileStopping { return nil }
            if !isRefused { unwritten += 1 }
            isRefused = true
            try await surroundings.sleep(Self.pauseWhileFull)
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
}

extension AttemptBody {
    fileprivate init(_ batch: Batch, _ request: SCIMRequest, id: String) {
        self.init(
            id: id,
            group: batch.group,
            directoryGroup: batch.directoryGroup,
            changes: batch.changes.map { change in
                Change(user: change.user, member: change.member, present: change.present, released: change.isReleased)
            },
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
