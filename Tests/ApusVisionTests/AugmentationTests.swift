import ApusCore
import ApusVision
import Testing

@Suite struct AugmentationTests {
    private let picture = Tensor<UInt8>(Expected.stored.changes.picture, shape: [24, 24, 3])

    @Test func affineAsKeras() throws {
        for stored in Expected.stored.changes.affine {
            var change = ImageChange()
            change.rotation = stored.setting.theta
            change.widthShift = stored.setting.tx / 24
            change.heightShift = stored.setting.ty / 24
            change.shear = stored.setting.shear
            change.columnZoom = stored.setting.zx
            change.rowZoom = stored.setting.zy
            let fill: ImageFill = stored.fill == "edge" ? .edge : stored.fill == "reflect" ? .reflect : .constant(9)
            let found = try change.apply(to: picture, fill: fill).scalars
            #expect(distance(found, stored.expected) <= 1, "\(stored.setting), \(stored.fill)")
        }
    }

    @Test func brightnessAsKeras() throws {
        for stored in Expected.stored.changes.brightness {
            var change = ImageChange()
            change.brightness = stored.factor
            #expect(distance(try change.apply(to: picture).scalars, stored.expected) <= 1)
        }
    }

    @Test func flips() throws {
        var change = ImageChange()
        change.flipsHorizontally = true
        let once = try change.apply(to: picture)
        #expect(once[3, 0, 1] == picture[3, 23, 1] && once != picture)
        #expect(try change.apply(to: once) == picture)
        change.flipsHorizontally = false
        change.flipsVertically = true
        #expect(try change.apply(to: picture)[0, 4, 2] == picture[23, 4, 2])
        #expect(try ImageChange().apply(to: picture) == picture)
    }

    @Test func drawsWithinBounds() {
        var augmentation = Augmentation.mild
        augmentation.brightness = 0.5...1.5
        var flips = 0
        var rotations: Set<Double> = []
        for item in 0..<400 {
            let change = augmentation.change(seed: 3, epoch: item % 4, item: item)
            #expect(change == augmentation.change(seed: 3, epoch: item % 4, item: item))
            #expect(abs(change.rotation) <= 10 && abs(change.widthShift) <= 0.1 && abs(change.heightShift) <= 0.1)
            #expect((0.9...1.1).contains(change.rowZoom) && (0.5...1.5).contains(change.brightness))
            #expect(!change.flipsVertically)
            flips += change.flipsHorizontally ? 1 : 0
            rotations.insert(change.rotation)
        }
        #expect((150...250).contains(flips) && rotations.count == 400)
        #expect(augmentation.change(seed: 3, epoch: 0, item: 1) != augmentation.change(seed: 3, epoch: 1, item: 1))
        #expect(augmentation.change(seed: 3, epoch: 0, item: 1) != augmentation.change(seed: 4, epoch: 0, item: 1))
        // One setting leaves the others' draws alone.
        let before = augmentation.change(seed: 3, epoch: 0, item: 1)
        augmentation.rotation = 0
        #expect(augmentation.change(seed: 3, epoch: 0, item: 1).rowZoom == before.rowZoom)
    }
}
