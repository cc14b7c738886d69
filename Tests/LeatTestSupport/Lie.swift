/// What a worker says that is not true, about where it has left a batch or about which one it is.
public enum Lie: String, CaseIterable, Sendable {
    /// The batch is in its room, though there is none.
    case noRoom
    /// The batch in its room is a byte larger than the room.
    case byteTooMany
    /// The batch in its room is larger than all memory that is shared.
    case gigabyte
    /// The batch that was asked for next is in its room, though only the first one has been made.
    case nextLease
    /// A batch that nobody asked for is in a room.
    case neverAsked
    /// The batch is in its room, of the epoch after the one that was asked for.
    case otherEpoch
    /// The batch is in its room, said twice.
    case twice
    /// The batch comes through the pipe, twice.
    case twiceInPipe
    /// The batch comes through the pipe, which gives its room back, and is then said to be in the room.
    case givenBack
    /// A batch that was answered long ago is in its room.
    case longAnswered

    /// Whether it is told when the batch itself has been answered: nobody can blame the batch for it.
    public var comesAfterTruth: Bool { [.twice, .twiceInPipe, .givenBack].contains(self) }

    /// Whether there must be a room to lie about.
    public var needsRoom: Bool { self != .noRoom && self != .twiceInPipe }

    /// How large a worker's batches are to be, in rows of 1000 bytes: small ones get no room.
    public var rows: Int { self == .noRoom ? 3 : 40 }
}
