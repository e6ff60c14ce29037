import Testing

/// The whole service as its users meet it: the real program as a process, real sockets, real files. One at a time,
/// because each of them uses the machine in full.
@Suite(.serialized) struct Acceptance {}
