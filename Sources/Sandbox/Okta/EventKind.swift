/// A System Log event type with the texts that go with it, as bytes ready to append.
struct EventKind: Sendable {
    let name: String
    /// From `eventType` to `severity`, with a comma behind.
    let head: [UInt8]
    /// `legacyEventType`, with a comma behind.
    let legacy: [UInt8]

    private init(_ name: String, _ message: String, _ legacy: String) {
        self.name = name
        head = Array(
            """
            "eventType":"\(name)","version":"0","displayMessage":"\(message)","severity":"INFO",
            """.utf8
        )
        self.legacy = Array(#""legacyEventType":"\#(legacy)","#.utf8)
    }

    static let memberAdded = EventKind(
        "group.user_membership.add",
        "Add user to group membership",
        "core.user_group_member.user_add"
    )
    static let memberRemoved = EventKind(
        "group.user_membership.remove",
        "Remove user from group membership",
        "core.user_group_member.user_remove"
    )
    static let groupRenamed = EventKind(
        "group.profile.update",
        "Update Okta group profile",
        "core.user_group.update"
    )
    static let groupDeleted = EventKind(
        "group.lifecycle.delete",
        "Delete Okta group",
        "core.user_group.delete"
    )

    /// Types that change no membership; the last two have an application as their second target.
    static let noise = [
        EventKind("user.session.start", "User login to Okta", "core.user_auth.login_success"),
        EventKind("user.lifecycle.activate", "Activate Okta user", "core.user.config.user_activated"),
        EventKind("user.lifecycle.suspend", "Suspend Okta user", "core.user.config.user_status.suspended"),
        EventKind("user.lifecycle.deactivate", "Deactivate Okta user", "core.user.config.user_deactivated"),
        EventKind("user.account.update_profile", "Update user profile for Okta", "core.user.config.profile_update"),
        EventKind(
            "application.user_membership.add",
            "Add user to application membership",
            "app.generic.provision.assign_user_to_app"
        ),
        EventKind(
            "application.user_membership.remove",
            "Remove user's application membership",
            "app.generic.provision.deassign_user_from_app"
        ),
    ]
}
