/// Writes the JSON of one event by appending bytes, nothing parsed and nothing looked up: a million bodies are wanted.
struct EventWriter: Sendable {
    /// Where an event comes from.
    enum Origin {
        case person([UInt8])
        case service
        case job
    }

    private let scenery = EventScenery()
    private let hookID: String

    init(hookID: String) {
        self.hookID = hookID
    }

    /// An event as a hook delivers it, nulls stripped. `targets` are written as they are, in order.
    func event(
        _ kind: EventKind,
        stamp: EventStamp,
        origin: Origin,
        outcome: StaticString,
        targets: [[UInt8]],
        path: [UInt8],
        random: inout SeededRandom
    ) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(3_400)
        open(&bytes, kind, stamp)
        let scene = scenery.scenes[random.below(scenery.scenes.count)]
        append(origin, scene, to: &bytes)
        bytes.append(outcome)
        bytes.append(#","target":["#)
        for (index, target) in targets.enumerated() {
            if index > 0 { bytes.append(UInt8(ascii: ",")) }
            bytes.append(contentsOf: target)
        }
        bytes.append("],")
        let request = (random.next(), random.next())
        if case .job = origin {
            bytes.append(#""transaction":{"type":"JOB","id":"eru"#)
            bytes.append(hex: request.0, digits: 16)
            bytes.append(#"","detail":{}},"debugContext":{"debugData":{"targetEventHookIds":""#)
            bytes.append(contentsOf: hookID.utf8)
            bytes.append(#""}},"#)
        } else {
            transaction(&bytes, request, path, random: &random)
        }
        bytes.append(contentsOf: kind.legacy)
        bytes.append(#""authenticationContext":{"authenticationStep":0,"externalSessionId":"102"#)
        bytes.append(hex: random.next(), digits: 16)
        bytes.append(#""},"#)
        if case .job = origin {
            bytes.append(#""securityContext":{}"#)
        } else {
            bytes.append(contentsOf: scene.security)
        }
        bytes.append(UInt8(ascii: "}"))
        return bytes
    }

    /// An event as the console's Preview sends sample data: nulls kept, actor and target null, "Success".
    func sample(_ kind: EventKind, stamp: EventStamp) -> [UInt8] {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(1_200)
        open(&bytes, kind, stamp)
        bytes.append(#""client":{"userAgent":null,"zone":null,"device":null,"id":null,"ipAddress":null,"#)
        bytes.append(#""geographicalContext":null,"ipChain":null},"device":null,"actor":null,"#)
        bytes.append(#""outcome":{"result":"Success","reason":null},"target":null,"#)
        bytes.append(#""transaction":{"type":null,"id":"unknown","detail":null},"debugContext":null,"#)
        bytes.append(contentsOf: kind.legacy)
        bytes.append(#""authenticationContext":{"authenticationProvider":null,"credentialProvider":null,"#)
        bytes.append(#""credentialType":null,"issuer":null,"authenticationStep":0,"externalSessionId":null,"#)
        bytes.append(#""interface":null},"securityContext":null,"insertionTimestamp":null}"#)
        return bytes
    }

    private func open(_ bytes: inout [UInt8], _ kind: EventKind, _ stamp: EventStamp) {
        bytes.append(#"{"uuid":""#)
        bytes.append(uuidHigh: stamp.high, low: stamp.low)
        bytes.append(#"","published":""#)
        bytes.append(rfc3339: stamp.published, fractionDigits: 3)
        bytes.append(#"","#)
        bytes.append(contentsOf: kind.head)
    }

    private func append(_ origin: Origin, _ scene: EventScenery.Scene, to bytes: inout [UInt8]) {
        if case .job = origin {
            bytes.append(contentsOf: EventScenery.jobClient)
        } else {
            bytes.append(contentsOf: scene.client)
        }
        bytes.append(#""actor":"#)
        switch origin {
        case .person(let person): bytes.append(contentsOf: person)
        case .service: bytes.append(contentsOf: EventScenery.serviceActor)
        case .job: bytes.append(contentsOf: EventScenery.jobActor)
        }
        bytes.append(UInt8(ascii: ","))
    }

    private func transaction(
        _ bytes: inout [UInt8],
        _ request: (UInt64, UInt64),
        _ path: [UInt8],
        random: inout SeededRandom
    ) {
        bytes.append(#""transaction":{"type":"WEB","id":""#)
        bytes.append(hex: request.0, digits: 16)
        bytes.append(hex: request.1, digits: 16)
        bytes.append(#"","detail":{}},"debugContext":{"debugData":{"requestId":""#)
        bytes.append(hex: request.0, digits: 16)
        bytes.append(hex: request.1, digits: 16)
        bytes.append(#"","dtHash":""#)
        for _ in 0..<4 { bytes.append(hex: random.next(), digits: 16) }
        bytes.append(#"","requestUri":""#)
        bytes.append(contentsOf: path)
        bytes.append(#"","targetEventHookIds":""#)
        bytes.append(contentsOf: hookID.utf8)
        bytes.append(#"","url":""#)
        bytes.append(contentsOf: path)
        bytes.append(#"?"}},"#)
    }
}

/// When an event was published, and the uuid that tells the same time more finely.
struct EventStamp {
    /// Nanoseconds since 1970 UTC, whole milliseconds.
    let published: Int64
    let high: UInt64
    let low: UInt64
}

extension [UInt8] {
    /// Appends literal text.
    mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(contentsOf: $0) }
    }
}
