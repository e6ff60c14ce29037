extension FoldState {
    /// Whether a pair's addition must not be sent yet: settings want additions confirmed, and only deliveries have brought
    /// the event that decides.
    ///
    /// It is read when a difference is, and stored nowhere: the copy that stands for the event and the approvals tell it.
    public func awaitsConfirmation(_ pair: PairState) throws -> Bool {
        guard try control.settings.confirm == .adds, pair.desired == true, let decision = pair.decision else {
            return false
        }
        // What no delivery tells, such as a reading of Okta's groups, needs no other witness.
        guard let copy = try standing(for: decision.order.uuid), copy.copy.source == .hook else { return false }
        return try !isApproved(decision.order.uuid)
    }
}
