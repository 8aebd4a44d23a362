import CommandLineKit

ProgramMain.run(ConvertWeights.self)
