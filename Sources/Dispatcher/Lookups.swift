public import Projector

/// Something to look up in the directory.
public struct Subject: Hashable, Sendable {
    /// A user or a group.
    public let kind: ObservationBody.Subject
    /// Its Okta id.
    public let id: String
}

/// A question to the directory.
public struct Question: Hashable, Sendable {
    /// Who is looked for.
    public let subject: Subject
    /// The latest name of the group or login of the user.
    public let name: String?
    /// What was found before.
    public let known: Binding?
}

/// Which lookups are under way and who waits for them, and when to look again. Times are microseconds since 1970.
struct Lookups: Sendable {
    /// The last try of this process.
    private struct Try: Hashable, Sendable {
        let name: String?
        let at: Int64
        /// The schedule that it began or went on with, for what the log knows nothing of.
        let ladder: Ladder
        let since: Int64
    }

    /// Asked but not yet begun, in order.
    private var queue = Queue<Question>()
    /// Every lookup that was asked for and has not ended, and the groups that wait for it.
    private var waiting: [Subject: Set<String>] = [:]
    /// How many lookups each group waits for.
    private var awaited: [String: Int] = [:]
    private var tries: [Subject: Try] = [:]
    /// When this process began: what was due before, the last one may have done.
    private let began: Int64
    /// Bound, but the directory said that something does not exist.
    private var doubted: Set<Subject> = []

    /// No lookup under way, in a process that began at a time.
    init(began: Int64 = 0) { self.began = began }

    /// Whether any is to be begun.
    var areQueued: Bool { !queue.isEmpty }

    /// The next to begin.
    mutating func next() -> Question? { queue.next() }

    /// Whether a group waits for any.
    func isAwaited(by group: String) -> Bool { awaited[group] != nil }

    /// Whether requests may name the subject.
    func isDoubted(_ subject: Subject) -> Bool { doubted.contains(subject) }

    /// What is bound to the subject is to be looked for again before the next request that names it.
    mutating func doubt(_ subject: Subject) { doubted.insert(subject) }

    /// Asks for a lookup if one is due: nothing is bound, or what is bound is in doubt.
    /// - Returns: when it will be due if it is not.
    mutating func ask(_ question: Question, for group: String, now: Int64) -> Int64? {
        let subject = question.subject
        if question.known?.finding == .bound, !doubted.contains(subject) { return nil }
        if waiting[subject] == nil {
            if let next = next(question), next > now { return next }
            queue.add(question)
        }
        if waiting[subject, default: []].insert(group).inserted { awaited[group, default: 0] += 1 }
        return nil
    }

    /// When it is due; `nil` for at once. What the log knows waits from when that was found, so by the same times in every
    /// process. Another name is another question.
    private func next(_ question: Question) -> Int64? {
        let last = tries[question.subject]
        if let last, last.name != question.name { return nil }
        if let known = question.known, let ladder = known.finding.ladder {
            return ladder.next(after: last?.at ?? began, since: known.at)
        }
        return last.map { $0.ladder.next(after: $0.at, since: $0.since) }
    }

    /// One ended. It is asked again only after a delay, unless under another name; at once where `ladder` is `nil`.
    /// - Returns: the groups that wait for no other, in order.
    mutating func ended(_ question: Question, settled: Bool, ladder: Ladder?, now: Int64) -> [String] {
        let subject = question.subject
        if settled { doubted.remove(subject) }
        if let ladder {
            let last = tries[subject]
            let goesOn = last?.name == question.name && last?.ladder == ladder
            let since = goesOn ? last?.since ?? now : now
            tries[subject] = Try(name: question.name, at: now, ladder: ladder, since: since)
        } else if settled {
            tries[subject] = nil
        }
        let groups = waiting.removeValue(forKey: subject) ?? []
        return groups.sorted().filter { group in
            let left = (awaited[group] ?? 1) - 1
            awaited[group] = left > 0 ? left : nil
            return left <= 0
        }
    }
}

/// First come, first served, each once.
struct Queue<Element: Hashable & Sendable>: Sendable {
    private var elements: [Element] = []
    private var first = 0
    private var members: Set<Element> = []

    var isEmpty: Bool { members.isEmpty }

    mutating func add(_ element: Element) {
        if members.insert(element).inserted { elements.append(element) }
    }

    mutating func next() -> Element? {
        guard first < elements.count else { return nil }
        let element = elements[first]
        first += 1
        members.remove(element)
        if first * 2 > elements.count {
            elements.removeFirst(first)
            first = 0
        }
        return element
    }
}
