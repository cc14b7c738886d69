@_exported import LeatCore
@_exported import LeatFormats
@_exported import LeatGraph
@_exported import LeatHDF5
@_exported import LeatModel
@_exported import LeatPipeline
@_exported import LeatShards
@_exported import LeatTrainer
