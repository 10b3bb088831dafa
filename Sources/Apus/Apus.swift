// The whole of Apus under one name: `import Apus`.
@_exported import ApusCore
@_exported import ApusData
@_exported import ApusModels
@_exported import ApusNN
