/// Where a sample is kept: what a fault record says of it.
public struct SamplePlace: Sendable, Hashable {
    /// The file, as its path was given; nil where the sample comes from none.
    ///
    /// Where each column is a file of its own, the first column's.
    public var file: String?
    /// The sample's number in the file, from 0; in the source where there is no file, or where a file is one sample.
    public var sample: Int

    /// A place in a file, or in a source without files.
    public init(file: String? = nil, sample: Int) {
        self.file = file
        self.sample = sample
    }
}

/// A sample that can't be made, or that doesn't go with the others of its batch: where it is, and why.
public struct SampleFault: LocatedError, CustomStringConvertible {
    /// What was thrown over this sample.
    public let error: any Error
    /// Where the sample is.
    public let place: SamplePlace

    /// A fault at a place; what the error itself says of file and sample goes before.
    public init(_ error: any Error, at place: SamplePlace) {
        let located = error as? any LocatedError
        self.error = error
        self.place = SamplePlace(
            file: located?.faultyFile ?? place.file, sample: located?.faultySample ?? place.sample)
    }

    /// The file, if the sample comes from one.
    public var faultyFile: String? { place.file }
    /// The sample's number in the file, or in the source.
    public var faultySample: Int? { place.sample }
    /// What the error says.
    public var description: String { "\(error)" }
}

/// What was thrown over a batch, together with the sample to blame; whoever asks for the batch gets the former.
private struct LocatedFailure: LocatedError, CustomStringConvertible {
    let original: any Error
    let fault: SampleFault

    var faultyFile: String? { fault.faultyFile }
    var faultySample: Int? { fault.faultySample }
    var description: String { fault.description }
}

extension Error {
    /// The error as the source threw it.
    var original: any Error { (self as? LocatedFailure)?.original ?? self }
}

extension BatchSequence {
    /// The batch; an error that names no sample comes with the sample to blame, if the source can tell.
    func locatedBatch(at index: Int, epoch: Int) async throws -> Batch {
        do {
            return try await batch(at: index, epoch: epoch)
        } catch {
            let isToldAlready = (error as? any LocatedError)?.faultySample != nil
            guard !isToldAlready, !(error is CancellationError), !Task.isCancelled,
                let fault = await fault(ofBatch: index, epoch: epoch)
            else { throw error }
            throw LocatedFailure(original: error, fault: fault)
        }
    }
}
