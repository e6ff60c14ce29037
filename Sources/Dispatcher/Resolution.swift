import Projector
import SCIM

/// What a lookup result means for a binding. Pure: the directory was asked elsewhere.
enum Resolution {
    /// What was asked about a user: by `externalId` first, by `userName` only if that found nothing.
    struct UserAnswers: Sendable {
        let byExternalID: Lookup<SCIMUser>
        let byUserName: Lookup<SCIMUser>?

        /// The directory id that may be bound.
        var candidate: String? {
            if case .found(let user) = byExternalID { return user.id }
            if case .found(let user) = byUserName { return user.id }
            return nil
        }
    }

    /// A user is the directory user whose `externalId` is the Okta user id; else the one whose `userName` is the login,
    /// provided it has no other `externalId`: a reused login must not give the leaver's account to somebody else.
    /// - Parameter holder: the Okta id that the account found is bound to already.
    static func user(
        _ id: String,
        login: String?,
        _ answers: UserAnswers,
        known: Binding?,
        holder: String?
    ) -> ObservationBody {
        switch answers.byExternalID {
        case .ambiguous(let count):
            return observation(.user, id, .ambiguous, "\(count) users have this externalId")
        case .found(let user):
            return bind(.user, id, to: user.id, by: "externalId", holder: holder)
        case .notFound:
            break
        }
        switch answers.byUserName {
        case .ambiguous(let count):
            return observation(.user, id, .ambiguous, "\(count) users have the userName \(login ?? "")")
        case .found(let user):
            if let other = user.externalID, other != id {
                return observation(.user, id, .taken, "userName \(user.userName) has the externalId \(other)")
            }
            return bind(.user, id, to: user.id, by: "userName", holder: holder)
        case .notFound, nil:
            return lost(.user, id, known, login.map { "no externalId, no userName \($0)" } ?? "no externalId")
        }
    }

    /// A group is the directory group whose `displayName` is the Okta group's name.
    static func group(
        _ id: String,
        name: String,
        _ answer: Lookup<SCIMGroup>,
        known: Binding?,
        holder: String?
    ) -> ObservationBody {
        switch answer {
        case .ambiguous(let count): observation(.group, id, .ambiguous, "\(count) groups have the displayName \(name)")
        case .found(let group): bind(.group, id, to: group.id, by: "displayName", holder: holder)
        case .notFound: lost(.group, id, known, "no displayName \(name)")
        }
    }

    /// A directory id belongs to one Okta id at a time; the second waits.
    private static func bind(
        _ subject: ObservationBody.Subject,
        _ id: String,
        to directoryID: String,
        by attribute: String,
        holder: String?
    ) -> ObservationBody {
        if let holder, holder != id {
            return observation(subject, id, .taken, "\(directoryID) is bound to \(holder)")
        }
        return ObservationBody(subject: subject, id: id, finding: .bound, directoryID: directoryID, detail: attribute)
    }

    /// Nothing found: what was bound before is gone, which settles its removals; what never was stays loud.
    private static func lost(
        _ subject: ObservationBody.Subject,
        _ id: String,
        _ known: Binding?,
        _ detail: String
    ) -> ObservationBody {
        let wasBound = known?.finding == .bound || known?.finding == .gone
        return observation(subject, id, wasBound ? .gone : .notFound, detail)
    }

    private static func observation(
        _ subject: ObservationBody.Subject,
        _ id: String,
        _ finding: Finding,
        _ detail: String
    ) -> ObservationBody {
        ObservationBody(subject: subject, id: id, finding: finding, directoryID: nil, detail: detail)
    }
}

extension ObservationBody {
    /// Whether the log knows this already.
    func repeats(_ binding: Binding?) -> Bool {
        binding?.finding == finding && binding?.directoryID == directoryID && binding?.detail == detail
    }
}
