import GRDB

/// The auditors' views.
enum Views {
    static func create(_ db: Database, reading schema: ProjectionSchema) throws {}
}
