/// Ways in which a projector could be wrong. Each is a variant of the oracle, and each must be told from the truth.
enum Fault: String, CaseIterable {
    case arrivalDecides, publishedOnly, publishedAsText, publishedToTheMillisecond
    case ticksIgnored, ticksOfAnyMillisecond, ticksMissingIsZero, addAfterRemove, uuidIgnoringCase, uuidAsPeopleSort
    case lastCopyWins, hookBeforeSystemLog, everyCopyCounts
    case heldApplied, approvalIgnored, oldNotHeld, futureNotHeld
    case deletionIgnored, deletionAlwaysWins, deletionIsFinal, lastDeletionByArrival
    case failureCounts, outcomeIgnoringCase, targetsByPlace, extraUserTolerated, foreignCounts
    case nameByArrival, scopeIgnoringCase
    case baselineIgnored, baselineWinsItsInstant, unnamedStays, firstBaselineStays
}

/// Membership and standings by the rules of the design, computed from all entries at once: no state, no increments, and
/// no code of the projector.
struct Oracle {
    /// What an event does.
    private enum Effect {
        case membership(group: String, user: String, present: Bool)
        case deletion(group: String)
        case name
        case none
    }

    private struct Event {
        let copy: OracleLog.Copy
        let effect: Effect
        let rank: OracleRank
    }

    private let log: OracleLog
    private let fault: Fault?
    private var view = FoldedView()
    private var events: [Event] = []

    /// What follows from a log, or what a faulty projector would make of it.
    static func view(_ log: OracleLog, fault: Fault? = nil) -> FoldedView {
        var oracle = Oracle(log: log, fault: fault)
        oracle.judge()
        oracle.decide()
        oracle.name()
        return oracle.view
    }

    private init(log: OracleLog, fault: Fault?) {
        self.log = log
        self.fault = fault
    }

    // MARK: Standings

    private mutating func judge() {
        for (uuid, copies) in Dictionary(grouping: log.copies, by: \.uuid) {
            let chosen = choose(copies)
            let same = copies.filter { areSame($0, chosen) }
            view.standings[uuid] = .init(text: "", conflict: same.count < copies.count)
            let reason = ignored(chosen)
            if let reason, reason != "userLifecycle" {
                view.standings[uuid]?.text = "ignored: \(reason)"
            } else if let held = held(chosen, same) {
                view.standings[uuid]?.text = "held: \(held)"
            } else {
                view.standings[uuid]?.text = reason.map { "ignored: \($0)" } ?? "superseded"
                for copy in fault == .everyCopyCounts ? copies.filter({ !same.contains($0) }) + [chosen] : [chosen] {
                    events.append(Event(copy: copy, effect: effect(copy), rank: OracleRank(copy, fault: fault)))
                }
            }
        }
    }

    private func choose(_ copies: [OracleLog.Copy]) -> OracleLog.Copy {
        let sorted = copies.sorted { ($0.position, $0.ordinal) < ($1.position, $1.ordinal) }
        let hooks = sorted.filter { !$0.isFromSystemLog }
        let fit =
            hooks.filter { mayHaveEffect($0) && age($0) == nil } + hooks.filter { mayHaveEffect($0) && age($0) != nil }
        let ranked = fit + hooks.filter { !mayHaveEffect($0) }
        let hook = fault == .lastCopyWins ? fit.last ?? hooks.last : ranked.first
        let system = sorted.first(where: \.isFromSystemLog)
        return (fault == .hookBeforeSystemLog ? hook ?? system : system ?? hook) ?? sorted[0]
    }

    private func mayHaveEffect(_ copy: OracleLog.Copy) -> Bool {
        let approved = fault != .approvalIgnored && log.approvals.contains(copy.uuid)
        return (approved || age(copy) == nil) && ignored(copy) != "organization"
    }

    /// Whether two copies say the same of what an event can do; names, and targets that its type has no use for, are left out.
    private func areSame(_ left: OracleLog.Copy, _ right: OracleLog.Copy) -> Bool {
        func only(_ copy: OracleLog.Copy, _ type: String, unless prefixes: [String]) -> String? {
            let found = copy.targets.filter { $0.type == type }
            return found.count != 1 || prefixes.contains(where: copy.type.hasPrefix) ? nil : found[0].id
        }
        func says(_ copy: OracleLog.Copy) -> [String?] {
            [
                copy.type, copy.outcome, String(copy.published), ignored(copy),
                only(copy, "User", unless: ["group.lifecycle.", "group.profile."]),
                only(copy, "UserGroup", unless: ["user.lifecycle.", "user.account."]),
            ]
        }
        return says(left) == says(right)
    }

    private func ignored(_ copy: OracleLog.Copy) -> String? {
        let isUserLife = copy.type.hasPrefix("user.lifecycle.") || copy.type == "user.account.update_profile"
        let isGroupLife = ["group.lifecycle.delete", "group.lifecycle.create", "group.profile.update"].contains(
            copy.type
        )
        let isMembership = ["group.user_membership.add", "group.user_membership.remove"].contains(copy.type)
        let isHookLife = copy.type.hasPrefix("event_hook.")
        guard isUserLife || isGroupLife || isMembership else { return isHookLife ? "eventHook" : "type" }
        if fault != .foreignCounts, !copy.isFromSystemLog, let own = log.organization, copy.organization != own {
            return "organization"
        }
        let result = fault == .outcomeIgnoringCase ? copy.outcome?.uppercased() : copy.outcome
        if fault != .failureCounts, result != "SUCCESS" { return "outcome" }
        if copy.hasOddTarget { return "malformedTarget" }
        let (group, user) = parties(copy)
        if isUserLife { return user == nil ? "targets" : "userLifecycle" }
        return group == nil || (isMembership && user == nil) ? "targets" : nil
    }

    /// The one group and the one user of an event.
    private func parties(_ copy: OracleLog.Copy) -> (group: OracleLog.Target?, user: OracleLog.Target?) {
        if fault == .targetsByPlace, copy.targets.count >= 2 { return (copy.targets[1], copy.targets[0]) }
        let users = copy.targets.filter { $0.type == "User" }
        let groups = copy.targets.filter { $0.type == "UserGroup" }
        let tolerated = fault == .extraUserTolerated ? 1...9 : 1...1
        return (groups.count == 1 ? groups[0] : nil, tolerated.contains(users.count) ? users[0] : nil)
    }

    private func held(_ chosen: OracleLog.Copy, _ same: [OracleLog.Copy]) -> String? {
        if fault == .heldApplied { return nil }
        if fault != .approvalIgnored, log.approvals.contains(chosen.uuid) { return nil }
        if same.contains(where: { age($0) == nil }) { return nil }
        return age(chosen)
    }

    private func age(_ copy: OracleLog.Copy) -> String? {
        if copy.isFromSystemLog { return nil }
        let late = copy.recordedAt - copy.published / 1_000
        if late > 86_400_000_000, fault != .oldNotHeld { return "old" }
        if late < -300_000_000, fault != .futureNotHeld { return "future" }
        return nil
    }

    private func effect(_ copy: OracleLog.Copy) -> Effect {
        let (group, user) = parties(copy)
        switch copy.type {
        case "group.user_membership.add", "group.user_membership.remove":
            guard let group, let user else { return .none }
            return .membership(group: group.id, user: user.id, present: copy.type.hasSuffix(".add"))
        case "group.lifecycle.delete": return group.map { .deletion(group: $0.id) } ?? .none
        case "group.lifecycle.create", "group.profile.update": return .name
        default: return .none
        }
    }

    // MARK: Membership

    private mutating func decide() {
        var pairs: [FoldedView.Pair: [Event]] = [:]
        var deletions: [String: [Event]] = [:]
        for event in events {
            switch event.effect {
            case .membership(let group, let user, _): pairs[.init(group: group, user: user), default: []].append(event)
            case .deletion(let group): deletions[group, default: []].append(event)
            case .name, .none: break
            }
        }
        for baseline in log.baselines {
            for user in baseline.members.keys { pairs[.init(group: baseline.group, user: user), default: []] += [] }
        }
        for (pair, own) in pairs {
            let told = fault == .baselineIgnored ? [] : log.baselines.filter { $0.group == pair.group }
            let baseline = fault == .firstBaselineStays ? told.first : told.last
            var ended = deletions[pair.group] ?? []
            if fault == .deletionIgnored { ended = [] }
            if fault == .lastDeletionByArrival {
                ended = Array(ended.sorted { $0.copy.position < $1.copy.position }.suffix(1))
            }
            let sorted = (own + ended).sorted { $0.rank < $1.rank }
            if let baseline, fault != .unnamedStays || baseline.members[pair.user] != nil,
                (sorted.last?.copy.published ?? .min) < baseline.instant + (fault == .baselineWinsItsInstant ? 1 : 0)
            {
                let present = baseline.members[pair.user] != nil
                view.membership[pair] = .init(present: present, decidedBy: "baseline:" + baseline.run, tie: nil)
                continue
            }
            guard var last = sorted.last else { continue }
            if let deletion = ended.first {
                if fault == .deletionAlwaysWins { last = deletion }
                // Who came back after a deletion stays out.
                if fault == .deletionIsFinal, case .membership(_, _, true) = last.effect { last = deletion }
            }
            let tie = sorted.dropLast().last.flatMap { last.rank.tie(with: $0.rank) }
            var present = false
            if case .membership(_, _, true) = last.effect { present = true }
            view.membership[pair] = .init(present: present, decidedBy: last.copy.uuid, tie: tie)
            view.standings[last.copy.uuid]?.text = "decides"
        }
    }

    // MARK: Names

    private mutating func name() {
        let sorted = events.sorted {
            fault == .nameByArrival ? $0.copy.position < $1.copy.position : $0.rank < $1.rank
        }
        var (groupAt, userAt): ([String: Int64], [String: Int64]) = ([:], [:])
        for event in sorted {
            let copy = event.copy
            let (group, user) = parties(copy)
            let isUserLife = copy.type.hasPrefix("user.")
            let isGroupLife = !isUserLife && !copy.type.hasPrefix("group.user_membership.")
            if let group, let name = group.name, !isUserLife {
                let starts = name.hasPrefix(log.prefix)
                let inScope =
                    fault == .scopeIgnoringCase ? name.lowercased().hasPrefix(log.prefix.lowercased()) : starts
                view.groups[group.id] = .init(name: name, inScope: inScope)
                if isGroupLife { naming[group.id] = copy } else { naming[group.id] = nil }
                groupAt[group.id] = copy.published
            }
            if let user, let login = user.login, !isGroupLife {
                view.logins[user.id] = login
                userAt[user.id] = copy.published
            }
        }
        for baseline in log.baselines {
            if let name = baseline.name, groupAt[baseline.group] ?? .min < baseline.instant {
                view.groups[baseline.group] = .init(name: name, inScope: name.hasPrefix(log.prefix))
                naming[baseline.group] = nil
            }
            for (user, login) in baseline.members where userAt[user] ?? .min < baseline.instant {
                view.logins[user] = login
            }
        }
        for copy in naming.values where copy.type != "group.lifecycle.delete" {
            view.standings[copy.uuid]?.text = "decides"
        }
    }

    /// The event of a group's own life that told its latest name.
    private var naming: [String: OracleLog.Copy] = [:]
}
