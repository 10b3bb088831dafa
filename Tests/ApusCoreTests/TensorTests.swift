import ApusCore
import Testing

@Suite struct TensorTests {
    @Test func beginsAsAsked() {
        #expect(Tensor<Float>(repeating: 2.5, shape: [2, 3]).scalars == [2.5, 2.5, 2.5, 2.5, 2.5, 2.5])
        #expect(Tensor<Int64>(zeros: [4]).scalars == [0, 0, 0, 0])
        #expect(Tensor<UInt8>([7, 8, 9]).shape == [3])
        #expect(Tensor<Double>([5], shape: []).scalars == [5])
        #expect(Tensor<Float>(zeros: [3, 0, 2]).count == 0)
        #expect(Tensor<Float>([Float](), shape: [0, 4]).scalars.isEmpty)
        // A collection that is no array, and so has no contiguous storage to copy from.
        #expect(Tensor<Int32>((1...6).lazy.map { Int32($0 * $0) }, shape: [3, 2]).scalars == [1, 4, 9, 16, 25, 36])
        let filled = Tensor<Int32>(uninitialized: [2, 2]) { target in
            for i in 0..<4 { target[i] = Int32(10 + i) }
        }
        #expect(filled.scalars == [10, 11, 12, 13])
    }

    @Test func isRowMajor() {
        let x = Tensor<Float>((0..<24).map(Float.init), shape: [2, 3, 4])
        for i in 0..<2 {
            for j in 0..<3 {
                for k in 0..<4 { #expect(x[i, j, k] == Float(12 * i + 4 * j + k)) }
            }
        }
        #expect(Tensor<Float>([3], shape: [])[] == 3)
    }

    @Test func isAlignedForEveryVectorWidth() {
        for count in [1, 7, 64, 1001] {
            Tensor<UInt8>(zeros: [count]).withUnsafeBufferPointer { buffer in
                #expect(UInt(bitPattern: buffer.baseAddress) % 64 == 0)
            }
        }
    }

    @Test func aCopyKeepsItsValue() {
        let original = Tensor<Float>([1, 2, 3, 4], shape: [2, 2])
        var copy = original
        copy[0, 1] = 9
        #expect(original.scalars == [1, 2, 3, 4])
        #expect(copy.scalars == [1, 9, 3, 4])

        var second = copy
        second.withUnsafeMutableBufferPointer { $0[3] = -1 }
        #expect(copy.scalars == [1, 9, 3, 4])
        #expect(second.scalars == [1, 9, 3, -1])

        var third = second.reshaped(to: [4])
        third.withMutableView { $0.buffer[0] = 50 }
        #expect(second.scalars == [1, 9, 3, -1])
        #expect(third.scalars == [50, 9, 3, -1])
    }

    @Test func memoryIsSharedUntilItIsWrittenAndThenItsOwn() {
        func address(_ tensor: Tensor<Float>) -> UnsafePointer<Float>? {
            tensor.withUnsafeBufferPointer { $0.baseAddress }
        }
        var a = Tensor<Float>(repeating: 1, shape: [100])
        let b = a
        #expect(address(a) == address(b))
        #expect(address(a) == address(a.reshaped(to: [4, 25])))
        a[3] = 2
        let own = address(a)
        #expect(own != address(b))
        a[4] = 3
        a.withMutableView { $0.buffer[5] = 4 }
        #expect(address(a) == own, "a tensor that shares its memory with nobody must not copy it")
    }

    @Test func takesAnotherShape() {
        let x = Tensor<Float>((0..<12).map(Float.init), shape: [3, 4])
        let y = x.reshaped(to: [2, 6])
        #expect(y.shape == [2, 6])
        #expect(y.scalars == x.scalars)
        #expect(y[1, 0] == 6)
        #expect(x.shape == [3, 4])
    }

    @Test func givesRows() {
        let x = Tensor<Int32>((0..<12).map(Int32.init), shape: [4, 3])
        #expect(x.rows(1..<3) == Tensor([3, 4, 5, 6, 7, 8], shape: [2, 3]))
        #expect(x.rows(0..<4) == x)
        #expect(x.rows(4..<4).shape == [0, 3])
        var row = x.rows(2..<3)
        row[0, 0] = 100
        #expect(x[2, 0] == 6)
    }

    @Test func comparesShapeAndElements() {
        let x = Tensor<Float>([1, 2, 3, 4], shape: [2, 2])
        #expect(x == Tensor([1, 2, 3, 4], shape: [2, 2]))
        #expect(x != Tensor([1, 2, 3, 4], shape: [4]))
        #expect(x != Tensor([1, 2, 3, 5], shape: [2, 2]))
        let nan = Tensor<Float>([.nan])
        #expect(nan != nan)
        #expect(Tensor<Float>([0]) == Tensor<Float>([-0.0]))
    }

    @Test func describesItself() {
        #expect("\(Tensor<Float>([1, 2.5], shape: [1, 2]))" == "Tensor<Float>[1, 2]: 1.0 2.5")
        let long = Tensor<Int32>((0..<9).map(Int32.init))
        #expect("\(long)" == "Tensor<Int32>[9]: 0 1 2 3 4 5 6 7 …")
    }

    @Test func namesElementsAsSafetensorsDoes() {
        #expect(Float.safetensorsName == "F32")
        #expect(Double.safetensorsName == "F64")
        #expect(Int32.safetensorsName == "I32")
        #expect(Int64.safetensorsName == "I64")
        #expect(UInt8.safetensorsName == "U8")
    }

    @Test func anInitializersErrorPasses() {
        struct Refusal: Error, Equatable {}
        #expect(throws: Refusal()) {
            _ = try Tensor<Float>(uninitialized: [3]) { _ throws(Refusal) in throw Refusal() }
        }
    }
}
