import ArgumentParser
import Configuration
import Hummingbird
import Logging
import ServiceLifecycle

@main
struct Main: AsyncParsableCommand {
    mutating func run() async throws {}
}
