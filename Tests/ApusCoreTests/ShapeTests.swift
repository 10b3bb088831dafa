import ApusCore
import Testing

@Suite struct ShapeTests {
    @Test func countsAndPrints() {
        let shape: Shape = [2, 3, 4]
        #expect(shape.elementCount == 24)
        #expect(shape.rank == 3)
        #expect("\(shape)" == "[2, 3, 4]")
        #expect(Array(shape) == [2, 3, 4])
        #expect(Shape([]).elementCount == 1)
        #expect(([0, 5] as Shape).elementCount == 0)
    }

    @Test func gainsAndLosesTheBatch() {
        let item: Shape = [3, 4]
        #expect(item.prepending(8) == [8, 3, 4])
        #expect(item.prepending(8).droppingFirst() == item)
    }

    @Test func refusesNegativeSizes() async {
        await #expect(processExitsWith: .failure) { _ = Shape([2, -1]) }
    }
}
