/// What is done to cairo's PNG before it is written: it says how large it is on paper.
enum PNGDocument {
    /// The same image with a pHYs chunk, by which word processors and LaTeX give it its logical size whatever the
    /// scale it was drawn at. Source: PNG specification (ISO/IEC 15948), 5.3 and 11.3.5.3.
    static func withResolution(_ png: [UInt8], pixelsPerInch: Double) -> [UInt8] {
        // Signature (8), then IHDR: length (4), name (4), 13 bytes, check sum (4). pHYs may stand right after it.
        let afterHeader = 33
        guard png.count > afterHeader, Array(png[12..<16]) == Array("IHDR".utf8) else { return png }
        let pixelsPerMetre = UInt32(min((pixelsPerInch / 0.0254).rounded(), 2_147_483_647))
        var content = Array("pHYs".utf8)
        content += bigEndian(pixelsPerMetre) + bigEndian(pixelsPerMetre) + [1]
        let chunk = bigEndian(9) + content + bigEndian(checkSum(content))
        return png[..<afterHeader] + chunk + png[afterHeader...]
    }

    static func bigEndian(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    }

    /// CRC-32 as PNG defines it, bit by bit: 13 bytes do not need a table.
    static func checkSum(_ bytes: [UInt8]) -> UInt32 {
        var crc: UInt32 = 0xFFFF_FFFF
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}
