import Apus
import ApusVision
import Foundation

/// Folders of generated JPEG pictures: a shape of one colour on a background of another, with noise.
struct ShapePictures {
    enum Form: String, CaseIterable {
        case circle, square, triangle, cross, ring, star
    }

    var side = 48

    /// Writes `train/FORM/*.jpg` and `valid/FORM/*.jpg` below a folder.
    func write(_ forms: [Form], to folder: String, training: Int, validation: Int, seed: UInt64) throws {
        for (part, count) in [("train", training), ("valid", validation)] {
            for form in forms {
                let path = "\(folder)/\(part)/\(form.rawValue)"
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
                for number in 0..<count {
                    var random = RandomStream(seed: seed).forked(part == "train" ? 1 : 2)
                        .forked(UInt64(Form.allCases.firstIndex(of: form) ?? 0)).forked(UInt64(number))
                    try JPEGFile.write(picture(of: form, random: &random), to: "\(path)/\(number).jpg", quality: 85)
                }
            }
        }
    }

    func picture(of form: Form, random: inout RandomStream) -> Tensor<UInt8> {
        func between(_ low: Double, _ high: Double) -> Double { Double.random(in: low..<high, using: &random) }
        // Light on dark, in any colours.
        let inside = (0..<3).map { _ in between(120, 255) }, outside = (0..<3).map { _ in between(0, 110) }
        let radius = between(0.2, 0.4), turn = between(0, 2 * .pi)
        let (x, y) = (between(radius, 1 - radius), between(radius, 1 - radius))
        var pixels: [UInt8] = []
        for row in 0..<side {
            for column in 0..<side {
                let (dx, dy) = ((Double(column) + 0.5) / Double(side) - x, (Double(row) + 0.5) / Double(side) - y)
                let (u, v) = ((dx * cos(turn) + dy * sin(turn)) / radius, (dy * cos(turn) - dx * sin(turn)) / radius)
                let colour = contains(form, u, v) ? inside : outside
                for channel in 0..<3 { pixels.append(UInt8(min(255, max(0, colour[channel] + between(-25, 25))))) }
            }
        }
        return Tensor(pixels, shape: [side, side, 3])
    }

    /// Whether a point belongs to the form of radius 1 around the origin.
    private func contains(_ form: Form, _ u: Double, _ v: Double) -> Bool {
        let r = (u * u + v * v).squareRoot()
        switch form {
        case .circle: return r < 0.85
        case .square: return max(abs(u), abs(v)) < 0.75
        case .triangle: return v < 0.5 && v > -1 + 1.732 * abs(u)
        case .cross: return min(abs(u), abs(v)) < 0.25 && max(abs(u), abs(v)) < 0.95
        case .ring: return r < 0.95 && r > 0.55
        case .star: return r < 0.55 + 0.4 * cos(5 * atan2(v, u))
        }
    }
}
