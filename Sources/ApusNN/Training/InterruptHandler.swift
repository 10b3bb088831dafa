#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Darwin
#endif

/// Ctrl-C that ends training at a batch boundary instead of killing the program.
///
/// Once installed, the first SIGINT or SIGTERM sets a flag; `fit` sees it before its next batch, lets
/// callbacks write their checkpoints, and returns a history with ``History/isInterrupted``. The signal's
/// default action is put back at the same moment, so a second Ctrl-C kills at once. The flag stays until
/// ``reset()``, so that trainings that were to follow end too.
public enum InterruptHandler {
    // A word that only ever goes from 0 to 1 and back, aligned, so that reads and writes are whole.
    // Never freed: a signal may come at any time.
    nonisolated(unsafe) private static let flag: UnsafeMutablePointer<sig_atomic_t> = {
        let flag = UnsafeMutablePointer<sig_atomic_t>.allocate(capacity: 1)
        flag.initialize(to: 0)
        return flag
    }()

    /// Catches SIGINT and SIGTERM from now on.
    public static func install() {
        // Made now, because a handler must not allocate.
        _ = flag
        signal(SIGINT, handle)
        signal(SIGTERM, handle)
    }

    /// Gives both signals their default action back.
    public static func uninstall() {
        signal(SIGINT, SIG_DFL)
        signal(SIGTERM, SIG_DFL)
    }

    /// Does what a signal does.
    public static func request() { flag.pointee = 1 }
    /// Forgets a signal; call ``install()`` again to catch another.
    public static func reset() { flag.pointee = 0 }
    /// Whether a signal has come.
    public static var isRequested: Bool { flag.pointee != 0 }

    private static let handle: @convention(c) (Int32) -> Void = { number in
        InterruptHandler.flag.pointee = 1
        signal(number, SIG_DFL)
    }
}
