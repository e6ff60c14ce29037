import Projector
import SQLiteStore

/// Something that a person must look at now.
struct Alarm: Codable, Hashable, Sendable {
    /// What it is about. There is at most one alarm of a kind.
    enum Kind: String, Codable, Hashable, Sendable, CaseIterable {
        /// A removal waits too long.
        case removal
        /// The directory refuses the token.
        case token
        /// The directory was seen to do harm, so nothing is sent.
        case harm
        /// Somebody paused.
        case paused
        /// The brake holds groups.
        case brake
        /// Deliveries told what Okta's own record does not have.
        case unconfirmed
    }

    let kind: Kind
    /// For people; names ids only.
    let text: String
    /// Since when (UTC); nothing where that is not known.
    let since: String?

    /// The alarms that stand.
    /// - Parameters:
    ///   - concerns: what is known.
    ///   - removalAge: how long a removal may wait; zero for ever.
    ///   - now: microseconds since 1970.
    /// - Returns: those that stand, each kind once.
    static func all(_ concerns: Projection.Concerns, removalAge: Duration, now: Int64) -> [Alarm] {
        var alarms: [Alarm] = []
        if let removal = concerns.oldestRemoval, removalAge > .zero, .microseconds(now - removal.since) > removalAge {
            alarms.append(
                Alarm(
                    kind: .removal,
                    text: "user \(removal.user) is to be out of group \(removal.group) and is not known to be, since "
                        + "\(Coverage.utc(removal.since)): \(removal.reason ?? "due")",
                    since: Coverage.utc(removal.since)
                )
            )
        }
        if let trouble = concerns.directory, trouble.kind == .unauthorized {
            alarms.append(
                Alarm(
                    kind: .token,
                    text: "the directory refuses the token (\(trouble.detail ?? "no detail")), so nothing reaches it: "
                        + "check scim.token and scim.url; a new token needs a restart",
                    since: Coverage.utc(trouble.since)
                )
            )
        }
        if let harm = concerns.harm {
            alarms.append(Alarm(kind: .harm, text: harm, since: concerns.harmSince.map(Coverage.utc)))
        }
        if let reason = concerns.paused {
            alarms.append(
                Alarm(
                    kind: .paused,
                    text: "somebody paused, so nothing is sent until `ledger resume`: \(reason)",
                    since: concerns.pausedSince.map(Coverage.utc)
                )
            )
        }
        if !concerns.holds.isEmpty {
            alarms.append(
                Alarm(
                    kind: .brake,
                    text:
                        "the brake holds \(concerns.holds.count) group(s): \(concerns.holds.prefix(20).joined(separator: ", "))",
                    since: concerns.heldSince.map(Coverage.utc)
                )
            )
        }
        if concerns.unconfirmed > 0 {
            let events = concerns.unconfirmedEvents.joined(separator: ", ")
            alarms.append(
                Alarm(
                    kind: .unconfirmed,
                    text: "\(concerns.unconfirmed) event(s) came by the hook and are not in Okta's System Log, which "
                        + "has told all of that time: \(events). Look at them with `ledger history --unconfirmed`; if nobody "
                        + "knows them, somebody else knows okta.secret",
                    since: concerns.unconfirmedSince.map(Coverage.utc)
                )
            )
        }
        return alarms
    }
}

/// Which alarms were told already, and when to tell of them again.
struct AlarmBook: Sendable {
    /// What is to be told of an alarm.
    enum News: Hashable, Sendable {
        case begins(Alarm)
        case lasts(Alarm)
        case ends(Alarm)
    }

    /// How long an alarm stands before it is told of again, in microseconds.
    static let repetition: Int64 = 3_600_000_000

    private var told: [Alarm.Kind: (alarm: Alarm, at: Int64)] = [:]

    /// Takes over the alarms that stand now.
    /// - Returns: what is to be told, in the order of the kinds.
    mutating func take(_ alarms: [Alarm], now: Int64) -> [News] {
        Alarm.Kind.allCases.compactMap { kind in
            let standing = alarms.first { $0.kind == kind }
            let known = told[kind]
            switch (standing, known) {
            case (nil, nil): return nil
            case (nil, let known?):
                told[kind] = nil
                return .ends(known.alarm)
            case (let alarm?, nil):
                told[kind] = (alarm, now)
                return .begins(alarm)
            case (let alarm?, let known?):
                let isDue = now - known.at >= Self.repetition
                told[kind] = (alarm, isDue ? now : known.at)
                return isDue ? .lasts(alarm) : nil
            }
        }
    }
}
