import Projector
import SCIM

/// What a lookup result means for a binding. Pure: the directory was asked elsewhere.
enum Resolution {
    /// What the directory answered.
    enum Answers: Sendable {
        /// By `externalId` first, by `userName` only if that found nothing.
        case user(byExternalID: Lookup<SCIMUser>, byUserName: Lookup<SCIMUser>?)
        case group(byDisplayName: Lookup<SCIMGroup>)
        /// What was bound is still there under its own id, whatever it is called now.
        case stillThere(Binding)

        /// The directory id that may be bound.
        var candidate: String? {
            switch self {
            case .user(.found(let user), _), .user(.notFound, .found(let user)?): user.id
            case .group(.found(let group)): group.id
            case .stillThere(let binding): binding.directoryID
            default: nil
            }
        }

        /// Whether a user was looked for by login.
        var dependOnLogin: Bool {
            if case .user(.notFound, _) = self { true } else { false }
        }
    }

    /// What a failed lookup teaches of its subject; `nil` where it concerns the whole directory, or a subject whose place
    /// there is known.
    static func failure(_ question: Question, _ error: SCIMError, now: Int64) -> ObservationBody? {
        if let finding = question.known?.finding, finding == .bound || finding == .gone { return nil }
        return switch error.concern(now: now) {
        case .directory, .notAsked: nil
        case .noAnswer: observation(question.subject, .unanswered, error.summary)
        case .question: observation(question.subject, .failed, error.summary)
        }
    }

    /// What the answers teach.
    /// - Parameters:
    ///   - question: what was asked.
    ///   - answers: what was answered.
    ///   - holder: the Okta id that the directory id found is bound to already.
    /// - Returns: the body of the entry that says so.
    static func observation(_ question: Question, _ answers: Answers, holder: String?) -> ObservationBody {
        switch answers {
        case .user(let byExternalID, let byUserName): user(question, byExternalID, byUserName, holder)
        case .group(let answer): group(question, answer, holder)
        case .stillThere(let binding):
            observation(question.subject, .bound, binding.detail ?? "its id", binding.directoryID)
        }
    }

    /// A user is the directory user whose `externalId` is the Okta user id; else the one whose `userName` is the login,
    /// provided it has no other `externalId`: a reused login must not give the leaver's account to somebody else.
    private static func user(
        _ question: Question,
        _ byExternalID: Lookup<SCIMUser>,
        _ byUserName: Lookup<SCIMUser>?,
        _ holder: String?
    ) -> ObservationBody {
        let (subject, login) = (question.subject, question.name ?? "")
        switch byExternalID {
        case .ambiguous(let count):
            return observation(subject, .ambiguous, "\(count) users have this externalId")
        case .found(let user):
            return bind(subject, to: user.id, by: "externalId \(subject.id)", holder: holder)
        case .notFound:
            break
        }
        switch byUserName {
        case .ambiguous(let count):
            return observation(subject, .ambiguous, "\(count) users have the userName \(login)")
        case .found(let user):
            if let other = user.externalID, !other.isEmpty, other != subject.id {
                return observation(subject, .taken, "userName \(user.userName) has the externalId \(other)")
            }
            return bind(subject, to: user.id, by: "userName \(login)", holder: holder)
        case .notFound:
            return lost(question, "no externalId \(subject.id), no userName \(login)")
        case nil:
            return lost(question, "no externalId \(subject.id)")
        }
    }

    /// A group is the directory group whose `displayName` is the Okta group's name.
    private static func group(_ question: Question, _ answer: Lookup<SCIMGroup>, _ holder: String?) -> ObservationBody {
        let (subject, name) = (question.subject, question.name ?? "")
        return switch answer {
        case .ambiguous(let count): observation(subject, .ambiguous, "\(count) groups have the displayName \(name)")
        case .found(let group): bind(subject, to: group.id, by: "displayName \(name)", holder: holder)
        case .notFound: lost(question, question.name == nil ? "no name" : "no displayName \(name)")
        }
    }

    /// A directory id belongs to one Okta id at a time; the second waits.
    private static func bind(
        _ subject: Subject,
        to directoryID: String,
        by words: String,
        holder: String?
    ) -> ObservationBody {
        guard isUsable(directoryID) else {
            return observation(subject, .notFound, "\(words) has an id that no request can name")
        }
        if let holder, holder != subject.id {
            return observation(subject, .taken, "\(directoryID) is bound to \(holder)")
        }
        return observation(subject, .bound, words, directoryID)
    }

    /// Nothing found: what was bound before is gone, since its own id was asked for first; that settles its removals. What
    /// never was bound stays loud.
    private static func lost(_ question: Question, _ detail: String) -> ObservationBody {
        let wasBound = question.known?.finding == .bound || question.known?.finding == .gone
        return observation(question.subject, wasBound ? .gone : .notFound, detail)
    }

    /// Whether a request can name the id: an empty one or a dot segment would name another resource.
    private static func isUsable(_ directoryID: String) -> Bool {
        let change = MemberChange(memberID: directoryID, state: .present)
        return (try? MemberPatch(groupID: directoryID, changes: [change])) != nil
    }

    private static func observation(
        _ subject: Subject,
        _ finding: Finding,
        _ detail: String,
        _ directoryID: String? = nil
    ) -> ObservationBody {
        ObservationBody(
            subject: subject.kind,
            id: subject.id,
            finding: finding,
            directoryID: directoryID,
            detail: detail
        )
    }
}

extension ObservationBody {
    /// Whether the log knows this already. The words for a failure may differ each time.
    func repeats(_ binding: Binding?) -> Bool {
        guard binding?.finding == finding, binding?.directoryID == directoryID else { return false }
        return finding == .failed || finding == .unanswered || binding?.detail == detail
    }
}
