import CLibcurl

/// A `CURLM`.
///
/// `@unchecked Sendable` because a raw pointer is not: only `wakeUp` is called from several threads, and
/// curl_multi_wakeup is the one call that libcurl allows from any thread while another one drives the handle
/// (https://curl.se/libcurl/c/curl_multi_wakeup.html). All else happens on the thread of `MultiLoop`, which frees the
/// handle only after it has made sure, under its lock, that nobody wakes it any more.
@safe struct MultiHandle: @unchecked Sendable {
    private let pointer: UnsafeMutableRawPointer

    /// Process-wide initialisation, once, before the first handle.
    private static let globalCode = curl_shim_global_init()

    init(_ options: HTTPClientOptions) throws(TransportError) {
        guard Self.globalCode == CURLE_OK, let pointer = unsafe curl_multi_init() else {
            throw TransportError(.failed, requestMayHaveArrived: false, detail: "libcurl could not be initialised")
        }
        unsafe self.pointer = unsafe pointer
        for (option, value) in [
            (CURLMOPT_MAX_TOTAL_CONNECTIONS, options.maximumConnections),
            (CURLMOPT_MAX_HOST_CONNECTIONS, options.maximumConnectionsPerHost),
            (CURLMOPT_MAXCONNECTS, options.maximumConnections),
        ] {
            unsafe curl_multi_set_long(pointer, option, value)
        }
    }

    /// Makes `wait`, or the next call of it, return at once.
    func wakeUp() {
        unsafe curl_multi_wakeup(pointer)
    }

    /// Starts a transfer.
    func add(_ easy: UnsafeMutableRawPointer) -> CURLMcode {
        unsafe curl_multi_add_handle(pointer, easy)
    }

    /// Ends a transfer, whether it is over or not; does nothing for one that was never added.
    func remove(_ easy: UnsafeMutableRawPointer) {
        unsafe curl_multi_remove_handle(pointer, easy)
    }

    /// Moves whatever can be moved without waiting.
    func perform() {
        var running: CInt = 0
        unsafe curl_multi_perform(pointer, &running)
    }

    /// Waits for a socket, one of libcurl's own timers, `wakeUp`, or the end of the time given.
    func wait(milliseconds: CInt) {
        unsafe curl_multi_poll(pointer, nil, 0, milliseconds, nil)
    }

    /// The next transfer that is over, as its easy handle and its result; nil if there is none.
    func nextDone() -> (easy: UnsafeMutableRawPointer, code: CURLcode)? {
        var left: CInt = 0
        while let message = unsafe curl_multi_info_read(pointer, &left) {
            if unsafe message.pointee.msg == CURLMSG_DONE, let easy = unsafe message.pointee.easy_handle {
                return unsafe (easy, message.pointee.data.result)
            }
        }
        return nil
    }

    /// Closes every connection and frees the handle.
    func cleanUp() {
        unsafe curl_multi_cleanup(pointer)
    }
}
