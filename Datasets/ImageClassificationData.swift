public import LeatCore

/// Images with a class each, parted into those to train on and those to test on.
public struct ImageClassificationData: Sendable, Equatable {
    /// Images and their labels.
    public struct Part: Sendable, Equatable {
        /// The pixels, `uint8` of shape (samples, height, width, channels).
        public var images: Tensor
        /// The class of each image, `uint8` of shape (samples,).
        public var labels: Tensor

        /// Images and their labels.
        public init(images: Tensor, labels: Tensor) {
            self.images = images
            self.labels = labels
        }

        /// The number of images.
        public var count: Int { images.length }
    }

    /// What to train on.
    public var train: Part
    /// What to test on.
    public var test: Part
    /// The largest value of a pixel, to scale by.
    public var pixelMaximum: Int
    /// The classes' names; a label is a position in this list.
    public var classNames: [String]
}
