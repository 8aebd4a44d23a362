import ArgumentParser
import Volumes

/// `--volumes`.
struct VolumeOptions: ParsableArguments {
  @Option(
    name: .customLong("volumes"),
    help: ArgumentHelp(
      "The format of masks and labels: mrc, or zarr (folders, OME-Zarr 0.4).", valueName: "format"))
  var format = VolumeFormat.mrc
}

extension VolumeFormat: ExpressibleByArgument {}
