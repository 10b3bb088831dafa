import ApusCore
import Testing

@Suite struct TensorViewTests {
    @Test func aViewSeesTheTensor() {
        let x = Tensor<Float>((0..<12).map(Float.init), shape: [4, 3])
        x.withView { view in
            #expect(view.shape == [4, 3])
            #expect(view.count == 12)
            #expect(Array(view.buffer) == x.scalars)
            #expect(view.copy() == x)
            let middle = view.rows(1..<3)
            #expect(middle.shape == [2, 3])
            #expect(Array(middle.buffer) == [3, 4, 5, 6, 7, 8])
            #expect(middle.rows(1..<2).copy() == Tensor([6, 7, 8], shape: [1, 3]))
            #expect(view.rows(4..<4).count == 0)
        }
    }

    @Test func aCopyOfAViewOutlivesIt() {
        var x = Tensor<Float>([1, 2, 3])
        let kept = x.withView { $0.copy() }
        x[0] = 7
        #expect(kept.scalars == [1, 2, 3])
    }

    @Test func aMutableViewWritesTheTensor() {
        var x = Tensor<Float>(zeros: [2, 2])
        let before = x
        let source = Tensor<Float>([1, 2, 3, 4])
        x.withMutableView { view in
            source.withView { view.copy(from: $0) }
            view.buffer[0] = 9
            #expect(view.readOnly.copy() == Tensor([9, 2, 3, 4], shape: [2, 2]))
        }
        #expect(x.scalars == [9, 2, 3, 4])
        #expect(before.scalars == [0, 0, 0, 0])
        #expect(source.scalars == [1, 2, 3, 4])
    }

    @Test func aBufferIsAlignedZeroedAndMayBeEmpty() {
        for count in [0, 1, 63, 64, 65, 4097] {
            let buffer = AlignedBuffer(byteCount: count)
            #expect(buffer.byteCount == count)
            #expect(UInt(bitPattern: buffer.baseAddress) % 64 == 0)
            #expect(UnsafeRawBufferPointer(start: buffer.baseAddress, count: count).allSatisfy { $0 == 0 })
        }
    }
}
