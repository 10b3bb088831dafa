/// What a JPEG says about itself, read without decoding anything.
struct JPEGHeader {
    var width = 0
    var height = 0
    var components = 0
    /// Scans in a file that needs the whole picture's coefficients in memory; 1 otherwise.
    var scans = 0
    /// EXIF's, 1 … 8; 1 where there is none or it makes no sense.
    var orientation = 1
    /// Adobe's encoders store ink upside down.
    var hasAdobeMarker = false

    /// - Parameter mostScans: counting ends one above it.
    /// - Returns: nil for what is no JPEG or ends before its picture begins.
    init?(_ bytes: UnsafeRawBufferPointer, mostScans: Int) {
        guard bytes.count > 4, bytes[0] == 0xFF, bytes[1] == 0xD8 else { return nil }
        var place = 2
        var isMultiScan = false
        while let marker = Self.nextMarker(bytes, &place) {
            switch marker {
            case 0x01, 0xD0...0xD8: continue
            case 0xD9:
                if scans == 0 { return nil }
                return
            default: break
            }
            guard place + 2 <= bytes.count else { break }
            let length = Int(bytes[place]) << 8 | Int(bytes[place + 1])
            guard length >= 2, place + length <= bytes.count else { break }
            let body = UnsafeRawBufferPointer(rebasing: bytes[(place + 2)..<(place + length)])
            place += length
            switch marker {
            case 0xC0...0xCF where marker != 0xC4 && marker != 0xC8 && marker != 0xCC:
                guard body.count >= 6 else { return nil }
                height = Int(body[1]) << 8 | Int(body[2])
                width = Int(body[3]) << 8 | Int(body[4])
                components = Int(body[5])
                isMultiScan = marker == 0xC2 || marker == 0xC6 || marker == 0xCA || marker == 0xCE
            case 0xDA:
                scans += 1
                if let count = body.first, Int(count) < components { isMultiScan = true }
                if !isMultiScan || scans > mostScans { return }
            case 0xE1:
                if let found = Self.exifOrientation(body) { orientation = found }
            case 0xEE:
                hasAdobeMarker = hasAdobeMarker || body.starts(with: Array("Adobe".utf8))
            default: break
            }
        }
        // A file that is cut off in its scans is for the decoder to complain about.
        if scans == 0 { return nil }
    }

    /// The code of the next marker from `place` on, which moves past it. Stuffed zeros and fill bytes are none.
    private static func nextMarker(_ bytes: UnsafeRawBufferPointer, _ place: inout Int) -> UInt8? {
        while place + 1 < bytes.count {
            if bytes[place] == 0xFF, bytes[place + 1] != 0, bytes[place + 1] != 0xFF {
                place += 2
                return bytes[place - 1]
            }
            place += 1
        }
        return nil
    }

    /// Tag 0x0112 of the first directory of the TIFF structure in an APP1 segment.
    private static func exifOrientation(_ body: UnsafeRawBufferPointer) -> Int? {
        guard body.count >= 14, body.starts(with: Array("Exif\0\0".utf8)) else { return nil }
        let tiff = UnsafeRawBufferPointer(rebasing: body[6...])
        let isLittle = tiff[0] == 0x49
        guard tiff[0] == tiff[1], isLittle || tiff[0] == 0x4D else { return nil }
        func number(_ at: Int, _ count: Int) -> Int? {
            guard at >= 0, at <= tiff.count - count else { return nil }
            return (0..<count).reduce(0) { $0 << 8 | Int(tiff[at + (isLittle ? count - 1 - $1 : $1)]) }
        }
        guard number(2, 2) == 42, let start = number(4, 4), let entries = number(start, 2) else { return nil }
        for entry in 0..<entries {
            let at = start + 2 + entry * 12
            guard let tag = number(at, 2) else { return nil }
            if tag == 0x0112, number(at + 2, 2) == 3, let value = number(at + 8, 2) {
                return (1...8).contains(value) ? value : nil
            }
        }
        return nil
    }
}
