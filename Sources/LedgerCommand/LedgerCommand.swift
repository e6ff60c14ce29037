import Server

/// The executable `ledger`.
@main
enum LedgerCommand {
    static func main() async { await runLedger() }
}
