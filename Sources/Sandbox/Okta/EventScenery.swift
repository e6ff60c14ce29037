/// The parts of an event that say nothing about membership, prepared once: who acted, from where, with what.
///
/// Key order and fields are those of a real delivery with its nulls stripped (fixture
/// okta/hook-group-add-web-nulls-stripped); the job variant is that of a group rule (facts of public captures).
struct EventScenery: Sendable {
    /// One way an administrator's request looks.
    struct Scene: Sendable {
        /// `client`, with a comma behind.
        let client: [UInt8]
        /// `securityContext`, without a comma.
        let security: [UInt8]
    }

    let scenes: [Scene]
    /// `client` of a job.
    static let jobClient = Array(#""client":{"ipChain":[]},"#.utf8)
    static let jobActor = Names.party(
        id: "spr1okta0system0test",
        type: "SystemPrincipal",
        alternateId: "system@okta.com",
        displayName: "Okta System"
    )
    static let serviceActor = Names.party(
        id: "0oa1service0client00",
        type: "PublicClientAppEntity",
        alternateId: "unknown",
        displayName: "Okta Identity Governance"
    )
    static let application = Names.party(
        id: "0oa1application0test",
        type: "AppInstance",
        alternateId: "AWS IAM Identity Center",
        displayName: "AWS IAM Identity Center"
    )

    private static let agents = [
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 (KHTML, like Gecko) "
                + "Chrome/120.0.0.0 Safari/537.36", "Mac OS X", "CHROME", "Computer"
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:107.0) Gecko/20100101 Firefox/107.0", "Mac OS X",
            "FIREFOX",
            "Computer"
        ),
        ("okta-sdk-golang/2.20.0 golang/go1.21.5 linux/amd64", "Linux", "UNKNOWN", "Unknown"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
                + "Version/17.1 Mobile/15E148 Safari/604.1", "iOS (iPhone)", "SAFARI", "Mobile"
        ),
    ]

    private static let places = [
        ("San Jose", "California", "United States", "95118", "37.2566", "-121.8889"),
        ("Zürich", "Zurich", "Switzerland", "8001", "47.3667", "8.55"),
        ("Tokyo", "Tokyo", "Japan", "151-0053", "35.6893", "139.6899"),
        ("São Paulo", "São Paulo", "Brazil", "01000-000", "-23.5475", "-46.6361"),
    ]

    /// Every agent at every place, behind one to four addresses.
    init() {
        var scenes: [Scene] = []
        for agent in Self.agents {
            for (number, place) in Self.places.enumerated() {
                scenes.append(Self.scene(agent, place, hops: 1 + (scenes.count % 4), address: 10 + number))
            }
        }
        self.scenes = scenes
    }

    private static func scene(
        _ agent: (String, String, String, String),
        _ place: (String, String, String, String, String, String),
        hops: Int,
        address: Int
    ) -> Scene {
        let geography =
            #"{"city":"\#(place.0)","state":"\#(place.1)","country":"\#(place.2)","postalCode":"\#(place.3)","#
            + #""geolocation":{"lat":\#(place.4),"lon":\#(place.5)}}"#
        let chain = (0..<hops)
            .map { #"{"ip":"203.0.113.\#(address + $0)","geographicalContext":\#(geography),"version":"V4"}"# }
            .joined(separator: ",")
        let client =
            #""client":{"userAgent":{"rawUserAgent":"\#(agent.0)","os":"\#(agent.1)","browser":"\#(agent.2)"},"#
            + #""zone":"null","device":"\#(agent.3)","ipAddress":"203.0.113.\#(address)","#
            + #""geographicalContext":\#(geography),"ipChain":[\#(chain)]},"#
        let security =
            #""securityContext":{"asNumber":64500,"asOrg":"example networks","isp":"example isp","#
            + #""domain":"example.net","isProxy":false}"#
        return Scene(client: Array(client.utf8), security: Array(security.utf8))
    }
}
