extension DirectoryCore {
    /// What AWS says of itself (developer guide, serviceproviderconfig): maxResults is stale, paging by cursor is not
    /// mentioned. A client must not steer by it.
    static let serviceProviderConfig = JSONText.object([
        ("schemas", .array([.string("urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig")])),
        (
            "documentationUri",
            .string("https://docs.aws.amazon.com/singlesignon/latest/userguide/manage-your-identity-source-idp.html")
        ),
        (
            "authenticationSchemes",
            .array([
                .object([
                    ("type", .string("oauthbearertoken")), ("name", .string("OAuth Bearer Token")),
                    ("description", .string("Authentication scheme using the OAuth Bearer Token Standard")),
                    ("specUri", .string("https://www.rfc-editor.org/info/rfc6750")),
                    (
                        "documentationUri",
                        .string(
                            "https://docs.aws.amazon.com/singlesignon/latest/userguide/provision-automatically.html"
                        )
                    ),
                    ("primary", .boolean(true)),
                ])
            ])
        ),
        ("patch", .object([("supported", .boolean(true))])),
        (
            "bulk",
            .object([
                ("supported", .boolean(false)), ("maxOperations", .number(1)), ("maxPayloadSize", .number(1_048_576)),
            ])
        ),
        ("filter", .object([("supported", .boolean(true)), ("maxResults", .number(50))])),
        ("changePassword", .object([("supported", .boolean(false))])),
        ("sort", .object([("supported", .boolean(false))])),
        ("etag", .object([("supported", .boolean(false))])),
    ])
}
