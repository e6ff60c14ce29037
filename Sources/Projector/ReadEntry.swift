import Foundation
public import Ledger
public import Okta

/// An entry after reading and before folding: parsing is the dear part and needs no state, so it can run ahead.
public struct ReadEntry: Sendable {
    /// What the entry holds.
    public enum Content: Sendable {
        /// Events of a hook delivery, each readable or not, and the org that sent them.
        case delivery([Result<LogEvent, UnreadableEvent>], organization: String?)
        /// One event of the System Log.
        case logEvent(LogEvent)
        /// A request about to leave.
        case attempt(AttemptBody)
        /// What came of it.
        case outcome(OutcomeBody)
        /// What a lookup taught.
        case observation(ObservationBody)
        /// How the directory as a whole stands.
        case directory(DirectoryBody)
        /// Who is a member of a directory group.
        case members(MembersBody)
        /// The brake holds a group.
        case held(HoldBody)
        /// What the first removal showed of the directory.
        case proof(ProofBody)
        /// How far a backfill has got.
        case cursor(CursorBody)
        /// Who is a member of an Okta group, as Okta's API told it.
        case baseline(BaselineBody)
        /// What an operator asked.
        case action(OperatorBody)
        /// A process took over the ledger; whether it listens for deliveries.
        case started(listening: Bool)
        /// The process let go of the ledger.
        case stopped
        /// The settings in force from here on.
        case configured(FoldSettings)
        /// From Okta, but not readable; why.
        case unreadable(EventCopy.Source, reason: String)
        /// Of a kind that the fold does not know, or our own and not readable.
        case other
    }

    /// Position of the entry.
    public let position: Int64
    /// When it was recorded, in microseconds since 1970.
    public let recordedAt: Int64
    /// What it holds.
    public let content: Content

    /// Reads an entry. No bytes, however odd, make it fail.
    public init(_ entry: Entry) {
        position = entry.position
        recordedAt = entry.recordedAt
        content = Self.read(entry)
    }

    /// How many events, or members of a baseline, it holds: what folding it costs.
    public var eventCount: Int {
        switch content {
        case .delivery(let events, _): events.count
        case .logEvent: 1
        case .baseline(let body): body.members.count
        default: 0
        }
    }

    private static func read(_ entry: Entry) -> Content {
        switch entry.kind {
        case .oktaDelivery: delivery(entry.body)
        case .oktaLogEvent: logEvent(entry.body)
        case .scimAttempt: decode(AttemptBody.self, entry.body, Content.attempt)
        case .scimOutcome: decode(OutcomeBody.self, entry.body, Content.outcome)
        case .scimObservation: observation(entry.body)
        case .pushHeld: decode(HoldBody.self, entry.body, Content.held)
        case .scimProof: decode(ProofBody.self, entry.body, Content.proof)
        case .oktaCursor: decode(CursorBody.self, entry.body, Content.cursor)
        case .oktaBaseline: baseline(entry.body)
        case .operatorAction: decode(OperatorBody.self, entry.body, Content.action)
        case .ledgerConfigured: decode(FoldSettings.self, entry.body, Content.configured)
        case .ledgerStarted: decode(StartedBody.self, entry.body) { .started(listening: $0.listening) }
        case .ledgerStopped: .stopped
        default: .other
        }
    }

    private static func observation(_ body: [UInt8]) -> Content {
        let content = decode(ObservationBody.self, body, Content.observation)
        guard case .other = content else { return content }
        let directory = decode(DirectoryBody.self, body, Content.directory)
        guard case .other = directory else { return directory }
        return decode(MembersBody.self, body, Content.members)
    }

    private static func baseline(_ body: [UInt8]) -> Content {
        decode(BaselineBody.self, body) { $0.isSound ? .baseline($0) : .other }
    }

    private static func delivery(_ body: [UInt8]) -> Content {
        do throws(UnreadableDelivery) {
            let delivery = try Delivery(parsing: body)
            return .delivery(delivery.events, organization: delivery.organization)
        } catch {
            return .unreadable(.hook, reason: error.code)
        }
    }

    private static func logEvent(_ body: [UInt8]) -> Content {
        do throws(UnreadableEvent) {
            return .logEvent(try LogEvent(parsing: body))
        } catch {
            return .unreadable(.systemLog, reason: error.code)
        }
    }

    private static func decode<Body: Decodable>(
        _ type: Body.Type,
        _ bytes: [UInt8],
        _ content: (Body) -> Content
    ) -> Content {
        guard let body = try? JSONDecoder().decode(type, from: Data(bytes)) else { return .other }
        return content(body)
    }
}
