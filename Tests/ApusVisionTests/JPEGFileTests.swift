import ApusCore
import ApusTestSupport
import ApusVision
import Testing

@Suite struct JPEGFileTests {
    /// A smooth picture comes back nearly as it was.
    @Test(arguments: [1, 3]) func whatIsWrittenIsRead(channels: Int) throws {
        let (height, width) = (37, 53)
        let bytes = (0..<height * width * channels).map { i -> UInt8 in
            let (y, x, c) = (i / channels / width, i / channels % width, i % channels)
            return UInt8(60 + y + x + 20 * c)
        }
        let smooth = Tensor(bytes, shape: [height, width, channels])
        try withTemporaryFolder { folder in
            try JPEGFile.write(smooth, to: folder + "/x.jpg", quality: 98)
            var options = ImageOptions()
            options.channels = channels == 1 ? .grey : .colour
            let read = try ImageReader(options: options).picture(at: folder + "/x.jpg")
            #expect(read.shape == smooth.shape)
            #expect(distance(read.scalars, smooth.scalars) <= 4)
            #expect(throws: (any Error).self) { try JPEGFile.write(smooth, to: folder + "/no/such/folder/x.jpg") }
        }
    }
}
