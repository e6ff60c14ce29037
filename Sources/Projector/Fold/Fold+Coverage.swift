extension Fold {
    /// A backfill got on. Only one that came to the end covers anything.
    mutating func advance(_ body: CursorBody) throws {
        guard let span = body.covered else { return }
        let known = try state.coveredSpans()
        let union = CoveredSpan.union(known + [span])
        if union != known { try state.save(union) }
        guard let told = body.told else { return }
        let before = try state.toldSpans()
        let after = CoveredSpan.union(before + [told])
        if after != before { try state.save(told: after) }
    }
}
