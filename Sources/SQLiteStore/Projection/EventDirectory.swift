import Projector

/// Where the copies of each event lie, by a hash of its uuid, in memory: 16 to 32 bytes an event, half as much
/// again while it grows.
///
/// A rebuild makes the index on uuids only at its end, by sorting: filled one by one, uuids land all over its tree, and
/// nearly every event writes a page of its own. Until then this tells which events have been met.
struct EventDirectory {
    private var first: [UInt64: PackedPlace] = [:]
    /// Further places under the same hash: of copies, or of another uuid.
    private var others: [UInt64: [PackedPlace]] = [:]

    /// A place in eight bytes: a delivery has no more than 2^18 events that are read.
    private struct PackedPlace: Hashable {
        private let bits: Int64

        init(_ place: EventPlace) { bits = place.position << 18 | Int64(place.ordinal) }

        var place: EventPlace { EventPlace(position: bits >> 18, ordinal: Int(bits & 0x3FFFF)) }
    }

    /// Where copies of an event may lie, in order. A place may belong to another uuid of the same hash.
    func places(of uuid: String) -> [EventPlace] {
        let hash = Self.hash(uuid)
        guard let place = first[hash] else { return [] }
        return ([place] + (others[hash] ?? [])).map(\.place).sorted()
    }

    /// Where the first thing under the hash of a uuid lies: mostly its first copy.
    func firstPlace(of uuid: String) -> EventPlace? { first[Self.hash(uuid)]?.place }

    mutating func note(_ place: EventPlace, of uuid: String) {
        let (hash, place) = (Self.hash(uuid), PackedPlace(place))
        guard let known = first[hash] else {
            first[hash] = place
            return
        }
        guard known != place, others[hash]?.contains(place) != true else { return }
        others[hash, default: []].append(place)
    }

    /// FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/. Who made two uuids meet would only slow a rebuild down.
    private static func hash(_ uuid: String) -> UInt64 {
        uuid.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x0000_0100_0000_01B3 }
    }
}
