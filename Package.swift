// swift-tools-version: 6.2
import PackageDescription

/// Settings of every target. Each upcoming feature is named with the proposal that explains it.
let strict: [SwiftSetting] = [
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0335-existential-any.md
    .enableUpcomingFeature("ExistentialAny"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0444-member-import-visibility.md
    .enableUpcomingFeature("MemberImportVisibility"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0409-access-level-on-imports.md
    .enableUpcomingFeature("InternalImportsByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0461-async-function-isolation.md
    .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
    // https://github.com/swiftlang/swift-evolution/blob/main/proposals/0470-isolated-conformances.md
    .enableUpcomingFeature("InferIsolatedConformances"),
    .treatAllWarnings(as: .error),
]

/// Targets that touch C pointers also spell out each unsafe use.
/// https://github.com/swiftlang/swift-evolution/blob/main/proposals/0458-strict-memory-safety.md
let strictWithPointers: [SwiftSetting] = strict + [.strictMemorySafety()]

let crypto = Target.Dependency.product(name: "Crypto", package: "swift-crypto")
let cryptoExtras = Target.Dependency.product(name: "CryptoExtras", package: "swift-crypto")
let grdb = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let grdbSQLite = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let hummingbird = Target.Dependency.product(name: "Hummingbird", package: "hummingbird")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let lifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let configuration = Target.Dependency.product(name: "Configuration", package: "swift-configuration")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioHTTPTypes = Target.Dependency.product(name: "NIOHTTPTypes", package: "swift-nio-extras")
let httpTypes = Target.Dependency.product(name: "HTTPTypes", package: "swift-http-types")

let package = Package(
    name: "ledger",
    platforms: [.macOS(.v15)],
    products: [
        .executable(name: "ledger", targets: ["LedgerCommand"]),
        .executable(name: "ledger-bench", targets: ["Bench"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser.git", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-configuration.git", from: "1.4.0", traits: ["YAML"]),
        .package(url: "https://github.com/apple/swift-crypto.git", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-http-types.git", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-log.git", from: "1.16.2"),
        .package(url: "https://github.com/apple/swift-nio.git", from: "2.101.2"),
        .package(url: "https://github.com/apple/swift-nio-extras.git", from: "1.35.2"),
        .package(url: "https://github.com/groue/GRDB.swift.git", from: "7.10.0"),
        .package(url: "https://github.com/hummingbird-project/hummingbird.git", from: "2.28.1"),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle.git", from: "2.13.0"),
    ],
    targets: [
        // The C edges: libcurl, and the variadic calls of SQLite that Swift cannot import.
        .systemLibrary(
            name: "CLibcurl",
            pkgConfig: "libcurl",
            providers: [.apt(["libcurl4-openssl-dev"])]
        ),
        .target(name: "CSQLiteExtras", linkerSettings: [.linkedLibrary("sqlite3")]),

        .target(
            name: "HTTPTransport",
            dependencies: ["CLibcurl"],
            swiftSettings: strictWithPointers
        ),
        .target(name: "Okta", dependencies: [crypto], swiftSettings: strictWithPointers),
        .target(
            name: "OktaClient",
            dependencies: ["Okta", "HTTPTransport", crypto, cryptoExtras],
            swiftSettings: strict
        ),
        .target(name: "SCIM", dependencies: ["HTTPTransport"], swiftSettings: strict),
        .target(name: "Transparency", dependencies: [crypto], swiftSettings: strict),
        .target(name: "Ledger", dependencies: ["Transparency", crypto], swiftSettings: strict),
        .target(name: "Projector", dependencies: ["Ledger", "Okta", crypto], swiftSettings: strict),
        .target(
            name: "SQLiteStore",
            dependencies: ["CSQLiteExtras", "Ledger", "Projector", crypto, grdb, grdbSQLite],
            swiftSettings: strictWithPointers
        ),
        .target(
            name: "Dispatcher",
            dependencies: ["Ledger", "Okta", "Projector", "SCIM", crypto, logging],
            swiftSettings: strict
        ),
        .target(
            name: "Sandbox",
            dependencies: [hummingbird, httpTypes, nioCore, lifecycle, logging],
            swiftSettings: strict
        ),
        // A library, so that the benchmarks can run the real listener: executables cannot import each other.
        .target(
            name: "Server",
            dependencies: [
                "HTTPTransport", "Okta", "OktaClient", "SCIM", "Transparency", "Ledger", "Projector", "SQLiteStore",
                "Dispatcher", "Sandbox", hummingbird, httpTypes, nioCore, logging, lifecycle, unixSignals,
                nioHTTPTypes, configuration, argumentParser, grdb,
            ],
            swiftSettings: strict
        ),
        .executableTarget(name: "LedgerCommand", dependencies: ["Server"], swiftSettings: strict),
        .executableTarget(
            name: "Bench",
            dependencies: [
                "Server", "Dispatcher", "SCIM", "HTTPTransport", "Okta", "SQLiteStore", "Projector", "Ledger",
                "Sandbox",
                argumentParser, crypto, grdb, lifecycle, logging,
            ],
            exclude: ["fold.sql"],
            swiftSettings: strict
        ),

        // One test target a module, and one for the whole service as a user meets it.
        .testTarget(name: "HTTPTransportTests", dependencies: ["HTTPTransport"], swiftSettings: strict),
        .testTarget(name: "OktaTests", dependencies: ["Okta"], swiftSettings: strict),
        .testTarget(
            name: "OktaClientTests",
            dependencies: ["OktaClient", "Okta", "HTTPTransport", "Sandbox", crypto, cryptoExtras],
            swiftSettings: strict
        ),
        .testTarget(name: "SCIMTests", dependencies: ["SCIM", "HTTPTransport"], swiftSettings: strict),
        .testTarget(name: "LedgerTests", dependencies: ["Ledger", "Transparency", crypto], swiftSettings: strict),
        .testTarget(name: "ProjectorTests", dependencies: ["Projector", "Ledger", "Okta"], swiftSettings: strict),
        .testTarget(
            name: "SQLiteStoreTests",
            dependencies: ["SQLiteStore", "CSQLiteExtras", "Ledger", "Projector", "Okta", grdb],
            swiftSettings: strict
        ),
        .testTarget(
            name: "DispatcherTests",
            dependencies: ["Dispatcher", "HTTPTransport", "Ledger", "Okta", "Projector", "SCIM", "Sandbox", logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "SandboxTests",
            dependencies: ["Sandbox", lifecycle, logging],
            swiftSettings: strict
        ),
        .testTarget(
            name: "ServerTests",
            dependencies: [
                "Server", "Dispatcher", "HTTPTransport", "Ledger", "Okta", "OktaClient", "Projector", "Sandbox", "SCIM",
                "SQLiteStore", argumentParser, configuration, crypto, hummingbird, lifecycle, logging, nioCore,
            ],
            swiftSettings: strict
        ),
        .testTarget(
            name: "AcceptanceTests",
            dependencies: [
                "HTTPTransport", "Sandbox", "Okta", "Ledger", "Projector", "SQLiteStore", grdb, lifecycle, logging,
            ],
            swiftSettings: strict
        ),
    ]
)

// For `make sanitize`: the whole takes many minutes to build with a sanitizer, this does not.
if Context.environment["TRANSPORT_ONLY"] != nil {
    package.targets.removeAll { !["CLibcurl", "HTTPTransport", "HTTPTransportTests"].contains($0.name) }
    package.products = []
}
