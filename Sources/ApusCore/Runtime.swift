import CApus

/// The machine's side of Apus: the kernel variant and the number of threads, for the whole process.
public enum Runtime {
    /// A set of instructions that kernels come in.
    public enum InstructionSet: String, Sendable, CaseIterable {
        /// Portable C; x86's AVX2 with FMA; x86's AVX-512; ARM's NEON.
        case scalar, avx2, avx512, neon

        var cValue: apus_isa {
            switch self {
            case .scalar: APUS_ISA_SCALAR
            case .avx2: APUS_ISA_AVX2
            case .avx512: APUS_ISA_AVX512
            case .neon: APUS_ISA_NEON
            }
        }

        /// Whether this processor has it.
        public var isSupported: Bool { apus_isa_supported(cValue) != 0 }
    }

    /// The variant in use: the strongest that the processor has, or what `APUS_ISA` named at start.
    public static var instructionSet: InstructionSet {
        InstructionSet(rawValue: String(cString: apus_isa_name(apus_get_isa()))) ?? .scalar
    }

    /// Chooses a variant from now on.
    /// - Throws: ``KernelError`` if this processor lacks it.
    public static func use(_ instructionSet: InstructionSet) throws {
        try check(apus_set_isa(instructionSet.cValue), "use the \(instructionSet.rawValue) kernels")
    }

    /// How many threads a kernel may use.
    public static var threads: Int { Int(apus_get_threads()) }

    /// Sets it.
    /// - Throws: ``KernelError`` unless it is between 1 and 1024.
    public static func use(threads: Int) throws {
        try check(apus_set_threads(Int32(clamping: threads)), "use \(threads) threads")
    }
}
